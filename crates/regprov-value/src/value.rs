//! The value itself.

use crate::{Marks, Number, ObjectType, Refinements, Type, Unknown, set_order};
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A value with its marks. Equality and order compare content and marks.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Value {
    /// What the value is.
    pub data: Data,
    /// What must be remembered about it.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
}

/// The content of a value.
///
/// Invariants: the elements of `List`, `Set` and `Map` have exactly the element type (unless it is `Dynamic`);
/// the items of a `Set` are distinct and in Terraform's order; strings are NFC-normalized.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Data {
    /// Null of a type (`Dynamic` for a bare `null`).
    Null(Type),
    /// Known after apply.
    Unknown(Box<Unknown>),
    /// `true` or `false`.
    Bool(bool),
    /// A number, exact as in HCL.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// A list: element type, items.
    List(Type, Arc<Vec<Value>>),
    /// A set: element type, items distinct and in Terraform's order.
    Set(Type, Arc<Vec<Value>>),
    /// A map: element type, items by key.
    Map(Type, Arc<BTreeMap<Arc<str>, Value>>),
    /// A tuple.
    Tuple(Arc<Vec<Value>>),
    /// An object.
    Object(Arc<BTreeMap<Arc<str>, Value>>),
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self {
            data,
            marks: Marks::NONE,
        }
    }
}

/// Constructors.
impl Value {
    /// Null of a type.
    #[must_use]
    pub fn null(ty: Type) -> Self {
        Data::Null(ty).into()
    }

    /// A value known after apply, with nothing known but its type.
    #[must_use]
    pub fn unknown(ty: Type) -> Self {
        Self::refined(ty, Refinements::default())
    }

    /// A value known after apply, with what is known about it.
    #[must_use]
    pub fn refined(ty: Type, refinements: Refinements) -> Self {
        Data::Unknown(Box::new(Unknown { ty, refinements })).into()
    }

    /// A string; normalized to NFC.
    #[must_use]
    pub fn string(text: impl AsRef<str>) -> Self {
        use unicode_normalization::{UnicodeNormalization, is_nfc};
        let text = text.as_ref();
        let text: Arc<str> = if is_nfc(text) {
            text.into()
        } else {
            text.nfc().collect::<String>().into()
        };
        Data::String(text).into()
    }

    /// A list of elements that already have the element type.
    #[must_use]
    pub fn list(element: Type, items: Vec<Value>) -> Self {
        Data::List(element, Arc::new(items)).into()
    }

    /// A set of elements that already have the element type; sorts and removes doubles of what is known. The marks of the elements
    /// move to the set.
    #[must_use]
    pub fn set(element: Type, items: Vec<Value>) -> Self {
        let mut marks = Marks::NONE;
        let mut distinct = BTreeSet::new();
        // Two that are known after apply may turn out to differ.
        let mut open = Vec::new();
        for item in items {
            let (item, found) = item.unmark_deep();
            marks |= found;
            if item.is_wholly_known() {
                distinct.insert(item);
            } else {
                open.push(item);
            }
        }
        Value {
            data: Data::Set(element, Arc::new(set_order::in_order(distinct, open))),
            marks,
        }
    }

    /// A map of elements that already have the element type.
    #[must_use]
    pub fn map(element: Type, items: BTreeMap<Arc<str>, Value>) -> Self {
        Data::Map(element, Arc::new(items)).into()
    }

    /// A tuple.
    #[must_use]
    pub fn tuple(items: Vec<Value>) -> Self {
        Data::Tuple(Arc::new(items)).into()
    }

