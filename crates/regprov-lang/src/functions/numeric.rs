//! Functions on numbers.

mod float;

use super::support::{Args, Outcome, blame, define, expect_type, fail, whole};
use crate::function::{Function, FunctionError, Kind, Parameter, Returns};
use regprov_value::{Marks, Number, Type, Value, convert};
use std::cmp::Ordering;

const NUM: Parameter = Parameter::number("num");
const NUMBER: Returns = Returns::Always(Kind::Number);

pub(super) static FUNCTIONS: &[Function] = &[
    define("abs", &[NUM.marked()], NUMBER, |arguments| {
        let marks = arguments.get(0).map_or(Marks::NONE, |number| number.marks);
        Ok(Value::from(arguments.number(0).abs()).marked(marks))
    }),
    define("ceil", &[NUM], NUMBER, |arguments| {
        Ok(arguments.number(0).ceil().into())
    }),
    define("floor", &[NUM], NUMBER, |arguments| {
        Ok(arguments.number(0).floor().into())
    }),
    define("log", &[NUM, Parameter::number("base")], NUMBER, |arguments| {
        machine(float::ln(arguments.number(0).to_f64()) / float::ln(arguments.number(1).to_f64()))
    }),
    Function {
        variadic: Some(Parameter::number("numbers")),
        ..define("max", &[], NUMBER, |arguments| {
            extreme(arguments, Ordering::Greater)
        })
    },
    Function {
        variadic: Some(Parameter::number("numbers")),
        ..define("min", &[], NUMBER, |arguments| extreme(arguments, Ordering::Less))
    },
    define(
        "parseint",
        &[Parameter::any("number"), Parameter::number("base")],
        Returns::From(|values| {
            expect_type(&values[0], 0, "a string is required", |ty| *ty == Type::String)?;
            Ok(Type::Number)
        }),
        parse_int,
    ),
    define("pow", &[NUM, Parameter::number("power")], NUMBER, |arguments| {
        machine(float::power(
            arguments.number(0).to_f64(),
            arguments.number(1).to_f64(),
        ))
    }),
    define("signum", &[NUM], NUMBER, |arguments| {
        Ok(Value::from(whole(arguments, 0)?.signum()))
    }),
    define(
        "sum",
        &[Parameter::any("list").wholly_known()],
        Returns::From(|values| {
            if values[0].is_known() {
                expect_type(
                    &values[0],
                    0,
                    "a list, set or tuple of numbers is required",
                    |ty| matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_)),
                )?;
            }
            Ok(Type::Number)
        }),
        sum,
    ),
];

fn machine(result: f64) -> Outcome {
    match Number::from_f64(result) {
        Some(number) => Ok(number.into()),
        None => fail("the result is not a number"),
    }
}

fn extreme(arguments: &mut Args<'_>, wanted: Ordering) -> Outcome {
    let numbers = (0..arguments.len()).map(|index| arguments.number(index));
    let found = numbers.reduce(|best, next| if next.cmp(&best) == wanted { next } else { best });
    found.map_or_else(
        || fail("at least one number is required; to pass a list, write \"...\" after it"),
        |number| Ok(number.into()),
    )
}

fn parse_int(arguments: &mut Args<'_>) -> Outcome {
    let base = whole(arguments, 1)?;
    let Some(text) = arguments.get(0).and_then(Value::as_str) else {
        return blame(0, "the number must be given as a string");
    };
    let Some(radix) = u32::try_from(base).ok().filter(|base| (2..=62).contains(base)) else {
        return blame(1, "the base must be a whole number between 2 and 62");
    };
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut number = Number::from(0_usize);
    for digit in digits.chars() {
        let Some(digit) = digit_value(digit, radix) else {
            return blame(0, unparsable(arguments, base));
        };
        number = shift_in(&number, radix, digit);
    }
    if digits.is_empty() {
        return blame(0, unparsable(arguments, base));
    }
    let zero = number.signum() == 0;
    Ok(if negative && !zero { number.neg() } else { number }.into())
}

/// Exactly `number × base + digit`, however long the number is.
fn shift_in(number: &Number, base: u32, digit: u32) -> Number {
    let integer = number.to_integer().unwrap_or_default();
    Number::from_integer(&(integer * base + digit))
}

fn unparsable(arguments: &Args<'_>, base: i64) -> String {
    format!(
        "cannot parse {} as a base {base} integer",
        arguments.quote(arguments.text(0))
    )
}

/// Letters count from ten, without regard to case up to base 36; beyond, capitals follow the small letters.
fn digit_value(digit: char, base: u32) -> Option<u32> {
    let value = match digit {
        '0'..='9' => u32::from(digit) - u32::from('0'),
        'a'..='z' => u32::from(digit) - u32::from('a') + 10,
        'A'..='Z' if base <= 36 => u32::from(digit) - u32::from('A') + 10,
        'A'..='Z' => u32::from(digit) - u32::from('A') + 36,
        _ => return None,
    };
    (value < base).then_some(value)
}

fn sum(arguments: &mut Args<'_>) -> Outcome {
    let Some(items) = arguments.get(0).and_then(Value::as_items) else {
        return blame(0, "a list, set or tuple of numbers is required");
    };
    let mut total: Option<Number> = None;
    for (index, item) in items.iter().enumerate() {
        let converted = convert(item, &Type::Number).ok();
        let Some(number) = converted.as_ref().and_then(Value::as_number) else {
            return Err(FunctionError::at(0, format!("element {index} is not a number")));
        };
        total = match total {
            None => Some(number.clone()),
            Some(total) => total.add(number),
        };
        if total.is_none() {
            return fail("infinite numbers of both signs have no sum");
        }
    }
    total.map_or_else(
        || blame(0, "an empty list has no sum; add a zero to it with concat"),
        |total| Ok(total.into()),
    )
}
