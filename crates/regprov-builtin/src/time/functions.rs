//! The functions of `hashicorp/time`: instants and durations to objects.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use regprov_schema::{FunctionCall, FunctionFault, FunctionParameter, ProviderFunction};
use regprov_value::{Number, Type, Value};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Every function.
pub(crate) fn functions() -> Vec<ProviderFunction> {
    let parameter = |name, ty| vec![FunctionParameter { name, ty }];
    let duration = [
        "hours",
        "minutes",
        "seconds",
        "milliseconds",
        "microseconds",
        "nanoseconds",
    ];
    vec![
        ProviderFunction {
            name: "duration_parse",
            summary: "Reads a duration such as `1h30m` as an object.",
            parameters: parameter("duration", Type::String),
            returns: Type::object(duration.map(|name| (name, Type::Number))),
            call: duration_parse,
        },
        ProviderFunction {
            name: "rfc3339_parse",
            summary: "Reads an instant in RFC 3339 as an object.",
            parameters: parameter("timestamp", Type::String),
            returns: instant_type(),
            call: rfc3339_parse,
        },
        ProviderFunction {
            name: "unix_timestamp_parse",
            summary: "Reads seconds since 1970 as an object, in UTC.",
            parameters: parameter("unix_timestamp", Type::Number),
            returns: instant_type(),
            call: unix_timestamp_parse,
        },
    ]
}

fn instant_type() -> Type {
    let numbers = [
        "year", "year_day", "day", "month", "weekday", "hour", "minute", "second", "unix", "iso_year",
        "iso_week",
    ];
    let texts = ["month_name", "weekday_name"];
    let numbers = numbers.into_iter().map(|name| (name, Type::Number));
    Type::object(numbers.chain(texts.into_iter().map(|name| (name, Type::String))))
}

fn rfc3339_parse(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let text = call.text(0);
    let (local, offset) = instant(text).ok_or_else(|| {
        let message = format!("Error parsing RFC3339 timestamp: {text:?} is not a valid RFC3339 timestamp");
        FunctionFault::at(0, message)
    })?;
    let unix = local
        .to_zoned(TimeZone::UTC)
        .map_err(|_| out_of_range())?
        .timestamp()
        .as_second()
        - offset;
    Ok(object(local, unix))
}

fn unix_timestamp_parse(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let seconds = call.arguments[0].as_number().and_then(Number::to_i64);
    let seconds = seconds.ok_or_else(|| FunctionFault::at(0, "it must be a whole number"))?;
    let instant = jiff::Timestamp::from_second(seconds).map_err(|_| out_of_range())?;
    Ok(object(instant.to_zoned(TimeZone::UTC).datetime(), seconds))
}

fn out_of_range() -> FunctionFault {
    FunctionFault::at(0, "the instant is out of range: years go from -9999 to 9999")
}

/// The date and time as written, and the seconds that its zone is ahead of UTC.
fn instant(text: &str) -> Option<(DateTime, i64)> {
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse::<i16>().ok())?
    };
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !signs
        .iter()
        .all(|(at, sign)| text.as_bytes().get(*at) == Some(sign))
    {
        return None;
    }
    let small = |from, to| digits(from, to).and_then(|number| i8::try_from(number).ok());
    let date = Date::new(digits(0, 4)?, small(5, 7)?, small(8, 10)?).ok()?;
    let time = Time::new(small(11, 13)?, small(14, 16)?, small(17, 19)?, 0).ok()?;
    let mut zone = text.get(19..)?;
    if let Some(fraction) = zone.strip_prefix('.') {
        zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if zone.len() == fraction.len() {
            return None;
        }
    }
    let at = text.len() - zone.len();
    let offset = match zone.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (
                i64::from(digits(at + 1, at + 3)?),
                i64::from(digits(at + 4, at + 6)?),
            );
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some((DateTime::from_parts(date, time), offset))
}

fn object(at: DateTime, unix: i64) -> Value {
    let weekday = usize::try_from(at.weekday().to_sunday_zero_offset()).unwrap_or(0);
    let month = usize::try_from(at.month()).unwrap_or(1);
    let week = at.date().iso_week_date();
    let number = |value: i64| Value::from(value);
    Value::object([
        ("year", number(at.year().into())),
        ("year_day", number(at.day_of_year().into())),
        ("day", number(at.day().into())),
        ("month", number(at.month().into())),
        ("month_name", Value::from(MONTHS[(month - 1) % MONTHS.len()])),
        ("weekday", number(at.weekday().to_sunday_zero_offset().into())),
        ("weekday_name", Value::from(WEEKDAYS[weekday % WEEKDAYS.len()])),
        ("hour", number(at.hour().into())),
        ("minute", number(at.minute().into())),
        ("second", number(at.second().into())),
        ("unix", number(unix)),
        ("iso_year", number(week.year().into())),
        ("iso_week", number(week.week().into())),
    ])
}

