//! Functions on lists, sets and tuples.

mod order;

use super::support::{
    Args, LIST, Outcome, STRINGS, any, blame, define, equal, expect_type, fail, later, size, type_name,
    unmarked,
};
use crate::function::{Function, FunctionError, Kind, Parameter, Returns};
use order::{range, reverse, reverse_type, slice, slice_type, sort};
use regprov_value::{Data, Marks, Number, Refinements, Type, Value, convert, unify};
use unicode_segmentation::UnicodeSegmentation as _;

const ANY_LIST: Parameter = Parameter::any("list");
const BOOLS: Parameter = Parameter::new("list", Kind::List(&Kind::Bool));
const BOOL: Returns = Returns::Always(Kind::Bool);
/// The most elements that `range` makes.
const RANGE_LIMIT: usize = 1024;

pub(super) static FUNCTIONS: &[Function] = &[
    define("alltrue", &[BOOLS], BOOL, |arguments| Ok(all(arguments, true))),
    define("anytrue", &[BOOLS], BOOL, |arguments| Ok(all(arguments, false))),
    define(
        "chunklist",
        &[
            Parameter::new("list", LIST).marked(),
            Parameter::number("size").marked(),
        ],
        Returns::From(|values| Ok(Type::list(values[0].ty()))),
        chunks,
    ),
    define(
        "compact",
        &[Parameter::new("list", STRINGS).wholly_known()],
        Returns::Always(STRINGS),
        |arguments| {
            let kept = arguments
                .items(0)
                .iter()
                .filter(|item| item.as_str().is_some_and(|text| !text.is_empty()));
            Ok(Value::list(Type::String, kept.cloned().collect()))
        },
    ),
    Function {
        variadic: Some(Parameter::any("seqs").marked()),
        ..define("concat", &[], Returns::From(concat_type), concat)
    },
    define("contains", &[ANY_LIST, Parameter::any("value")], BOOL, contains),
    define(
        "distinct",
        &[Parameter::new("list", LIST).wholly_known()],
        Returns::From(|values| Ok(values[0].ty())),
        distinct,
    ),
    define(
        "element",
        &[ANY_LIST.marked(), Parameter::number("index")],
        Returns::From(element_type),
        element,
    ),
    define("flatten", &[ANY_LIST.marked()], Returns::From(any), flatten),
    define(
        "index",
        &[ANY_LIST, Parameter::any("value")],
        Returns::Always(Kind::Number),
        index,
    ),
    define(
        "length",
        &[Parameter::any("value").open().marked()],
        Returns::Always(Kind::Number),
        length,
    ),
    define(
        "matchkeys",
        &[
            Parameter::new("values", LIST).wholly_known(),
            Parameter::new("keys", LIST).wholly_known(),
            Parameter::new("searchset", LIST),
        ],
        Returns::From(|values| {
            let kinds = [values[1].ty(), values[2].ty()];
            match unify(&kinds) {
                Some(_) => Ok(values[0].ty()),
                None => blame(2, "the keys and what is searched for must be of one type"),
            }
        }),
        match_keys,
    ),
    define("one", &[ANY_LIST], Returns::From(one_type), one),
    Function {
        variadic: Some(Parameter::number("params")),
        ..define("range", &[], Returns::Always(Kind::List(&Kind::Number)), range)
    },
    define(
        "reverse",
        &[ANY_LIST.marked()],
        Returns::From(reverse_type),
        reverse,
    ),
    define(
        "slice",
        &[
            ANY_LIST.marked(),
            Parameter::number("start_index"),
            Parameter::number("end_index"),
        ],
        Returns::From(slice_type),
        slice,
    ),
    define(
        "sort",
        &[Parameter::new("list", STRINGS)],
        Returns::Always(STRINGS),
        sort,
    ),
];

/// Whether all are true (`wanted`), or the opposite of whether all are not.
fn all(arguments: &Args<'_>, wanted: bool) -> Value {
    let mut open = false;
    for item in arguments.items(0) {
        if !item.is_known() {
            open = true;
        } else if item.as_bool().unwrap_or(false) != wanted {
            return (!wanted).into();
        }
    }
    if open { later(Type::Bool) } else { wanted.into() }
}

