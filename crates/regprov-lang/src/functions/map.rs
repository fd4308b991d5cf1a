//! Functions on maps and objects, and those that make them.

use super::support::{Args, Outcome, STRINGS, any, blame, define, expect_type, fail, type_name, unmarked};
use crate::function::{Function, FunctionError, Kind, Parameter, Returns};
use regprov_value::{Data, Marks, Type, Value, convert, unify};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        variadic: Some(Parameter::any("vals").nullable().open()),
        ..define("coalesce", &[], Returns::From(any), coalesce)
    },
    Function {
        variadic: Some(Parameter::any("vals").nullable().open()),
        ..define("coalescelist", &[], Returns::From(any), coalesce_list)
    },
    define(
        "keys",
        &[Parameter::any("inputMap").open().marked()],
        Returns::From(any),
        keys,
    ),
    Function {
        variadic: Some(Parameter::any("default").nullable().open().marked()),
        ..define(
            "lookup",
            &[
                Parameter::any("inputMap").marked(),
                Parameter::string("key").marked_when_open(),
            ],
            Returns::From(lookup_type),
            lookup,
        )
    },
    Function {
        variadic: Some(Parameter::any("maps").nullable().marked()),
        ..define("merge", &[], Returns::From(merge_type), merge)
    },
    define(
        "transpose",
        &[Parameter::new("values", LISTS).wholly_known()],
        Returns::Always(LISTS),
        transpose,
    ),
    define(
        "values",
        &[Parameter::any("mapping").marked()],
        Returns::From(values_type),
        values,
    ),
    define(
        "zipmap",
        &[
            Parameter::new("keys", STRINGS).marked(),
            Parameter::any("values").marked(),
        ],
        Returns::From(zip_type),
        zip,
    ),
];

const LISTS: Kind = Kind::Map(&STRINGS);

fn coalesce(arguments: &mut Args<'_>) -> Outcome {
    let types: Vec<Type> = arguments.values.iter().map(Value::ty).collect();
    let Some(common) = unify(&types) else {
        return fail("all arguments must have one type, or convert to one");
    };
    for index in 0..arguments.len() {
        let value = arguments.take(index);
        if !value.is_known() {
            return Ok(Value::unknown(common));
        }
        let empty = value.is_null() || value.as_str() == Some("");
        if !empty {
            return convert(&value, &common).map_err(|error| FunctionError::at(index, error.message));
        }
    }
    fail("no argument is other than null or an empty string; add a default as the last one")
}

fn coalesce_list(arguments: &mut Args<'_>) -> Outcome {
    for index in 0..arguments.len() {
        let list = arguments.take(index);
        match (list.ty(), list.as_items()) {
            _ if !list.is_known() => return Ok(Value::unknown(Type::Dynamic)),
            (Type::List(_) | Type::Tuple(_), _) if list.is_null() => {}
            (Type::List(_) | Type::Tuple(_), Some([])) => {}
            (Type::List(_) | Type::Tuple(_), Some(_)) => return Ok(list),
            _ => {
                return blame(
                    index,
                    format!("a list or tuple is required, not {}", type_name(&list)),
                );
            }
        }
    }
    fail("every list is empty; add a list with an element as the last one")
}

fn keys(arguments: &mut Args<'_>) -> Outcome {
    let (map, marks) = unmarked(arguments, 0);
    let names = |names: &mut dyn Iterator<Item = &Arc<str>>| {
        names.map(|name| Data::String(name.clone()).into()).collect()
    };
    let list = match &map.data {
        Data::Map(_, entries) => Value::list(Type::String, names(&mut entries.keys())),
        Data::Object(entries) => Value::tuple(names(&mut entries.keys())),
        Data::Unknown(unknown) => match &unknown.ty {
            Type::Object(object) => Value::tuple(names(&mut object.attributes.keys())),
            Type::Map(_) => super::support::later(Type::list(Type::String)),
            Type::Dynamic => Value::unknown(Type::Dynamic),
            _ => return not_a_map(&map),
        },
        _ => return not_a_map(&map),
    };
    Ok(list.marked(marks))
}

fn not_a_map(value: &Value) -> Outcome {
    blame(
        0,
        format!("a map or object is required, not {}", type_name(value)),
    )
}

fn lookup_type(values: &[Value]) -> Result<Type, FunctionError> {
    map_or_object(&values[0], 0)?;
    Ok(match (values[0].ty(), values.get(1).and_then(Value::as_str)) {
        (Type::Map(element), _) => Type::clone(&element),
        (Type::Object(object), Some(key)) => object.attributes.get(key).cloned().unwrap_or(Type::Dynamic),
        _ => Type::Dynamic,
    })
}

/// Refuses what is neither a map nor an object.
fn map_or_object(value: &Value, index: usize) -> Result<(), FunctionError> {
    expect_type(value, index, "a map or object is required", |ty| {
        matches!(ty, Type::Map(_) | Type::Object(_))
    })
}

