//! `time_*`: instants kept in the state.

mod functions;
mod offset;
mod rotating;
mod sleep;
mod stamp;

use crate::package::{Package, Surroundings};
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, Zoned};
use regprov_provider::{Error, ErrorKind, Provider};
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("time", &["hashicorp/time"], surroundings);
    package.resources = vec![
        regprov_provider::resource::<offset::TimeOffset>(),
        regprov_provider::resource::<rotating::TimeRotating>(),
        regprov_provider::resource::<sleep::TimeSleep>(),
        regprov_provider::resource::<stamp::TimeStatic>(),
    ];
    package.functions = functions::functions;
    Arc::new(package)
}

/// An instant of whole seconds as text, in UTC.
fn text(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An instant of whole seconds as text, in the offset that it has.
fn shown(moment: &Zoned) -> String {
    let form = match moment.offset() == Offset::UTC {
        true => "%Y-%m-%dT%H:%M:%SZ",
        false => "%Y-%m-%dT%H:%M:%S%:z",
    };
    moment.strftime(form).to_string()
}

fn parse(text: &str) -> Result<Timestamp, Error> {
    moment(text).map(|moment| moment.timestamp())
}

/// An instant in the offset in which it is written.
fn moment(text: &str) -> Result<Zoned, Error> {
    let wrong = || {
        let message = format!("{text:?} is not an instant in RFC 3339 such as \"2026-01-31T12:00:00Z\"");
        Error::new(ErrorKind::Invalid(None), message)
    };
    let instant: Timestamp = text.parse().map_err(|_| wrong())?;
    let pieces = Pieces::parse(text).map_err(|_| wrong())?;
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    Ok(instant.to_zoned(TimeZone::fixed(offset)))
}

/// A later date at the same time of day. As in Go, a day that its month does not have goes on into the next month.
fn later(moment: &Zoned, years: i64, months: i64, days: i64) -> Option<Zoned> {
    let date = moment.date();
    let months = years
        .checked_mul(12)?
        .checked_add(months)?
        .checked_add(i64::from(date.year()) * 12 + i64::from(date.month()) - 1)?;
    let first = Date::new(
        i16::try_from(months.div_euclid(12)).ok()?,
        i8::try_from(months.rem_euclid(12) + 1).ok()?,
        1,
    );
    let days = days.checked_add(i64::from(date.day()) - 1)?;
    let date = first.ok()?.checked_add(Span::new().try_days(days).ok()?).ok()?;
    date.to_datetime(moment.time())
        .to_zoned(moment.time_zone().clone())
        .ok()
}

/// The moment so many seconds later.
fn after(moment: &Zoned, count: i64, seconds: i64) -> Option<Zoned> {
    moment
        .checked_add(SignedDuration::from_secs(count.checked_mul(seconds)?))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{later, moment, shown};

    fn check(base: &str, (years, months, days): (i64, i64, i64), expected: &str) {
        let moved = later(&moment(base).unwrap(), years, months, days).unwrap();
        assert_eq!(shown(&moved), expected);
    }

    #[test]
    fn a_day_that_the_month_does_not_have_goes_on_into_the_next() {
        check("2025-01-31T01:02:03Z", (0, 1, 0), "2025-03-03T01:02:03Z");
        check("2024-02-29T00:00:00Z", (1, 0, 0), "2025-03-01T00:00:00Z");
        check("2025-03-01T00:00:00Z", (0, 0, -1), "2025-02-28T00:00:00Z");
        check("2025-01-15T00:00:00Z", (0, -13, 0), "2023-12-15T00:00:00Z");
    }

    #[test]
    fn the_offset_stays() {
        check(
            "2025-01-31T23:00:00+02:00",
            (0, 0, 1),
            "2025-02-01T23:00:00+02:00",
        );
    }
}