fn chunks(arguments: &mut Args<'_>) -> Outcome {
    let (list, mut marks) = unmarked(arguments, 0);
    marks |= arguments.get(1).map_or(Marks::NONE, |size| size.marks);
    let Ok(size) = size(arguments, 1) else {
        return blame(
            1,
            "the size of the chunks must be a whole number that is not negative",
        );
    };
    let (element, items) = (list.ty(), list.as_items().unwrap_or_default());
    let inner = match &element {
        Type::List(inner) => Type::clone(inner),
        _ => Type::Dynamic,
    };
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items
        .chunks(size)
        .map(|chunk| Value::list(inner.clone(), chunk.to_vec()))
        .collect();
    Ok(Value::list(element, chunks).marked(marks))
}

fn concat_type(values: &[Value]) -> Result<Type, FunctionError> {
    for (index, value) in values.iter().enumerate() {
        expect_type(value, index, "a list or tuple is required", |ty| {
            matches!(ty, Type::List(_) | Type::Tuple(_))
        })?;
    }
    let types: Vec<Type> = values.iter().map(Value::ty).collect();
    if types.iter().all(|ty| matches!(ty, Type::List(_))) {
        return Ok(unify(&types).unwrap_or(Type::Dynamic));
    }
    Ok(Type::Dynamic)
}

fn concat(arguments: &mut Args<'_>) -> Outcome {
    if arguments.len() == 0 {
        return fail("at least one list is required");
    }
    let mut marks = Marks::NONE;
    let mut items: Vec<Value> = Vec::new();
    let mut lists: Vec<Type> = Vec::new();
    for index in 0..arguments.len() {
        let (list, found) = unmarked(arguments, index);
        marks |= found;
        match &list.data {
            Data::List(..) => lists.push(list.ty()),
            Data::Tuple(_) => {}
            _ => {
                return blame(
                    index,
                    format!(
                        "a list or tuple is required, not {}; convert a set with tolist",
                        type_name(&list)
                    ),
                );
            }
        }
        items.extend_from_slice(list.as_items().unwrap_or_default());
    }
    if lists.len() == arguments.len()
        && let Some(ty @ Type::List(_)) = unify(&lists)
        && let Ok(list) = convert(&Value::tuple(items.clone()), &ty)
    {
        return Ok(list.marked(marks));
    }
    Ok(Value::tuple(items).marked(marks))
}

fn contains(arguments: &mut Args<'_>) -> Outcome {
    let (list, wanted) = (arguments.take(0), arguments.take(1));
    let Some(items) = list.as_items() else {
        return blame(
            0,
            format!("a list, tuple or set is required, not {}", type_name(&list)),
        );
    };
    let found: Vec<Option<bool>> = items.iter().map(|item| equal(item, &wanted)).collect();
    if found.contains(&Some(true)) {
        return Ok(true.into());
    }
    Ok(if found.contains(&None) {
        later(Type::Bool)
    } else {
        false.into()
    })
}

fn distinct(arguments: &mut Args<'_>) -> Outcome {
    let list = arguments.take(0);
    let mut seen = std::collections::HashSet::new();
    let kept = list
        .as_items()
        .unwrap_or_default()
        .iter()
        .filter(|item| seen.insert(*item))
        .cloned()
        .collect();
    let element = element_of(&list.ty());
    Ok(Value::list(element, kept))
}

fn element_of(ty: &Type) -> Type {
    match ty {
        Type::List(element) | Type::Set(element) | Type::Map(element) => Type::clone(element),
        _ => Type::Dynamic,
    }
}

fn element_type(values: &[Value]) -> Result<Type, FunctionError> {
    expect_type(&values[0], 0, "a list or tuple is required", |ty| {
        matches!(ty, Type::List(_) | Type::Tuple(_))
    })?;
    let index = values[1].as_number().and_then(Number::to_usize);
    Ok(match (values[0].ty(), index) {
        (Type::List(element), _) => Type::clone(&element),
        (Type::Tuple(types), Some(index)) if !types.is_empty() => types[index % types.len()].clone(),
        _ => Type::Dynamic,
    })
}