fn lookup(arguments: &mut Args<'_>) -> Outcome {
    if arguments.len() > 3 {
        return blame(3, "only a map, a key and a default are expected");
    }
    let (map, map_marks) = unmarked(arguments, 0);
    let (key, key_marks) = unmarked(arguments, 1);
    let marks = map_marks | key_marks;
    let (Some(entries), Some(name)) = (map.as_entries(), key.as_str()) else {
        return not_a_map(&map);
    };
    if let Some(found) = entries.get(name) {
        return Ok(found.clone().marked(marks));
    }
    if arguments.len() < 3 {
        let shown = arguments.quote(name);
        return blame(
            1,
            format!("there is no element with the key {shown}; give a default as the third argument"),
        );
    }
    let default = arguments.take(2);
    let Data::Map(element, _) = &map.data else {
        return Ok(default.marked(marks));
    };
    match convert(&default, element) {
        Ok(default) => Ok(default.marked(marks)),
        Err(error) => blame(
            2,
            format!(
                "the default must have the type of the map's elements, {element}: {}",
                error.message
            ),
        ),
    }
}

/// All maps of one type stay a map; anything else becomes an object.
fn merge_type(values: &[Value]) -> Result<Type, FunctionError> {
    for (index, value) in values.iter().enumerate().filter(|(_, value)| !value.is_null()) {
        map_or_object(value, index)?;
    }
    let given: Vec<Type> = values.iter().map(Value::ty).collect();
    match given.first() {
        Some(first @ Type::Map(_)) if given.iter().all(|ty| ty == first) => Ok(first.clone()),
        _ => Ok(Type::Dynamic),
    }
}

fn merge(arguments: &mut Args<'_>) -> Outcome {
    let ty = merge_type(&arguments.values)?;
    let mut marks = Marks::NONE;
    let mut merged: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for index in 0..arguments.len() {
        let (map, found) = unmarked(arguments, index);
        marks |= found;
        match (map.as_entries(), map.is_null()) {
            (Some(entries), _) => {
                merged.extend(entries.iter().map(|(name, item)| (name.clone(), item.clone())))
            }
            (None, true) => {}
            (None, false) => {
                return blame(
                    index,
                    format!("a map or object is required, not {}", type_name(&map)),
                );
            }
        }
    }
    Ok(match ty {
        Type::Map(element) => Value::map(Type::clone(&element), merged),
        _ => Data::Object(Arc::new(merged)).into(),
    }
    .marked(marks))
}

fn transpose(arguments: &mut Args<'_>) -> Outcome {
    let map = arguments.take(0);
    let mut turned: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (name, list) in map.as_entries().into_iter().flatten() {
        let Some(items) = list.as_items() else {
            return blame(0, "the map must not contain null");
        };
        for item in items {
            let Data::String(item) = &item.data else {
                return blame(0, "the lists must not contain null");
            };
            turned
                .entry(item.clone())
                .or_default()
                .push(Data::String(name.clone()).into());
        }
    }
    let lists = turned
        .into_iter()
        .map(|(name, names)| (name, Value::list(Type::String, names)))
        .collect();
    Ok(Value::map(Type::list(Type::String), lists))
}

fn values_type(values: &[Value]) -> Result<Type, FunctionError> {
    map_or_object(&values[0], 0)?;
    Ok(match values[0].ty() {
        Type::Map(element) => Type::List(element),
        Type::Object(object) => Type::tuple(object.attributes.values().cloned().collect()),
        _ => Type::Dynamic,
    })
}

fn values(arguments: &mut Args<'_>) -> Outcome {
    let (map, marks) = unmarked(arguments, 0);
    Ok(match &map.data {
        Data::Map(element, entries) => Value::list(element.clone(), entries.values().cloned().collect()),
        Data::Object(entries) => Value::tuple(entries.values().cloned().collect()),
        _ => return not_a_map(&map),
    }
    .marked(marks))
}

fn zip_type(values: &[Value]) -> Result<Type, FunctionError> {
    expect_type(&values[1], 1, "a list or tuple is required", |ty| {
        matches!(ty, Type::List(_) | Type::Tuple(_))
    })?;
    Ok(match values[1].ty() {
        Type::List(element) => Type::Map(element),
        _ => Type::Dynamic,
    })
}

fn zip(arguments: &mut Args<'_>) -> Outcome {
    let (keys, key_marks) = unmarked(arguments, 0);
    let (values, value_marks) = unmarked(arguments, 1);
    let mut marks = key_marks | value_marks;
    let names = keys.as_items().unwrap_or_default();
    let (Data::List(_, items) | Data::Tuple(items)) = &values.data else {
        return blame(
            1,
            format!("a list or tuple is required, not {}", type_name(&values)),
        );
    };
    if names.len() != items.len() && keys.is_wholly_known() {
        return fail(format!(
            "the number of keys ({}) does not match the number of values ({})",
            names.len(),
            items.len()
        ));
    }
    marks |= names.iter().fold(Marks::NONE, |marks, name| marks | name.marks);
    if !keys.is_wholly_known() {
        let ty = zip_type(&[Value::null(Type::Dynamic), values.clone()])?;
        return Ok(Value::unknown(ty).marked(marks));
    }
    let mut zipped: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (name, item) in names.iter().zip(items.iter()) {
        let Data::String(name) = &name.data else {
            return blame(0, "a key must not be null");
        };
        zipped.insert(name.clone(), item.clone());
    }
    Ok(match &values.data {
        Data::List(element, _) => Value::map(element.clone(), zipped),
        _ => Data::Object(Arc::new(zipped)).into(),
    }
    .marked(marks))
}
