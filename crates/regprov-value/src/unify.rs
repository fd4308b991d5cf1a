//! The common type of several values: of a list's elements, of a conditional's branches.

use crate::convert::converts;
use crate::{ObjectType, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The type that values of all these types convert to, as Terraform finds it; `None` where there is none.
///
/// The answer is `Dynamic` where only values will tell: a collection beside something that is known only after apply.
#[must_use]
pub fn unify(types: &[Type]) -> Option<Type> {
    let (first, rest) = types.split_first()?;
    if rest.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    let kinds = Kinds::of(types);
    let all = types.len();
    let open = kinds.open > 0;
    if kinds.maps > 0 && kinds.maps + kinds.open == all {
        return collections(types, open, Type::map);
    }
    if kinds.maps > 0 && kinds.maps + kinds.objects + kinds.open == all {
        if let Some(found) = as_collections(types) {
            return Some(found);
        }
    } else if kinds.lists > 0 && kinds.lists + kinds.open == all {
        return collections(types, open, Type::list);
    } else if kinds.lists > 0 && kinds.lists + kinds.tuples + kinds.open == all {
        if let Some(found) = as_collections(types) {
            return Some(found);
        }
    } else if kinds.sets > 0 && kinds.sets + kinds.open == all {
        return collections(types, open, Type::set);
    } else if kinds.objects > 0 && kinds.objects + kinds.open == all {
        return if open { Some(Type::Dynamic) } else { objects(types) };
    } else if kinds.tuples > 0 && kinds.tuples + kinds.open == all {
        return if open { Some(Type::Dynamic) } else { tuples(types) };
    } else if kinds.objects > 0 && kinds.tuples > 0 {
        return None;
    }
    preferred(types)
}

/// How many types there are of each kind.
#[derive(Default)]
struct Kinds {
    maps: usize,
    lists: usize,
    sets: usize,
    objects: usize,
    tuples: usize,
    open: usize,
}

impl Kinds {
    fn of(types: &[Type]) -> Self {
        let mut kinds = Self::default();
        for ty in types {
            match ty {
                Type::Map(_) => kinds.maps += 1,
                Type::List(_) => kinds.lists += 1,
                Type::Set(_) => kinds.sets += 1,
                Type::Object(_) => kinds.objects += 1,
                Type::Tuple(_) => kinds.tuples += 1,
                Type::Dynamic => kinds.open += 1,
                Type::Bool | Type::Number | Type::String => {}
            }
        }
        kinds
    }
}

/// Collections of one kind: their elements join.
fn collections(types: &[Type], open: bool, make: fn(Type) -> Type) -> Option<Type> {
    if open {
        return Some(Type::Dynamic);
    }
    let elements: Vec<Type> = types.iter().filter_map(element).collect();
    let joined = make(unify(&elements)?);
    types
        .iter()
        .all(|ty| *ty == joined || converts(ty, &joined))
        .then_some(joined)
}

fn element(ty: &Type) -> Option<Type> {
    match ty {
        Type::List(element) | Type::Set(element) | Type::Map(element) => Some(Type::clone(element)),
        Type::Dynamic | Type::Bool | Type::Number | Type::String | Type::Tuple(_) | Type::Object(_) => None,
    }
}

/// Tuples beside lists count as lists, objects beside maps as maps.
fn as_collections(types: &[Type]) -> Option<Type> {
    let structural = |ty: &&Type| matches!(ty, Type::Tuple(_) | Type::Object(_));
    let parts: Vec<Type> = types.iter().filter(structural).cloned().collect();
    let joined = match parts.first()? {
        Type::Tuple(_) => list_of(&parts)?,
        _ => map_of(&parts)?,
    };
    let all: Vec<Type> = types
        .iter()
        .map(|ty| {
            if structural(&ty) {
                joined.clone()
            } else {
                ty.clone()
            }
        })
        .collect();
    unify(&all).filter(|found| matches!(found, Type::List(_) | Type::Map(_)))
}

/// Objects with the same attributes join attribute by attribute, others to a map where their values allow it.
fn objects(types: &[Type]) -> Option<Type> {
    let attributes: Vec<&BTreeMap<Arc<str>, Type>> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(object) => Some(&object.attributes),
            _ => None,
        })
        .collect();
    let (first, rest) = attributes.split_first()?;
    if !rest.iter().all(|other| other.keys().eq(first.keys())) {
        return map_of(types);
    }
    let mut joined = BTreeMap::new();
    for name in first.keys() {
        let across: Vec<Type> = attributes.iter().map(|of| of[name].clone()).collect();
        joined.insert(name.clone(), unify(&across)?);
    }
    let joined = Type::Object(Arc::new(ObjectType {
        attributes: joined,
        optional: BTreeSet::new(),
    }));
    if types.iter().all(|ty| *ty == joined || converts(ty, &joined)) {
        Some(joined)
    } else {
        map_of(types)
    }
}

