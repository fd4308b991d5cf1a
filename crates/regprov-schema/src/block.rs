//! The data of a schema.

use regprov_value::{ObjectType, Type, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The schema of one resource type, data source or provider configuration.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The version of the form in state; an older state is upgraded.
    pub version: u64,
    /// The arguments and attributes.
    pub block: Block,
    /// How long each operation may take where the configuration has no `timeouts`.
    pub timeouts: Timeouts,
}

/// Default limits of the operations of a resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Creating an object.
    pub create: Duration,
    /// Reading an object.
    pub read: Duration,
    /// Updating an object.
    pub update: Duration,
    /// Deleting an object.
    pub delete: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            create: minutes(30),
            read: minutes(5),
            update: minutes(30),
            delete: minutes(30),
        }
    }
}

/// A block: attributes and nested blocks by name.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Attributes by name.
    pub attributes: BTreeMap<&'static str, Attribute>,
    /// Nested blocks by name.
    pub blocks: BTreeMap<&'static str, NestedBlock>,
    /// The first sentences of the documentation.
    pub description: &'static str,
    /// What to use in its place, where the block is deprecated.
    pub deprecated: Option<&'static str>,
    /// What older versions of the provider took here and newer ones do not: refused, with what to do.
    pub dropped: &'static [Dropped],
}

impl Block {
    /// The same block, in which null equals the zero value of its type wherever nothing else is said: the SDK that most public
    /// providers are written with keeps no difference between the two, and a state of theirs holds one or the other. Of what is
    /// never sent, a zero that the user writes is recorded all the same.
    #[must_use]
    pub fn with_zeros_as_null(mut self) -> Self {
        for attribute in self.attributes.values_mut() {
            attribute.meaning = match attribute.meaning {
                Meaning::Exact if attribute.local => Meaning::ZeroWasNull,
                Meaning::Exact => Meaning::ZeroIsNull,
                other => other,
            };
        }
        for nested in self.blocks.values_mut() {
            nested.block = std::mem::take(&mut nested.block).with_zeros_as_null();
        }
        self
    }
}

/// An argument or nested block of older versions of the provider that has no counterpart of one meaning.
#[derive(Clone, Copy, Debug)]
pub struct Dropped {
    /// Its name.
    pub name: &'static str,
    /// What to do now; completes "… is not supported any more: ".
    pub instead: &'static str,
}

/// One attribute.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent flags of the public schema"
)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// The configuration must set it.
    pub required: bool,
    /// The configuration may set it.
    pub optional: bool,
    /// The remote may decide it.
    pub computed: bool,
    /// Never shown, sealed at rest.
    pub sensitive: bool,
    /// Never stored; only a keyed hash is.
    pub write_only: bool,
    /// Told by the remote only when the object is created; reading keeps the stored value.
    pub once: bool,
    /// Ours alone: never sent, never read (`keepers`, `force_destroy`).
    pub local: bool,
    /// A change replaces the object.
    pub replaces: bool,
    /// May be written as nested blocks (Terraform's "attributes as blocks").
    pub as_blocks: bool,
    /// The value where the configuration has none.
    pub default: Option<Value>,
    /// When two values mean the same although they are spelled differently.
    pub meaning: Meaning,
    /// Arguments whose change makes the computed value open again; empty: it keeps its prior value.
    pub recomputed_by: &'static [&'static str],
    /// Arguments that may not be set beside this one.
    pub conflicts_with: &'static [&'static str],
    /// Exactly one of these (this one included) must be set.
    pub exactly_one_of: &'static [&'static str],
    /// All of these must be set where this one is.
    pub required_with: &'static [&'static str],
    /// What the value must satisfy.
    pub rules: &'static [Rule],
    /// The first sentences of the documentation.
    pub description: &'static str,
    /// What to use in its place, where the attribute is deprecated or was dropped by newer provider versions.
    pub deprecated: Option<&'static str>,
    /// What it was called, or how it was written, in older versions of the provider.
    pub former: &'static [Former],
}

