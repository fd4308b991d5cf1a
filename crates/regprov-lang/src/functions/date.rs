//! Functions on instants, which are written in RFC 3339.

mod pattern;

use super::support::{Args, Outcome, blame, define, later, text};
use crate::function::{Function, FunctionError, Kind, Parameter, Returns};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Span};
use regprov_value::{Type, Value};
use std::cmp::Ordering;

pub(super) static FUNCTIONS: &[Function] = &[
    text(
        "formatdate",
        &[Parameter::string("format"), Parameter::string("time")],
        |arguments| {
            let instant = instant(arguments, 1)?;
            pattern::format(arguments.text(0), &instant)
                .map(Value::string)
                .map_err(|message| {
                    let message = if arguments.secret {
                        "the format is not valid".into()
                    } else {
                        message
                    };
                    FunctionError::at(0, message)
                })
        },
    ),
    text("plantimestamp", &[], |arguments| {
        Ok(arguments
            .context
            .plan_timestamp()
            .map_or_else(|| later(Type::String), Value::string))
    }),
    text(
        "timeadd",
        &[Parameter::string("timestamp"), Parameter::string("duration")],
        add,
    ),
    define(
        "timecmp",
        &[Parameter::string("timestamp_a"), Parameter::string("timestamp_b")],
        Returns::Always(Kind::Number),
        |arguments| {
            let order = instant(arguments, 0)?
                .universal()
                .cmp(&instant(arguments, 1)?.universal());
            Ok(Value::from(match order {
                Ordering::Less => -1_i64,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            }))
        },
    ),
    text("timestamp", &[], |arguments| {
        Ok(arguments
            .context
            .now()
            .map_or_else(|| later(Type::String), Value::string))
    }),
];

/// A date and time with the offset in which it was written.
#[derive(Debug, PartialEq)]
struct Instant {
    local: DateTime,
    /// Minutes ahead of UTC.
    offset: i32,
}

impl Instant {
    fn parse(text: &str) -> Result<Self, String> {
        let field = |range: std::ops::Range<usize>, name: &str| {
            let digits = text
                .get(range)
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            digits
                .and_then(|digits| digits.parse::<i16>().ok())
                .ok_or_else(|| format!("the {name} is missing"))
        };
        let mark = |at: usize, wanted: char| match text.get(at..=at) {
            Some(found) if found.starts_with(wanted) => Ok(()),
            _ => Err(format!("\"{wanted}\" is missing after {at} characters")),
        };
        let small = |range, name| {
            field(range, name).and_then(|number| i8::try_from(number).map_err(|error| error.to_string()))
        };
        let year = field(0..4, "year with four digits")?;
        mark(4, '-')?;
        let month = small(5..7, "month with two digits")?;
        mark(7, '-')?;
        let day = small(8..10, "day with two digits")?;
        mark(10, 'T')?;
        let hour = small(11..13, "hour with two digits")?;
        mark(13, ':')?;
        let minute = small(14..16, "minute with two digits")?;
        mark(16, ':')?;
        let second = small(17..19, "second with two digits")?;
        let (nanosecond, zone) = fraction(text.get(19..).unwrap_or_default())?;
        let offset = zone_offset(zone)?;
        let local = DateTime::new(year, month, day, hour, minute, second, nanosecond)
            .map_err(|_| "there is no such date and time".to_owned())?;
        Ok(Self { local, offset })
    }

    fn universal(&self) -> DateTime {
        self.local.saturating_sub(Span::new().minutes(self.offset))
    }

    fn text(&self) -> String {
        let zone = if self.offset == 0 {
            "Z".into()
        } else {
            self.zone(":")
        };
        format!("{}{zone}", self.local.strftime("%Y-%m-%dT%H:%M:%S"))
    }

    /// The offset as `+01:00`.
    fn zone(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

/// The nanoseconds of `.5Z`, and what follows them.
fn fraction(text: &str) -> Result<(i32, &str), String> {
    let Some(rest) = text.strip_prefix('.') else {
        return Ok((0, text));
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Err("digits are missing after the point".into());
    }
    let digits: String = rest[..length]
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    Ok((digits.parse().unwrap_or(0), &rest[length..]))
}

/// The minutes of `Z` or `+01:00`.
fn zone_offset(zone: &str) -> Result<i32, String> {
    if zone == "Z" {
        return Ok(0);
    }
    let lacking = || "the time zone is missing: Z for UTC, or an offset such as +01:00".to_owned();
    let bytes = zone.as_bytes();
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = bytes else {
        return Err(lacking());
    };
    let number = |tens: &u8, ones: &u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
    };
    let hours = number(h1, h2).filter(|hours| *hours < 24).ok_or_else(lacking)?;
    let minutes = number(m1, m2)
        .filter(|minutes| *minutes < 60)
        .ok_or_else(lacking)?;
    let offset = hours * 60 + minutes;
    Ok(if *sign == b'-' { -offset } else { offset })
}

fn instant(arguments: &Args<'_>, index: usize) -> Result<Instant, FunctionError> {
    let text = arguments.text(index);
    Instant::parse(text).map_err(|reason| {
        let shown = arguments.quote(text);
        FunctionError::at(
            index,
            format!("{shown} is not a time in RFC 3339, such as \"2006-01-02T15:04:05Z\": {reason}"),
        )
    })
}

fn add(arguments: &mut Args<'_>) -> Outcome {
    let instant = instant(arguments, 0)?;
    let text = arguments.text(1);
    let duration = match duration(text) {
        Ok(duration) => duration,
        Err(reason) => {
            return blame(
                1,
                format!(
                    "{} is not a duration, such as \"1h30m\": {reason}",
                    arguments.quote(text)
                ),
            );
        }
    };
    match instant.local.checked_add(duration) {
        Ok(local) => Ok(Value::string(Instant { local, ..instant }.text())),
        Err(_) => blame(1, "the result is beyond the year 9999"),
    }
}

/// Reads `-1.5h10m`.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err("it is empty".into());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        let (number, after) = rest.split_at(length);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty())
            || fraction.contains('.')
            || fraction.len() > 18
            || whole.len() > 18
        {
            return Err("a number is missing before a unit".into());
        }
        let unit_length = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_length);
        let size: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60 * 1_000_000_000,
            "h" => 3_600 * 1_000_000_000,
            "" => return Err("a unit is missing after a number; the units are h, m, s, ms, us, ns".into()),
            _ => return Err("the units are h, m, s, ms, us, ns; there is no day, write 24h".into()),
        };
        let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        total +=
            whole.parse::<i128>().unwrap_or(0) * size + fraction.parse::<i128>().unwrap_or(0) * size / scale;
        rest = after;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total)
        .map(SignedDuration::from_nanos)
        .map_err(|_| "it is longer than 292 years".into())
}

/// An instant in the form that functions give it, seconds without a fraction; `None` where the text is not one.
pub(super) fn rfc3339(text: &str) -> Option<String> {
    Instant::parse(text).ok().map(|instant| instant.text())
}