fn element(arguments: &mut Args<'_>) -> Outcome {
    let (list, marks) = unmarked(arguments, 0);
    let (Data::List(_, items) | Data::Tuple(items)) = &list.data else {
        return blame(
            0,
            format!(
                "a list or tuple is required, not {}; convert a set with tolist",
                type_name(&list)
            ),
        );
    };
    let Ok(index) = size(arguments, 1) else {
        return blame(
            1,
            "the index must be a whole number that is not negative; to count from the end, subtract from length(list)",
        );
    };
    if items.is_empty() {
        return blame(0, "an empty list has no element");
    }
    Ok(items[index % items.len()].clone().marked(marks))
}

fn flatten(arguments: &mut Args<'_>) -> Outcome {
    let (list, mut marks) = unmarked(arguments, 0);
    // Of what is not wholly known, a map or object gives its values.
    let entries = list.as_entries().filter(|_| !list.is_wholly_known());
    let values: Option<Vec<Value>> = entries.map(|entries| entries.values().cloned().collect());
    let Some(items) = values.as_deref().or_else(|| list.as_items()) else {
        return blame(
            0,
            format!("a list, set or tuple is required, not {}", type_name(&list)),
        );
    };
    let mut flat = Vec::new();
    if matches!(list.data, Data::Set(..)) && open_set(&list) {
        return Ok(Value::unknown(Type::Dynamic).marked(marks));
    }
    let settled = flatten_into(items, &mut flat, &mut marks);
    Ok(if settled {
        Value::tuple(flat)
    } else {
        Value::unknown(Type::Dynamic)
    }
    .marked(marks))
}

/// Whether what is open in a set may make it smaller than it looks.
fn open_set(value: &Value) -> bool {
    matches!(&value.data, Data::Set(_, items) if items.len() > 1) && !value.is_wholly_known()
}