    /// An object.
    pub fn object<K: Into<Arc<str>>>(items: impl IntoIterator<Item = (K, Value)>) -> Self {
        let items: BTreeMap<Arc<str>, Value> = items
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        Data::Object(Arc::new(items)).into()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Data::Bool(value).into()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Data::Number(value.into()).into()
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Data::Number(value).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

/// Marks.
impl Value {
    /// The value with these marks added.
    #[must_use]
    pub fn marked(mut self, marks: Marks) -> Self {
        self.marks |= marks;
        self
    }

    /// The value marked sensitive.
    #[must_use]
    pub fn sensitive(self) -> Self {
        self.marked(Marks::SENSITIVE)
    }

    /// The value without its own marks (those of its elements stay), and the marks.
    #[must_use]
    pub fn unmark(mut self) -> (Self, Marks) {
        let marks = std::mem::take(&mut self.marks);
        (self, marks)
    }

    /// The marks of the value and of everything inside it.
    #[must_use]
    pub fn marks_deep(&self) -> Marks {
        self.children()
            .fold(self.marks, |marks, child| marks | child.marks_deep())
    }

    /// Whether the value or anything inside it is sensitive.
    #[must_use]
    pub fn is_sensitive_deep(&self) -> bool {
        self.marks_deep().contains(Marks::SENSITIVE)
    }

    /// The value with no mark anywhere, and the union of the marks that were there.
    #[must_use]
    pub fn unmark_deep(&self) -> (Self, Marks) {
        let marks = self.marks_deep();
        if marks.is_empty() {
            return (self.clone(), marks);
        }
        (
            self.map_nodes(&mut |mut node| {
                node.marks = Marks::NONE;
                node
            }),
            marks,
        )
    }
}

/// Questions.
impl Value {
    /// The type of the value.
    #[must_use]
    pub fn ty(&self) -> Type {
        match &self.data {
            Data::Null(ty) => ty.clone(),
            Data::Unknown(unknown) => unknown.ty.clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(element, _) => Type::list(element.clone()),
            Data::Set(element, _) => Type::set(element.clone()),
            Data::Map(element, _) => Type::map(element.clone()),
            Data::Tuple(items) => Type::tuple(items.iter().map(Value::ty).collect()),
            Data::Object(items) => {
                let attributes = items
                    .iter()
                    .map(|(name, value)| (name.clone(), value.ty()))
                    .collect();
                Type::Object(Arc::new(ObjectType {
                    attributes,
                    optional: BTreeSet::new(),
                }))
            }
        }
    }

    /// Whether the value is null.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// Whether the value itself is known (its elements may not be).
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self.data, Data::Unknown(_))
    }

    /// Whether the value and everything inside it are known.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        self.is_known() && self.children().all(Value::is_wholly_known)
    }

    /// The text of a known string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of a known bool.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number of a known number.
    #[must_use]
    pub const fn as_number(&self) -> Option<&Number> {
        match &self.data {
            Data::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The items of a known list, set or tuple.
    #[must_use]
    pub fn as_items(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    #[must_use]
    pub fn as_entries(&self) -> Option<&BTreeMap<Arc<str>, Value>> {
        match &self.data {
            Data::Map(_, entries) | Data::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The attribute or map entry of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_entries()?.get(name)
    }

    /// The direct children.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Value> + '_> {
        match &self.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Box::new(items.iter()),
            Data::Map(_, entries) | Data::Object(entries) => Box::new(entries.values()),
            Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                Box::new(std::iter::empty())
            }
        }
    }

    /// The value at a path; sets have no steps, so a path ends at a set.
    #[must_use]
    pub fn at(&self, path: &AttributePath) -> Option<&Value> {
        path.0.iter().try_fold(self, |value, step| match step {
            AttributeStep::Name(name) => value.get(name),
            AttributeStep::Index(InstanceKey::String(key)) => value.get(key),
            AttributeStep::Index(InstanceKey::Int(index)) => {
                value.as_items()?.get(usize::try_from(*index).ok()?)
            }
        })
    }

    /// Rebuilds the tree bottom-up through `change`; children first, then the node that holds them.
    #[must_use]
    pub fn map_nodes(&self, change: &mut dyn FnMut(Value) -> Value) -> Value {
        let list = |items: &Arc<Vec<Value>>, change: &mut dyn FnMut(Value) -> Value| {
            Arc::new(
                items
                    .iter()
                    .map(|item| item.map_nodes(change))
                    .collect::<Vec<_>>(),
            )
        };
        let entries = |items: &Arc<BTreeMap<Arc<str>, Value>>, change: &mut dyn FnMut(Value) -> Value| {
            let rebuilt = items
                .iter()
                .map(|(key, item)| (key.clone(), item.map_nodes(change)));
            Arc::new(rebuilt.collect::<BTreeMap<_, _>>())
        };
        let data = match &self.data {
            Data::List(ty, items) => Data::List(ty.clone(), list(items, change)),
            Data::Set(ty, items) => {
                let rebuilt = items.iter().map(|item| item.map_nodes(change));
                let (known, open): (Vec<Value>, Vec<Value>) = rebuilt.partition(Value::is_wholly_known);
                let known: BTreeSet<Value> = known.into_iter().collect();
                Data::Set(ty.clone(), Arc::new(set_order::in_order(known, open)))
            }
            Data::Tuple(items) => Data::Tuple(list(items, change)),
            Data::Map(ty, items) => Data::Map(ty.clone(), entries(items, change)),
            Data::Object(items) => Data::Object(entries(items, change)),
            leaf @ (Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_)) => {
                leaf.clone()
            }
        };
        change(Value {
            data,
            marks: self.marks,
        })
    }
}

/// Shows the value as the language writes it, with sensitive parts withheld.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::render(self))
    }
}