/// What an argument was called, or how it was written, in older versions of the provider. It is read as what it is called
/// now; expressions may still refer to the older name.
#[derive(Clone, Copy, Debug)]
pub struct Former {
    /// The older name; the argument's own where only the form of its value changed.
    pub name: &'static str,
    /// What to do now; completes "… is deprecated: ".
    pub instead: &'static str,
    /// The type that it had, where that was another; a list of objects may be written as nested blocks.
    pub form: Option<fn() -> Type>,
    /// The value in the form of now, or what is to be done about one that has none.
    pub convert: fn(Value) -> Result<Value, &'static str>,
}

impl Former {
    /// An older name of a value that is written the same way.
    #[must_use]
    pub const fn renamed(name: &'static str, instead: &'static str) -> Self {
        Self {
            name,
            instead,
            form: None,
            convert: Ok,
        }
    }
}

impl Attribute {
    /// An attribute of a type with no flag set.
    #[must_use]
    pub const fn new(ty: Type) -> Self {
        Self {
            ty,
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            write_only: false,
            once: false,
            local: false,
            replaces: false,
            as_blocks: false,
            default: None,
            meaning: Meaning::Exact,
            recomputed_by: &[],
            conflicts_with: &[],
            exactly_one_of: &[],
            required_with: &[],
            rules: &[],
            description: "",
            deprecated: None,
            former: &[],
        }
    }

    /// Whether the configuration may set the attribute.
    #[must_use]
    pub const fn is_configurable(&self) -> bool {
        self.required || self.optional
    }
}

/// When two values of an attribute mean the same. The user's spelling is kept.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// Equal content.
    Exact,
    /// Equal content, where null equals the type's zero value (`""`, `0`, `false`, empty).
    ZeroIsNull,
    /// Equal content, where a recorded zero value equals null; a zero value that is written where null was recorded counts.
    ZeroWasNull,
    /// Equal but for the case of letters.
    IgnoreCase,
    /// An Azure location: case and spaces do not matter.
    Location,
    /// The same instant in RFC 3339.
    Instant,
    /// JSON documents with the same content.
    Json,
    /// Lists with the same elements in another order.
    Unordered,
    /// Decided by a function of the type: `(prior, new) -> same`.
    By(fn(&Value, &Value) -> bool),
}

/// What a value must satisfy, checked while validating.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number between two bounds, both allowed.
    Between(i64, i64),
    /// A text of a length between two bounds, both allowed.
    Length(usize, usize),
    /// At least so many elements.
    MinItems(usize),
    /// At most so many elements.
    MaxItems(usize),
    /// A UUID.
    Uuid,
    /// An http or https address.
    Url,
    /// An instant in RFC 3339.
    Instant,
    /// Anything else: `Err` holds the sentence that says what is wrong and what is allowed.
    Check(fn(&Value) -> Result<(), String>),
}

/// How often a nested block may stand, and what it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most one; an object or null.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
}

/// A nested block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// How it repeats.
    pub nesting: Nesting,
    /// What is in it.
    pub block: Block,
    /// The least number of blocks.
    pub min_items: usize,
    /// The greatest number of blocks; 0: any.
    pub max_items: usize,
    /// Any change of it replaces the object.
    pub replaces: bool,
    /// Without blocks in the configuration the remote decides.
    pub computed: bool,
}

impl Block {
    /// The object type of a value of this block.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let attributes = self
            .attributes
            .iter()
            .map(|(name, attribute)| (Arc::from(*name), attribute.ty.clone()));
        let blocks = self
            .blocks
            .iter()
            .map(|(name, nested)| (Arc::from(*name), nested.implied_type()));
        let attributes: BTreeMap<Arc<str>, Type> = attributes.chain(blocks).collect();
        Type::Object(Arc::new(ObjectType {
            attributes,
            optional: BTreeSet::new(),
        }))
    }

    /// Whether something in the block, nested blocks included, is told only when the object is created.
    #[must_use]
    pub fn tells_once(&self) -> bool {
        self.attributes.values().any(|attribute| attribute.once)
            || self.blocks.values().any(|nested| nested.block.tells_once())
    }

    /// The names of everything that may stand in the block, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.attributes.keys().chain(self.blocks.keys()).copied()
    }
}

impl NestedBlock {
    /// The type of the value of this nested block.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let object = self.block.implied_type();
        match self.nesting {
            Nesting::Single => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
        }
    }
}