/// Collects leaves; `false` where the number of leaves is known only after apply.
fn flatten_into(items: &[Value], flat: &mut Vec<Value>, marks: &mut Marks) -> bool {
    let mut settled = true;
    for item in items {
        let sequence = matches!(item.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
        match item.as_items() {
            Some(inner) => {
                *marks |= item.marks;
                settled &= !open_set(item) && flatten_into(inner, flat, marks);
            }
            None if !item.is_known() && (sequence || item.ty() == Type::Dynamic) => {
                *marks |= item.marks;
                settled = false;
            }
            None => flat.push(item.clone()),
        }
    }
    settled
}

fn index(arguments: &mut Args<'_>) -> Outcome {
    let (list, wanted) = (arguments.take(0), arguments.take(1));
    let (Data::List(_, items) | Data::Tuple(items)) = &list.data else {
        return blame(
            0,
            format!("a list or tuple is required, not {}", type_name(&list)),
        );
    };
    for (index, item) in items.iter().enumerate() {
        match equal(item, &wanted) {
            Some(true) => return Ok(Number::from(index).into()),
            Some(false) => {}
            None => return Ok(later(Type::Number)),
        }
    }
    fail("the list does not contain the value; test it with contains first")
}

fn length(arguments: &mut Args<'_>) -> Outcome {
    let (value, marks) = unmarked(arguments, 0);
    let known = |count: usize| Ok(Value::from(Number::from(count)).marked(marks));
    match &value.data {
        Data::String(text) => known(text.graphemes(true).count()),
        // Elements of a set that are not known yet may turn out to be equal.
        Data::Set(_, items) if !value.is_wholly_known() && items.len() > 1 => {
            Ok(count_between(1, Some(items.len())).marked(marks))
        }
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => known(items.len()),
        Data::Map(_, entries) | Data::Object(entries) => known(entries.len()),
        Data::Unknown(unknown) => match &unknown.ty {
            Type::Tuple(types) => known(types.len()),
            Type::Object(object) => known(object.attributes.len()),
            Type::Bool | Type::Number => not_measurable(&value),
            Type::Dynamic => Ok(later(Type::Number).marked(marks)),
            _ => {
                let beginning = unknown.refinements.prefix.as_deref().unwrap_or_default();
                let least = unknown
                    .refinements
                    .length_min
                    .unwrap_or(beginning.graphemes(true).count());
                // A collection has at most as many elements as can be counted.
                let limit = (unknown.ty != Type::String).then_some(COUNTABLE);
                match unknown.refinements.length_max.or(limit) {
                    Some(most) if least == most => known(least),
                    most => Ok(count_between(least, most).marked(marks)),
                }
            }
        },
        Data::Null(_) | Data::Bool(_) | Data::Number(_) => not_measurable(&value),
    }
}

/// The greatest number of elements of a collection.
const COUNTABLE: usize = isize::MAX.unsigned_abs();

/// A count that is known only after apply, but for its bounds.
fn count_between(least: usize, most: Option<usize>) -> Value {
    Value::refined(
        Type::Number,
        Refinements {
            not_null: true,
            number_min: Some(least.into()),
            number_max: most.map(Number::from),
            ..Refinements::default()
        },
    )
}

fn not_measurable(value: &Value) -> Outcome {
    blame(
        0,
        format!(
            "a string, a collection, an object or a tuple is required, not {}",
            type_name(value)
        ),
    )
}

fn match_keys(arguments: &mut Args<'_>) -> Outcome {
    let (values, keys, wanted) = (arguments.take(0), arguments.take(1), arguments.take(2));
    let Some(common) = unify(&[keys.ty(), wanted.ty()]) else {
        return blame(2, "the keys and what is searched for must be of one type");
    };
    let converted = |index: usize, list: &Value| {
        convert(list, &common).map_err(|error| FunctionError::at(index, error.message))
    };
    let (keys, wanted) = (converted(1, &keys)?, converted(2, &wanted)?);
    let (items, keys) = (
        values.as_items().unwrap_or_default(),
        keys.as_items().unwrap_or_default(),
    );
    if items.len() != keys.len() {
        return blame(
            1,
            format!(
                "there must be as many keys as values: {} keys, {} values",
                keys.len(),
                items.len()
            ),
        );
    }
    let wanted = wanted.as_items().unwrap_or_default();
    let mut matched = Vec::new();
    for (item, key) in items.iter().zip(keys) {
        let answers = wanted.iter().map(|wanted| equal(key, wanted));
        match answers.into_iter().find(|same| *same != Some(false)) {
            Some(Some(_)) => matched.push(item.clone()),
            // Terraform gives nothing at all where one comparison is open.
            Some(None) => return Ok(Value::list(element_of(&values.ty()), Vec::new())),
            None => {}
        }
    }
    Ok(Value::list(element_of(&values.ty()), matched))
}

fn one_type(values: &[Value]) -> Result<Type, FunctionError> {
    expect_type(&values[0], 0, "a list, set or tuple is required", |ty| {
        matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_))
    })?;
    Ok(match values[0].ty() {
        Type::List(element) | Type::Set(element) => Type::clone(&element),
        Type::Tuple(types) => types.first().cloned().unwrap_or(Type::Dynamic),
        _ => Type::Dynamic,
    })
}

fn one(arguments: &mut Args<'_>) -> Outcome {
    let list = arguments.take(0);
    let Some(items) = list.as_items() else {
        return blame(
            0,
            format!(
                "a list, set or tuple with no or one element is required, not {}",
                type_name(&list)
            ),
        );
    };
    if open_set(&list) {
        return Ok(Value::unknown(element_of(&list.ty())));
    }
    match items {
        [] => Ok(Value::null(element_of(&list.ty()))),
        [only] => Ok(only.clone()),
        many => blame(
            0,
            format!(
                "a list, set or tuple with no or one element is required, not one with {}",
                many.len()
            ),
        ),
    }
}
