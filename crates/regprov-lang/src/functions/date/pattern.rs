//! The patterns of `formatdate`: a run of one letter is a verb, other characters stand for themselves.

use super::Instant;
use jiff::civil::Weekday;

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

/// The instant as the pattern asks.
pub(super) fn format(pattern: &str, instant: &Instant) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = literal(rest, &mut out)?;
            continue;
        }
        let length = if first.is_ascii_alphabetic() {
            rest.bytes().take_while(|byte| char::from(*byte) == first).count()
        } else {
            first.len_utf8()
        };
        let (part, after) = rest.split_at(length);
        out.push_str(&if first.is_ascii_alphabetic() {
            verb(part, instant)?
        } else {
            part.to_owned()
        });
        rest = after;
    }
    Ok(out)
}

/// `'…'`, with `''` for a quote; answers what follows.
fn literal<'t>(text: &'t str, out: &mut String) -> Result<&'t str, String> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            out.push(character);
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            out.push('\'');
        } else {
            return Ok(&text[at + 1..]);
        }
    }
    Err("a literal text has no closing quote '".into())
}

fn verb(verb: &str, instant: &Instant) -> Result<String, String> {
    let local = &instant.local;
    let number = |number: i8| {
        if verb.len() == 1 {
            number.to_string()
        } else {
            format!("{number:02}")
        }
    };
    let half = local.hour().rem_euclid(12);
    Ok(match verb {
        "YYYY" => format!("{:04}", local.year()),
        "YY" => format!("{:02}", local.year().rem_euclid(100)),
        "MMMM" => month(local.month()).to_owned(),
        "MMM" => month(local.month())[..3].to_owned(),
        "M" | "MM" => number(local.month()),
        "D" | "DD" => number(local.day()),
        "EEEE" => weekday(local.weekday()).to_owned(),
        "EEE" => weekday(local.weekday())[..3].to_owned(),
        "h" | "hh" => number(local.hour()),
        "H" | "HH" => number(if half == 0 { 12 } else { half }),
        "AA" => if local.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if local.hour() < 12 { "am" } else { "pm" }.to_owned(),
        "m" | "mm" => number(local.minute()),
        "s" | "ss" => number(local.second()),
        "Z" if instant.offset == 0 => "Z".to_owned(),
        "Z" | "ZZZZZ" => instant.zone(":"),
        "ZZZ" if instant.offset == 0 => "UTC".to_owned(),
        "ZZZ" | "ZZZZ" => instant.zone(""),
        _ => return Err(unsupported(verb)),
    })
}

fn unsupported(verb: &str) -> String {
    let known = match verb.chars().next() {
        Some('Y') => "a year is either \"YY\" or \"YYYY\"",
        Some('M') => "a month is \"M\", \"MM\", \"MMM\" or \"MMMM\"",
        Some('D') => "a day is \"D\" or \"DD\"",
        Some('E') => "a day of the week is \"EEE\" or \"EEEE\"",
        Some('h' | 'H') => "an hour is \"h\", \"hh\", \"H\" or \"HH\"",
        Some('A' | 'a') => "the half of the day is \"AA\" or \"aa\"",
        Some('m') => "a minute is \"m\" or \"mm\"",
        Some('s') => "a second is \"s\" or \"ss\"",
        Some('Z') => "a time zone is \"Z\", \"ZZZ\", \"ZZZZ\" or \"ZZZZZ\"",
        _ => "letters that stand for themselves are put in single quotes",
    };
    format!("\"{verb}\" is not part of a date: {known}")
}

fn month(month: i8) -> &'static str {
    usize::try_from(month - 1)
        .ok()
        .and_then(|index| MONTHS.get(index))
        .copied()
        .unwrap_or_default()
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
