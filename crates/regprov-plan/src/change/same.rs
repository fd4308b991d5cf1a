//! When two values of an attribute mean the same.

use regprov_schema::Meaning;
use regprov_value::{Data, Number, Value};

/// Whether two values are equal but for their marks and the types of nulls.
pub(crate) fn content_equal(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Null(_), Data::Null(_)) => true,
        (Data::List(_, a), Data::List(_, b))
        | (Data::Set(_, a), Data::Set(_, b))
        | (Data::Tuple(a), Data::Tuple(b)) => {
            std::sync::Arc::ptr_eq(a, b)
                || (a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| content_equal(a, b)))
        }
        (Data::Map(_, a), Data::Map(_, b)) | (Data::Object(a), Data::Object(b)) => {
            std::sync::Arc::ptr_eq(a, b)
                || (a.len() == b.len()
                    && a.iter()
                        .zip(b.iter())
                        .all(|((a_key, a), (b_key, b))| a_key == b_key && content_equal(a, b)))
        }
        // A state holds what is written of a number, which may be fewer digits than a result has.
        (Data::Number(a), Data::Number(b)) => a == b || a.to_string() == b.to_string(),
        (a, b) => a == b,
    }
}

/// Whether two values of an attribute mean the same, the recorded one first. What is known after apply means nothing yet.
pub(crate) fn same(meaning: Meaning, a: &Value, b: &Value) -> bool {
    if content_equal(a, b) {
        return a.is_wholly_known();
    }
    if !a.is_wholly_known() || !b.is_wholly_known() {
        return false;
    }
    // Whoever compares by meaning takes the empty text for none: other tools record one or the other.
    let is_by_meaning = !matches!(meaning, Meaning::Exact | Meaning::ZeroWasNull | Meaning::By(_));
    if is_by_meaning && is_zero(a) && is_zero(b) {
        return true;
    }
    match meaning {
        Meaning::Exact | Meaning::ZeroIsNull => false,
        Meaning::ZeroWasNull => is_zero(a) && b.is_null(),
        Meaning::IgnoreCase => texts(a, b, |a, b| a.to_lowercase() == b.to_lowercase()),
        Meaning::Location => texts(a, b, |a, b| location(a) == location(b)),
        Meaning::Instant => texts(a, b, |a, b| match (instant(a), instant(b)) {
            (Some(a), Some(b)) => a == b,
            (_, _) => false,
        }),
        Meaning::Json => texts(a, b, |a, b| match (json(a), json(b)) {
            (Some(a), Some(b)) => a == b,
            (_, _) => false,
        }),
        Meaning::Unordered => unordered(a, b),
        Meaning::By(decide) => decide(a, b),
    }
}

fn is_zero(value: &Value) -> bool {
    match &value.data {
        Data::Null(_) => true,
        Data::Unknown(_) => false,
        Data::Bool(value) => !value,
        Data::Number(number) => *number == Number::from(0_i64),
        Data::String(text) => text.is_empty(),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.is_empty(),
        Data::Map(_, entries) | Data::Object(entries) => entries.is_empty(),
    }
}

/// Compares texts, and collections of texts item by item.
fn texts(a: &Value, b: &Value, compare: fn(&str, &str) -> bool) -> bool {
    match (a.as_str(), b.as_str(), a.as_items(), b.as_items()) {
        (Some(a), Some(b), _, _) => compare(a, b),
        (_, _, Some(a), Some(b)) => {
            let found = |item: &Value, others: &[Value]| {
                others.iter().any(|other| match (item.as_str(), other.as_str()) {
                    (Some(item), Some(other)) => compare(item, other),
                    (_, _) => false,
                })
            };
            a.len() == b.len() && a.iter().all(|item| found(item, b)) && b.iter().all(|item| found(item, a))
        }
        (_, _, _, _) => false,
    }
}

fn location(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

fn instant(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

fn json(text: &str) -> Option<serde_json::Value> {
    let mut value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.sort_all_objects();
    Some(value)
}

fn unordered(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_items(), b.as_items()) else {
        return false;
    };
    let sorted = |items: &[Value]| {
        let mut items: Vec<Value> = items.iter().map(|item| item.unmark_deep().0).collect();
        items.sort();
        items
    };
    a.len() == b.len() && sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_see_through_spelling() {
        assert!(same(
            Meaning::Location,
            &"West Europe".into(),
            &"westeurope".into()
        ));
        assert!(same(
            Meaning::Instant,
            &"2026-01-01T00:00:00Z".into(),
            &"2026-01-01T01:00:00+01:00".into()
        ));
        assert!(same(
            Meaning::Json,
            &r#"{"a":1,"b":[2]}"#.into(),
            &r#"{ "b": [2], "a": 1 }"#.into()
        ));
        assert!(!same(Meaning::Json, &r#"{"a":1}"#.into(), &r#"{"a":2}"#.into()));
        assert!(same(
            Meaning::ZeroIsNull,
            &Value::null(regprov_value::Type::String),
            &"".into()
        ));
        assert!(!same(
            Meaning::Exact,
            &Value::null(regprov_value::Type::String),
            &"".into()
        ));
        let (null, off) = (Value::null(regprov_value::Type::Bool), Value::from(false));
        assert!(same(Meaning::ZeroWasNull, &off, &null) && !same(Meaning::ZeroWasNull, &null, &off));
    }

    #[test]
    fn what_is_known_after_apply_is_never_the_same() {
        let open = Value::unknown(regprov_value::Type::String);
        assert!(!same(Meaning::Exact, &open, &open));
    }
}