/// Tuples of one length join element by element, others to a list where their elements allow it.
fn tuples(types: &[Type]) -> Option<Type> {
    let elements: Vec<&[Type]> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Tuple(elements) => Some(elements.as_slice()),
            _ => None,
        })
        .collect();
    let (first, rest) = elements.split_first()?;
    if !rest.iter().all(|other| other.len() == first.len()) {
        return list_of(types);
    }
    let joined = (0..first.len()).map(|at| {
        let across: Vec<Type> = elements.iter().map(|of| of[at].clone()).collect();
        unify(&across)
    });
    let joined = Type::tuple(joined.collect::<Option<Vec<Type>>>()?);
    if types.iter().all(|ty| *ty == joined || converts(ty, &joined)) {
        Some(joined)
    } else {
        list_of(types)
    }
}

fn list_of(tuples: &[Type]) -> Option<Type> {
    let elements: Vec<Type> = tuples
        .iter()
        .filter_map(|ty| match ty {
            Type::Tuple(elements) => Some(elements.iter().cloned()),
            _ => None,
        })
        .flatten()
        .collect();
    let list = Type::list(unify(&elements)?);
    tuples.iter().all(|ty| converts(ty, &list)).then_some(list)
}

fn map_of(objects: &[Type]) -> Option<Type> {
    let values: Vec<Type> = objects
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(object) => Some(object.attributes.values().cloned()),
            _ => None,
        })
        .flatten()
        .collect();
    let map = Type::map(unify(&values)?);
    objects.iter().all(|ty| converts(ty, &map)).then_some(map)
}

/// The first type, in the order of preference, that all others convert to.
fn preferred(types: &[Type]) -> Option<Type> {
    let mut rest: Vec<&Type> = types.iter().collect();
    while !rest.is_empty() {
        // Of those that nothing else is preferred to, the one that stands first.
        let at = (0..rest.len())
            .find(|at| !rest.iter().any(|other| prefers(other, rest[*at])))
            .unwrap_or(0);
        let wanted = rest.remove(at);
        if types.iter().all(|ty| ty == wanted || converts(ty, wanted)) {
            return Some(wanted.clone());
        }
    }
    None
}

/// Whether one type is rather taken than another, if values convert to it.
fn prefers(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Dynamic, _) => false,
        (_, Type::Dynamic) => true,
        (Type::String, Type::Bool | Type::Number)
        | (Type::List(_), Type::Tuple(_))
        | (Type::Map(_), Type::Object(_))
        | (Type::Tuple(_) | Type::List(_), Type::Set(_)) => true,
        (Type::List(one), Type::List(other))
        | (Type::Set(one), Type::Set(other))
        | (Type::Map(one), Type::Map(other)) => prefers(one, other),
        (_, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::unify;
    use crate::Type;

    #[test]
    fn a_string_takes_numbers_in() {
        assert_eq!(unify(&[Type::Number, Type::String]), Some(Type::String));
        assert_eq!(unify(&[Type::Number, Type::Bool]), None);
    }

    #[test]
    fn an_empty_tuple_joins_a_list() {
        let list = Type::list(Type::Number);
        assert_eq!(unify(&[Type::tuple(Vec::new()), list.clone()]), Some(list));
    }

    #[test]
    fn lists_join_by_their_elements() {
        let open = Type::list(Type::Dynamic);
        let list = Type::list(Type::String);
        assert_eq!(unify(&[open, list.clone()]), Some(list));
    }

    #[test]
    fn objects_and_tuples_do_not_join() {
        let object = Type::object([("a", Type::Number)]);
        assert_eq!(unify(&[object, Type::tuple(vec![Type::Number])]), None);
    }
}