fn duration_parse(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let text = call.text(0);
    let nanoseconds = nanoseconds(text).ok_or_else(|| {
        let message = format!("Error parsing duration string: {text:?} is not a valid duration string");
        FunctionFault::at(0, message)
    })?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "the public function answers in floats too"
    )]
    let in_units = |unit: i64| {
        // Whole units first, so that they are exact.
        let fraction = (nanoseconds % unit) as f64 / unit as f64;
        let number = (nanoseconds / unit) as f64 + fraction;
        number
            .to_string()
            .parse::<Number>()
            .map_or_else(|_| Value::from(0), Value::from)
    };
    Ok(Value::object([
        ("hours", in_units(3_600_000_000_000)),
        ("minutes", in_units(60_000_000_000)),
        ("seconds", in_units(1_000_000_000)),
        ("milliseconds", Value::from(nanoseconds / 1_000_000)),
        ("microseconds", Value::from(nanoseconds / 1_000)),
        ("nanoseconds", Value::from(nanoseconds)),
    ]))
}

/// `1h30m`, `-1.5s`, `300ms`: numbers with units, and a sign before all of it.
fn nanoseconds(text: &str) -> Option<i64> {
    const UNITS: [(&str, i128); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(*size)?)?;
        let mut scale = *size;
        let mut part: i128 = 0;
        let mut divisor: i128 = 1;
        for digit in fraction.bytes().take(18) {
            part = part * 10 + i128::from(digit - b'0');
            divisor *= 10;
        }
        scale = scale.checked_mul(part)? / divisor;
        total = total.checked_add(scale)?;
        rest = next;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, argument: Value) -> Result<String, FunctionFault> {
        let function = functions()
            .into_iter()
            .find(|function| function.name == name)
            .unwrap();
        let value = (function.call)(&FunctionCall {
            arguments: &[argument],
            file_kind: &|_| Ok(None),
        })?;
        assert_eq!(value.ty(), function.returns);
        Ok(regprov_value::to_json(&value).unwrap().to_string())
    }

    #[test]
    fn instants_become_objects_in_their_own_zone() {
        assert_eq!(
            call("rfc3339_parse", Value::from("2023-07-25T23:43:16-04:00")).unwrap(),
            r#"{"day":25,"hour":23,"iso_week":30,"iso_year":2023,"minute":43,"month":7,"month_name":"July","second":16,"unix":1690342996,"weekday":2,"weekday_name":"Tuesday","year":2023,"year_day":206}"#
        );
        assert_eq!(
            call("unix_timestamp_parse", Value::from(1_690_342_996)).unwrap(),
            r#"{"day":26,"hour":3,"iso_week":30,"iso_year":2023,"minute":43,"month":7,"month_name":"July","second":16,"unix":1690342996,"weekday":3,"weekday_name":"Wednesday","year":2023,"year_day":207}"#
        );
        for text in [
            "",
            "2023-07-25",
            "2023-07-25 23:43:16Z",
            "2023-02-30T00:00:00Z",
            "2023-07-25T23:43:16",
            "2023-07-25T23:43:16.Z",
            "2023-07-25T23:43:16+4:00",
        ] {
            assert!(call("rfc3339_parse", Value::from(text)).is_err(), "{text}");
        }
        assert!(call("rfc3339_parse", Value::from("2023-07-25T23:43:16.25Z")).is_ok());
    }

    #[test]
    fn durations_become_objects() {
        assert_eq!(
            call("duration_parse", Value::from("1h30m")).unwrap(),
            r#"{"hours":1.5,"microseconds":5400000000,"milliseconds":5400000,"minutes":90,"nanoseconds":5400000000000,"seconds":5400}"#
        );
        assert_eq!(nanoseconds("-1.5s"), Some(-1_500_000_000));
        assert_eq!(nanoseconds("2us"), Some(2_000));
        assert_eq!(nanoseconds("0"), Some(0));
        for text in ["", "1", "1x", "h", "1h-2m", ".s", "1..5s"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}
