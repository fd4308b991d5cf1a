//! From Rust types to schema: what `#[derive(Schema)]` builds upon.

use crate::{Attribute, Block, Computed, Local, Nesting, Once, Secret, WriteOnly};
use regprov_value::Type;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroize;

/// A struct with a schema; derived.
pub trait Schematic {
    /// The block of the struct.
    fn block() -> Block;
}

/// A Rust type that can be the whole value of an attribute.
pub trait FieldType {
    /// The type in the language.
    fn ty() -> Type;
}

macro_rules! field_types {
    ($($rust:ty => $ty:expr),* $(,)?) => {
        $(impl FieldType for $rust { fn ty() -> Type { $ty } })*
    };
}

field_types! {
    bool => Type::Bool,
    String => Type::String,
    i64 => Type::Number,
    u64 => Type::Number,
    f64 => Type::Number,
    serde_json::Value => Type::Dynamic,
}

impl<T: FieldType> FieldType for Vec<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }
}

impl<T: FieldType> FieldType for BTreeSet<T> {
    fn ty() -> Type {
        Type::set(T::ty())
    }
}

impl<T: FieldType> FieldType for BTreeMap<String, T> {
    fn ty() -> Type {
        Type::map(T::ty())
    }
}

impl<T: FieldType> FieldType for Option<T> {
    fn ty() -> Type {
        T::ty()
    }
}

/// For a secret that the remote decides and tells again: `Computed<Secret<T>>`, with the flag `sensitive`.
impl<T: FieldType + Zeroize> FieldType for Secret<T> {
    fn ty() -> Type {
        T::ty()
    }
}

/// A Rust type that can be the field of an attribute, and the flags that its wrapper means.
pub trait AttributeKind {
    /// The attribute with type and flags.
    fn attribute() -> Attribute;
}

fn required<T: FieldType>() -> Attribute {
    Attribute {
        required: true,
        ..Attribute::new(T::ty())
    }
}

fn optional<T: FieldType>() -> Attribute {
    Attribute {
        optional: true,
        ..Attribute::new(T::ty())
    }
}

macro_rules! required_kinds {
    ($($rust:ty),* $(,)?) => {
        $(impl AttributeKind for $rust { fn attribute() -> Attribute { required::<Self>() } })*
    };
}

required_kinds!(bool, String, i64, u64, f64, serde_json::Value);

impl<T: FieldType> AttributeKind for Vec<T> {
    fn attribute() -> Attribute {
        required::<Self>()
    }
}

impl<T: FieldType> AttributeKind for BTreeSet<T> {
    fn attribute() -> Attribute {
        required::<Self>()
    }
}

impl<T: FieldType> AttributeKind for BTreeMap<String, T> {
    fn attribute() -> Attribute {
        required::<Self>()
    }
}

impl<T: FieldType> AttributeKind for Option<T> {
    fn attribute() -> Attribute {
        optional::<T>()
    }
}

impl<T: FieldType> AttributeKind for Computed<T> {
    fn attribute() -> Attribute {
        Attribute {
            computed: true,
            ..Attribute::new(T::ty())
        }
    }
}

impl<T: FieldType> AttributeKind for Local<T> {
    fn attribute() -> Attribute {
        Attribute {
            local: true,
            ..optional::<T>()
        }
    }
}

impl<T: FieldType + Zeroize> AttributeKind for Secret<T> {
    fn attribute() -> Attribute {
        Attribute {
            sensitive: true,
            ..optional::<T>()
        }
    }
}

impl<T: FieldType + Zeroize> AttributeKind for WriteOnly<T> {
    fn attribute() -> Attribute {
        Attribute {
            sensitive: true,
            write_only: true,
            ..optional::<T>()
        }
    }
}

impl<T: FieldType + Zeroize> AttributeKind for Once<T> {
    fn attribute() -> Attribute {
        Attribute {
            computed: true,
            sensitive: true,
            once: true,
            ..Attribute::new(T::ty())
        }
    }
}

/// A Rust type that can be the field of a nested block: how it repeats, and what is in it.
pub trait BlockKind {
    /// How the block repeats.
    const NESTING: Nesting;
    /// What is in it.
    fn nested() -> Block;
}

impl<T: Schematic> BlockKind for Vec<T> {
    const NESTING: Nesting = Nesting::List;
    fn nested() -> Block {
        T::block()
    }
}

impl<T: Schematic> BlockKind for BTreeSet<T> {
    const NESTING: Nesting = Nesting::Set;
    fn nested() -> Block {
        T::block()
    }
}

impl<T: Schematic> BlockKind for Option<T> {
    const NESTING: Nesting = Nesting::Single;
    fn nested() -> Block {
        T::block()
    }
}
