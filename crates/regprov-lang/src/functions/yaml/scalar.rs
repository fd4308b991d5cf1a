//! What a scalar means: YAML 1.2 with the words of 1.1 for bools, as Terraform reads it.

use jiff::civil::Date;
use regprov_value::{Number, Type, Value};

/// The value of a scalar without quotes and without a tag.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Dynamic),
        ".nan" | ".NaN" | ".NAN" => return Err("a number that is not a number is not supported".into()),
        _ => match (bool(text), number(text)) {
            (Some(truth), _) => truth.into(),
            (None, Some(number)) => number.into(),
            (None, None) => instant(text).map_or_else(|| Value::string(text), Value::string),
        },
    })
}

/// The value of a scalar with one of YAML's own tags.
pub(super) fn tagged(suffix: &str, text: &str) -> Result<Value, String> {
    let unfit = || format!("a scalar does not fit its tag !!{suffix}");
    match suffix {
        "str" | "binary" => Ok(Value::string(text)),
        "int" | "float" => number(text).map(Value::from).ok_or_else(unfit),
        "bool" => bool(text).map(Value::from).ok_or_else(unfit),
        "null" => Ok(Value::null(Type::Dynamic)),
        "timestamp" => instant(text).map(Value::string).ok_or_else(unfit),
        _ => Err(format!("the tag !!{suffix} is not supported")),
    }
}

fn bool(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<Number> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Number::from_f64(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Number::from_f64(f64::NEG_INFINITY),
        _ => {}
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return if valid { in_radix(digits, radix) } else { None };
        }
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let starts = body
        .strip_prefix('.')
        .unwrap_or(body)
        .starts_with(|first: char| first.is_ascii_digit());
    if starts { text.parse().ok() } else { None }
}

fn in_radix(digits: &str, radix: u32) -> Option<Number> {
    let base = Number::from(i64::from(radix));
    let mut digits = digits.chars().filter_map(|digit| digit.to_digit(radix));
    digits.try_fold(Number::from(0_i64), |number, digit| {
        number.mul(&base)?.add(&Number::from(i64::from(digit)))
    })
}

/// A date, or a date and time in RFC 3339, in the form that values have: seconds in RFC 3339.
fn instant(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, '-');
    let (year, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let digits =
        |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) || !digits(month) {
        return None;
    }
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, time) = rest.split_at(length);
    if !digits(day) {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    if time.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let time = time.strip_prefix(['T', 't'])?;
    super::super::date::rfc3339(&format!("{date}T{}", time.to_uppercase()))
}
