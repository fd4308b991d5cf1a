//! Functions that make, cut or put in order: `range`, `reverse`, `slice`, `sort`.

use super::super::support::{Args, Outcome, blame, expect_type, fail, type_name, unmarked, whole};
use super::RANGE_LIMIT;
use crate::function::FunctionError;
use regprov_value::{Data, Number, Type, Value};
use std::sync::Arc;

pub(super) fn range(arguments: &mut Args<'_>) -> Outcome {
    let number = |index: usize| arguments.number(index);
    let (zero, one) = (Number::from(0_usize), Number::from(1_usize));
    let (start, end, step) = match arguments.len() {
        1 => (zero.clone(), number(0), None),
        2 => (number(0), number(1), None),
        3 => (number(0), number(1), Some(number(2))),
        _ => {
            return fail("one to three numbers are required: the end; start and end; or start, end and step");
        }
    };
    let down = end < start;
    let step = step.unwrap_or_else(|| if down { one.neg() } else { one });
    if start == end {
        return Ok(Value::list(Type::Number, Vec::new()));
    }
    if step == zero {
        return blame(2, "the step must not be zero");
    }
    if down != (step < zero) {
        let (direction, sign) = if down {
            ("less", "negative")
        } else {
            ("greater", "positive")
        };
        return blame(
            2,
            format!("the end is {direction} than the start, so the step must be {sign}"),
        );
    }
    let mut items = Vec::new();
    let mut next = start;
    while if down { next > end } else { next < end } {
        if items.len() == RANGE_LIMIT {
            return fail(format!(
                "more than {RANGE_LIMIT} numbers would be made; bring start and end closer together or use a larger step"
            ));
        }
        items.push(Value::from(next.clone()));
        let Some(further) = next.add(&step) else {
            return fail("an infinite number has no neighbour");
        };
        next = further;
    }
    Ok(Value::list(Type::Number, items))
}

pub(super) fn reverse_type(values: &[Value]) -> Result<Type, FunctionError> {
    expect_type(&values[0], 0, "a list, tuple or set is required", |ty| {
        matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_))
    })?;
    Ok(match values[0].ty() {
        Type::Tuple(types) => Type::Tuple(Arc::new(types.iter().rev().cloned().collect())),
        Type::Set(element) => Type::List(element),
        list @ Type::List(_) => list,
        _ => Type::Dynamic,
    })
}

pub(super) fn reverse(arguments: &mut Args<'_>) -> Outcome {
    let (list, marks) = unmarked(arguments, 0);
    let reversed = |items: &[Value]| items.iter().rev().cloned().collect::<Vec<_>>();
    Ok(match &list.data {
        Data::List(element, items) | Data::Set(element, items) => {
            Value::list(element.clone(), reversed(items))
        }
        Data::Tuple(items) => Value::tuple(reversed(items)),
        _ => {
            return blame(
                0,
                format!("a list, tuple or set is required, not {}", type_name(&list)),
            );
        }
    }
    .marked(marks))
}

pub(super) fn slice_type(values: &[Value]) -> Result<Type, FunctionError> {
    expect_type(&values[0], 0, "a list or tuple is required", |ty| {
        matches!(ty, Type::List(_) | Type::Tuple(_))
    })?;
    let length = match values[0].as_items() {
        Some(items) => Some(items.len()),
        None => match values[0].ty() {
            Type::Tuple(types) => Some(types.len()),
            _ => None,
        },
    };
    let mut bounds = [None, None];
    for (at, slot) in bounds.iter_mut().enumerate() {
        let Some(number) = values[at + 1].as_number() else {
            continue;
        };
        let found = number
            .to_usize()
            .filter(|found| length.is_none_or(|length| *found <= length));
        match found {
            Some(found) => *slot = Some(found),
            None => {
                return blame(
                    at + 1,
                    "a whole number that is not negative and not greater than the length of the list is required",
                );
            }
        }
    }
    if let [Some(start), Some(end)] = bounds
        && start > end
    {
        return blame(1, "the start index must not be greater than the end index");
    }
    let bound = |index: usize| values[index].as_number().and_then(Number::to_usize);
    Ok(match (values[0].ty(), bound(1), bound(2)) {
        (list @ Type::List(_), _, _) => list,
        (Type::Tuple(types), Some(start), Some(end)) if start <= end && end <= types.len() => {
            Type::tuple(types[start..end].to_vec())
        }
        _ => Type::Dynamic,
    })
}

pub(super) fn slice(arguments: &mut Args<'_>) -> Outcome {
    let (list, marks) = unmarked(arguments, 0);
    let (start, end) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let (Data::List(_, items) | Data::Tuple(items)) = &list.data else {
        return blame(
            0,
            format!(
                "a list or tuple is required, not {}; a set has no order of its own, so convert it with tolist if any order will do",
                type_name(&list)
            ),
        );
    };
    let Some(start) = usize::try_from(start).ok() else {
        return blame(1, "the start index must not be less than zero");
    };
    let Some(end) = usize::try_from(end).ok().filter(|end| *end <= items.len()) else {
        return blame(
            2,
            format!(
                "the end index must not be greater than the length of the list, {}",
                items.len()
            ),
        );
    };
    if start > end {
        return blame(1, "the start index must not be greater than the end index");
    }
    let part = items[start..end].to_vec();
    Ok(match &list.data {
        Data::List(element, _) => Value::list(element.clone(), part),
        _ => Value::tuple(part),
    }
    .marked(marks))
}

pub(super) fn sort(arguments: &mut Args<'_>) -> Outcome {
    let mut items = arguments.items(0).to_vec();
    if let Some(index) = items.iter().position(Value::is_null) {
        return blame(
            0,
            format!("element {index} is null; a null value cannot be sorted, take it out with compact"),
        );
    }
    if items.iter().any(|item| !item.is_known()) {
        let open = vec![Value::unknown(Type::String); items.len()];
        return Ok(Value::list(Type::String, open));
    }
    items.sort();
    Ok(Value::list(Type::String, items))
}
