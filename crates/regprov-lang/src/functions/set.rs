//! Functions on sets.

use super::support::{Args, Outcome, blame, check_elements, define, fail, type_name, unmarked};
use crate::function::{Function, FunctionError, Kind, Parameter, Returns};
use regprov_value::{Data, Marks, Type, Value, convert, unify};

const SET: Kind = Kind::Set(&Kind::Any);
const FIRST: Parameter = Parameter::new("first_set", SET).wholly_known();
const OTHERS: Option<Parameter> = Some(Parameter::new("other_sets", SET).wholly_known());

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        variadic: OTHERS,
        ..define(
            "setintersection",
            &[FIRST],
            Returns::From(common_type),
            |arguments| {
                combine(arguments, |item, others| {
                    others.iter().all(|other| other.contains(item))
                })
            },
        )
    },
    Function {
        variadic: Some(Parameter::any("sets").marked_when_open()),
        ..define("setproduct", &[], Returns::From(product_type), product)
    },
    define(
        "setsubtract",
        &[
            Parameter::new("a", SET).wholly_known(),
            Parameter::new("b", SET).wholly_known(),
        ],
        Returns::From(common_type),
        |arguments| {
            combine(arguments, |item, others| {
                others.iter().all(|other| !other.contains(item))
            })
        },
    ),
    Function {
        variadic: Some(Parameter::new("other_sets", SET)),
        ..define(
            "setunion",
            &[Parameter::new("first_set", SET)],
            Returns::From(common_type),
            union,
        )
    },
];

fn common_type(values: &[Value]) -> Result<Type, FunctionError> {
    // An empty set joins with sets of any type.
    let element = |value: &Value| match value.ty() {
        Type::Set(element)
            if value.as_items().is_some_and(<[Value]>::is_empty) && *element == Type::Dynamic =>
        {
            None
        }
        Type::Set(element) => Some(Type::clone(&element)),
        _ => Some(Type::Dynamic),
    };
    let types: Vec<Type> = values.iter().filter_map(element).collect();
    if types.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    match unify(&types) {
        Some(element) => Ok(Type::set(element)),
        None => fail("the sets must have elements of one type"),
    }
}

/// The sets, all of one type.
fn unified(arguments: &mut Args<'_>) -> Result<(Type, Vec<Value>), FunctionError> {
    let ty = common_type(&arguments.values)?;
    let sets = (0..arguments.len()).map(|index| {
        convert(&arguments.take(index), &ty).map_err(|error| FunctionError::at(index, error.message))
    });
    let sets = sets.collect::<Result<Vec<Value>, _>>()?;
    Ok((ty, sets))
}

fn rebuilt(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::Set(element) => Value::set(Type::clone(element), items),
        _ => Value::set(Type::Dynamic, items),
    }
}

/// The elements of the first set that are to be kept, seeing the others.
fn combine(arguments: &mut Args<'_>, keep: fn(&Value, &[&[Value]]) -> bool) -> Outcome {
    let (ty, sets) = unified(arguments)?;
    let all: Vec<&[Value]> = sets
        .iter()
        .map(|set| set.as_items().unwrap_or_default())
        .collect();
    let (first, others) = all
        .split_first()
        .map_or((&[][..], &[][..]), |(first, others)| (*first, others));
    Ok(rebuilt(
        &ty,
        first.iter().filter(|item| keep(item, others)).cloned().collect(),
    ))
}

fn union(arguments: &mut Args<'_>) -> Outcome {
    let (ty, sets) = unified(arguments)?;
    Ok(rebuilt(
        &ty,
        sets.iter()
            .flat_map(|set| set.as_items().unwrap_or_default())
            .cloned()
            .collect(),
    ))
}

fn product_type(values: &[Value]) -> Result<Type, FunctionError> {
    if values.len() < 2 {
        return Ok(Type::Dynamic);
    }
    let mut elements = Vec::with_capacity(values.len());
    let mut any_set = false;
    for (index, value) in values.iter().enumerate() {
        elements.push(match value.ty() {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Tuple(types) if types.is_empty() => Type::Dynamic,
            Type::Tuple(types) => match unify(&types) {
                Some(element) => element,
                None => return blame(index, "the elements must be of one type"),
            },
            Type::List(element) => Type::clone(&element),
            Type::Set(element) => {
                any_set = true;
                Type::clone(&element)
            }
            other => {
                let name = other.friendly_name();
                return blame(index, format!("a list, set or tuple is required, not {name}"));
            }
        });
    }
    let element = Type::tuple(elements);
    Ok(if any_set {
        Type::set(element)
    } else {
        Type::list(element)
    })
}

/// Every combination of one element of each; a set where any of them is a set, else a list.
fn product(arguments: &mut Args<'_>) -> Outcome {
    if arguments.len() < 2 {
        return fail("at least two lists or sets are required");
    }
    let mut marks = Marks::NONE;
    let mut any_set = false;
    let mut parts: Vec<(Type, Vec<Value>)> = Vec::new();
    let mut open = false;
    for index in 0..arguments.len() {
        let (part, found) = unmarked(arguments, index);
        marks |= found;
        any_set |= matches!(part.data, Data::Set(..));
        open |= matches!(part.data, Data::Set(..)) && !part.is_wholly_known();
        parts.push(elements(&part, index)?);
    }
    let types: Vec<Type> = parts.iter().map(|(ty, _)| ty.clone()).collect();
    let ty = Type::tuple(types);
    if open {
        return Ok(Value::unknown(Type::set(ty)).marked(marks));
    }
    let rows = parts
        .iter()
        .try_fold(1_usize, |rows, (_, items)| rows.checked_mul(items.len()));
    check_elements(rows.and_then(|rows| rows.checked_mul(parts.len())))?;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for (_, items) in &parts {
        let longer = |row: &Vec<Value>| {
            let row = row.clone();
            items
                .iter()
                .map(move |item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>())
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let rows = rows.into_iter().map(Value::tuple).collect();
    Ok(if any_set {
        Value::set(ty, rows)
    } else {
        Value::list(ty, rows)
    }
    .marked(marks))
}

/// The elements of a list, set or tuple, all of one type.
fn elements(part: &Value, index: usize) -> Result<(Type, Vec<Value>), FunctionError> {
    match &part.data {
        Data::List(element, items) | Data::Set(element, items) => Ok((element.clone(), items.to_vec())),
        Data::Tuple(_) => match convert(part, &Type::list(Type::Dynamic)).map(|list| list.data) {
            Ok(Data::List(element, items)) => Ok((element, items.to_vec())),
            Ok(_) | Err(_) => blame(index, "the elements must be of one type"),
        },
        _ => blame(
            index,
            format!("a list, set or tuple is required, not {}", type_name(part)),
        ),
    }
}
