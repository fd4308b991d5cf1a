//! Functions on numbers.

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
        finite(arguments.number(0).to_f64().ln() / arguments.number(1).to_f64().ln())
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
        finite(power(arguments.number(0).to_f64(), arguments.number(1).to_f64()))
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

fn finite(result: f64) -> Outcome {
    match Number::from_f64(result) {
        Some(number) => Ok(number.into()),
        None => fail("the result is not a finite number"),
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
    Ok(if negative { number.neg() } else { number }.into())
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
        total = Some(total.map_or_else(|| number.clone(), |total| total.add(number)));
    }
    total.map_or_else(
        || blame(0, "an empty list has no sum; add a zero to it with concat"),
        |total| Ok(total.into()),
    )
}

/// `base^exponent` by repeated squaring on the mantissa, in the order that Terraform computes it: the library's own
/// function may differ from it in the last digit.
fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 || base == 1.0 {
        return 1.0;
    }
    if base == 0.0 || !base.is_finite() || !exponent.is_finite() || exponent.abs() >= 9e18 {
        return base.powf(exponent);
    }
    if exponent == 0.5 {
        return base.sqrt();
    }
    if exponent == -0.5 {
        return 1.0 / base.sqrt();
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    if fraction != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    let mut mantissa = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        mantissa = (fraction * base.ln()).exp();
    }
    let scale = whole_power(base, whole, &mut mantissa);
    if exponent < 0.0 {
        load(1.0 / mantissa, -scale)
    } else {
        load(mantissa, scale)
    }
}

/// Multiplies `result` by the mantissa of `base^whole` and answers the binary exponent.
#[expect(clippy::cast_possible_truncation, reason = "the caller bounds the exponent")]
fn whole_power(base: f64, whole: f64, result: &mut f64) -> i64 {
    let (mut factor, mut exponent) = split_exponent(base);
    let mut scale = 0_i64;
    let mut left = whole as i64;
    while left != 0 {
        if !(-(1 << 12)..=(1 << 12)).contains(&exponent) {
            return scale + exponent;
        }
        if left & 1 == 1 {
            *result *= factor;
            scale += exponent;
        }
        factor *= factor;
        exponent <<= 1;
        if factor < 0.5 {
            factor += factor;
            exponent -= 1;
        }
        left >>= 1;
    }
    scale
}

/// The mantissa between a half and one, and the binary exponent.
fn split_exponent(value: f64) -> (f64, i64) {
    let (normal, shift) = if value.abs() < f64::MIN_POSITIVE {
        (value * 2_f64.powi(52), -52)
    } else {
        (value, 0)
    };
    let bits = normal.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1022;
    (
        f64::from_bits(bits & !(0x7ff << 52) | (1022 << 52)),
        exponent + shift,
    )
}

fn load(mantissa: f64, exponent: i64) -> f64 {
    let (mut value, mut left) = (mantissa, exponent.clamp(-4000, 4000));
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= 2_f64.powi(i32::try_from(step).unwrap_or(0));
        left -= step;
    }
    value
}
