//! Schedules: a word, or six fields of which the first is `0`.

use regprov_http::sanitize;
use regprov_value::Value;
use serde::{Deserialize, Serialize};

/// The words, what Harbor calls them, and when they are.
const WORDS: &[(&str, &str, &str)] = &[
    ("hourly", "Hourly", "0 0 * * * *"),
    ("daily", "Daily", "0 0 0 * * *"),
    ("weekly", "Weekly", "0 0 0 * * 0"),
];

/// A schedule as Harbor writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    pub(crate) cron: String,
}

/// When a text means: its six fields; empty for never.
pub(crate) fn cron(text: &str) -> String {
    let known = WORDS.iter().find(|(word, _, _)| text.eq_ignore_ascii_case(word));
    match known {
        Some((_, _, cron)) => (*cron).to_owned(),
        None => text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

impl Schedule {
    /// What a text means.
    pub(crate) fn of(text: &str) -> Self {
        let cron = cron(text);
        let known = WORDS.iter().find(|(_, _, known)| *known == cron);
        let kind = match known {
            Some((_, kind, _)) => *kind,
            None if cron.is_empty() => "None",
            None => "Custom",
        };
        Self {
            kind: kind.to_owned(),
            cron,
        }
    }

    /// Never.
    pub(crate) fn never() -> Self {
        Self::of("")
    }

    /// The text, in the spelling of what was recorded; `None` where it is never.
    pub(crate) fn text(&self, like: Option<&str>) -> Option<String> {
        let told = if self.cron.is_empty() {
            cron(&self.kind)
        } else {
            self.cron.clone()
        };
        if told.is_empty() || matches!(self.kind.as_str(), "None" | "Manual") {
            return None;
        }
        if let Some(like) = like.filter(|like| cron(like) == told) {
            return Some(like.to_owned());
        }
        let known = WORDS.iter().find(|(_, _, known)| *known == told);
        Some(known.map_or(told, |(_, kind, _)| (*kind).to_owned()))
    }
}

/// Whether two texts mean the same.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    let meant = |value: &Value| cron(value.as_str().unwrap_or_default());
    meant(left) == meant(right)
}

/// The rule for schedules.
pub(crate) fn check(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let cron = cron(text);
    let fields: Vec<&str> = cron.split(' ').collect();
    let known = |field: &&str| {
        !field.is_empty()
            && field
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '*' | '/' | ',' | '-' | '?'))
    };
    let fits = fields.len() == 6 && fields[0] == "0" && fields.iter().all(known);
    if cron.is_empty() || fits {
        return Ok(());
    }
    let why = match fields.len() {
        6 if fields[0] != "0" => ": its first field, the seconds, must be `0`",
        5 => ": Harbor has a field for the seconds before the minutes, which must be `0`",
        _ => "",
    };
    Err(format!(
        "`{}` is no schedule{why}. It is `hourly`, `daily`, `weekly`, or six fields `0 MINUTE HOUR DAY MONTH WEEKDAY`",
        sanitize(text)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_fields_mean_the_same() {
        assert!(same(&Value::string("daily"), &Value::string("Daily")));
        assert!(same(&Value::string("Daily"), &Value::string("0 0 0 * * *")));
        assert!(!same(&Value::string("daily"), &Value::string("weekly")));
        assert_eq!(Schedule::of("0 0 0 * * 0").kind, "Weekly");
        assert_eq!(Schedule::of("").kind, "None");
    }

    #[test]
    fn a_schedule_is_read_as_it_was_spelled() {
        let told = Schedule::of("daily");
        assert_eq!(told.text(Some("daily")).as_deref(), Some("daily"));
        assert_eq!(told.text(None).as_deref(), Some("Daily"));
        assert_eq!(told.text(Some("weekly")).as_deref(), Some("Daily"));
        assert_eq!(Schedule::never().text(Some("daily")), None);
    }

    #[test]
    fn five_fields_are_told_what_is_missing() {
        let told = check(&Value::string("0 7 * * 0")).unwrap_err();
        assert!(told.contains("a field for the seconds"), "{told}");
        assert!(
            check(&Value::string("5 0 7 * * 0"))
                .unwrap_err()
                .contains("must be `0`")
        );
        assert!(check(&Value::string("0 0 7 * * 0")).is_ok());
        assert!(check(&Value::string("nightly")).is_err());
    }
}
