//! Cron expressions of six fields: second, minute, hour, day of month, month, day of week.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether days of the month, and of the week, are limited: a day fits where either does if both are.
    limits: (bool, bool),
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// In the server's words.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty cron string is invalid".to_owned());
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [seconds, minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!(
                "expected exactly 6 fields, found {}: [{}]",
                fields.len(),
                fields.join(" ")
            ));
        };
        if *seconds != "0" {
            return Err(
                "the 1st field (indicating Seconds of time) of the cron setting must be 0".to_owned(),
            );
        }
        Ok(Self {
            minutes: field(minutes, (0, 59), &[])?,
            hours: field(hours, (0, 23), &[])?,
            days: field(days, (1, 31), &[])?,
            months: field(months, (1, 12), &MONTHS)?,
            weekdays: field(weekdays, (0, 7), &WEEKDAYS)?,
            limits: (!is_any(days), !is_any(weekdays)),
        })
    }

    fn fits_day(&self, date: jiff::civil::Date) -> bool {
        let has = |set: u64, value: i8| set & (1 << value) != 0;
        let weekday = date.weekday().to_sunday_zero_offset();
        let weekday = has(self.weekdays, weekday) || (weekday == 0 && has(self.weekdays, 7));
        let day = has(self.days, date.day());
        let either = match self.limits {
            (true, true) => day || weekday,
            _ => day && weekday,
        };
        has(self.months, date.month()) && either
    }

    /// The first instant after `after` that fits; none within five years.
    pub(super) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let has = |set: u64, value: i8| set & (1 << value) != 0;
        let start = after.to_zoned(TimeZone::UTC).datetime();
        let mut date = start.date();
        for _ in 0..(5 * 366) {
            if self.fits_day(date) {
                for hour in (0..24).filter(|hour| has(self.hours, *hour)) {
                    for minute in (0..60).filter(|minute| has(self.minutes, *minute)) {
                        let at = date
                            .at(hour, minute, 0, 0)
                            .to_zoned(TimeZone::UTC)
                            .ok()?
                            .timestamp();
                        if at > after {
                            return Some(at);
                        }
                    }
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The last instant at or before `until`, and after `from`, that fits.
    pub(super) fn last(&self, from: Timestamp, until: Timestamp) -> Option<Timestamp> {
        // Looks back by growing steps: what runs often ran lately.
        let mut length = SignedDuration::from_hours(1);
        loop {
            let start = until.checked_sub(length).unwrap_or(from).max(from);
            let mut found = None;
            let mut at = self.next(start);
            while let Some(instant) = at.filter(|instant| *instant <= until) {
                found = Some(instant);
                at = self.next(instant);
            }
            if found.is_some() || start == from {
                return found;
            }
            length = length.saturating_mul(4);
        }
    }
}

const MONTHS: [&str; 13] = [
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

fn is_any(text: &str) -> bool {
    matches!(text.split('/').next(), Some("*" | "?"))
}

/// The values that a field takes, as bits.
fn field(text: &str, (least, most): (u8, u8), names: &[&str]) -> Result<u64, String> {
    let value = |part: &str| -> Result<u8, String> {
        let named = names
            .iter()
            .position(|name| !name.is_empty() && name.eq_ignore_ascii_case(part));
        let number = match named.and_then(|index| u8::try_from(index).ok()) {
            Some(index) => index,
            None => part
                .parse()
                .map_err(|_| format!("failed to parse int from {part}"))?,
        };
        if (least..=most).contains(&number) {
            Ok(number)
        } else if number < least {
            Err(format!(
                "beginning of range ({number}) below minimum ({least}): {text}"
            ))
        } else {
            Err(format!("end of range ({number}) above maximum ({most}): {text}"))
        }
    };
    let mut bits = 0;
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let step = step
                    .parse::<u8>()
                    .ok()
                    .filter(|step| *step > 0)
                    .ok_or_else(|| format!("step of range should be a positive number: {text}"))?;
                (range, step)
            }
            None => (item, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (least, most),
            Some((from, to)) => (value(from)?, value(to)?),
            None if item.contains('/') => (value(range)?, most),
            None => (value(range)?, value(range)?),
        };
        if from > to {
            return Err(format!(
                "beginning of range ({from}) beyond end of range ({to}): {text}"
            ));
        }
        for number in (from..=to).step_by(usize::from(step)) {
            bits |= 1_u64 << number;
        }
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, after: &str) -> String {
        Cron::parse(cron)
            .unwrap()
            .next(after.parse().unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn the_next_time_follows_the_fields() {
        // 2026-01-01 is a Thursday.
        let start = "2026-01-01T06:30:00Z";
        assert_eq!(next("0 0 7 * * *", start), "2026-01-01T07:00:00Z");
        assert_eq!(next("0 0 7 * * 6", start), "2026-01-03T07:00:00Z");
        assert_eq!(next("0 */20 * * * *", start), "2026-01-01T06:40:00Z");
        assert_eq!(next("0 0 0 1 feb *", start), "2026-02-01T00:00:00Z");
        assert_eq!(next("0 0 0 15 * sun", start), "2026-01-04T00:00:00Z");
        assert_eq!(next("0 0 7 * * 7", start), "2026-01-04T07:00:00Z");
    }

    #[test]
    fn the_last_time_is_found_however_long_ago() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let daily = Cron::parse("0 0 0 * * *").unwrap();
        let last = daily.last(at("2025-01-01T00:00:00Z"), at("2026-01-01T06:00:00Z"));
        assert_eq!(last, Some(at("2026-01-01T00:00:00Z")));
        assert_eq!(
            daily.last(at("2026-01-01T00:00:00Z"), at("2026-01-01T06:00:00Z")),
            None
        );
    }

    #[test]
    fn broken_expressions_are_refused_in_the_servers_words() {
        let error = |text: &str| Cron::parse(text).unwrap_err();
        assert_eq!(error(""), "empty cron string is invalid");
        assert!(error("5 0 0 * * *").starts_with("the 1st field"));
        assert!(error("0 0 7 * *").starts_with("expected exactly 6 fields"));
        assert!(error("0 61 7 * * *").contains("above maximum"));
    }
}
