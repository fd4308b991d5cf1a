//! The common type of several values: of a list's elements, of a conditional's branches.

use crate::{ObjectType, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The type that values of all these types convert to without loss, or `None`. `Dynamic` joins with anything.
#[must_use]
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut known = types.iter().filter(|ty| **ty != Type::Dynamic);
    let Some(first) = known.next() else {
        return Some(Type::Dynamic);
    };
    known.try_fold(first.clone(), |joined, ty| pair(&joined, ty))
}

fn pair(a: &Type, b: &Type) -> Option<Type> {
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Type::Dynamic, other) | (other, Type::Dynamic) => Some(other.clone()),
        (Type::Bool | Type::Number | Type::String, Type::Bool | Type::Number | Type::String) => {
            (*a == Type::String || *b == Type::String).then_some(Type::String)
        }
        (Type::List(a), Type::List(b)) => Some(Type::list(pair(a, b)?)),
        (Type::Set(a), Type::Set(b)) => Some(Type::set(pair(a, b)?)),
        (Type::List(a), Type::Set(b)) | (Type::Set(a), Type::List(b)) => Some(Type::list(pair(a, b)?)),
        (Type::Map(a), Type::Map(b)) => Some(Type::map(pair(a, b)?)),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            let parts: Option<Vec<Type>> = a.iter().zip(b.iter()).map(|(a, b)| pair(a, b)).collect();
            Some(Type::tuple(parts?))
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            let all: Vec<Type> = a.iter().chain(b.iter()).cloned().collect();
            Some(Type::list(unify(&all)?))
        }
        (Type::Tuple(items), Type::List(element)) | (Type::List(element), Type::Tuple(items)) => {
            Some(Type::list(pair(&unify(items)?, element)?))
        }
        (Type::Tuple(items), Type::Set(element)) | (Type::Set(element), Type::Tuple(items)) => {
            Some(Type::set(pair(&unify(items)?, element)?))
        }
        (Type::Object(a), Type::Object(b)) => objects(a, b),
        (Type::Object(object), Type::Map(element)) | (Type::Map(element), Type::Object(object)) => {
            let attributes: Vec<Type> = object.attributes.values().cloned().collect();
            Some(Type::map(pair(&unify(&attributes)?, element)?))
        }
        (_, _) => None,
    }
}

/// Objects with the same attributes join attribute by attribute, others to a map where their values allow it.
fn objects(a: &ObjectType, b: &ObjectType) -> Option<Type> {
    if a.attributes.keys().eq(b.attributes.keys()) {
        let mut attributes = BTreeMap::new();
        for (name, ty) in &a.attributes {
            attributes.insert(name.clone(), pair(ty, &b.attributes[name])?);
        }
        return Some(Type::Object(Arc::new(ObjectType {
            attributes,
            optional: BTreeSet::new(),
        })));
    }
    let all: Vec<Type> = a
        .attributes
        .values()
        .chain(b.attributes.values())
        .cloned()
        .collect();
    Some(Type::map(unify(&all)?))
}
