//! A value in a few words, for messages.

use crate::display::quote;
use crate::{Data, Marks, Type, Value};
use std::fmt::Write as _;
use std::sync::Arc;

/// About how many characters of a value are shown.
const LIMIT: usize = 64;

/// Says what a value is, so that "`var.x` is …" is a sentence. Long values are shortened, sensitive and ephemeral ones
/// withheld, also where they are part of another.
#[must_use]
pub fn describe(value: &Value) -> String {
    match &value.data {
        _ if value.marks.contains(Marks::SENSITIVE) => "a sensitive value".to_owned(),
        _ if value.marks.contains(Marks::EPHEMERAL) => "an ephemeral value".to_owned(),
        Data::Unknown(unknown) => match &unknown.ty {
            Type::Dynamic => "known after apply".to_owned(),
            ty @ Type::Object(_) => format!("an {}, known after apply", ty.friendly_name()),
            ty => format!("a {}, known after apply", ty.friendly_name()),
        },
        _ => {
            let mut out = String::new();
            write_short(value, &mut out);
            match size(&value.data) {
                Some(size) if out.contains('…') => format!("{out} ({size})"),
                _ => out,
            }
        }
    }
}

fn size(data: &Data) -> Option<String> {
    let counted = |count: usize, one: &str, many: &str| {
        Some(format!("{count} {}", if count == 1 { one } else { many }))
    };
    match data {
        Data::String(text) => counted(text.chars().count(), "character", "characters"),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            counted(items.len(), "element", "elements")
        }
        Data::Map(_, entries) | Data::Object(entries) => counted(entries.len(), "entry", "entries"),
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) => None,
    }
}

fn write_short(value: &Value, out: &mut String) {
    if !value.marks.is_empty() {
        out.push_str("(withheld)");
        return;
    }
    match &value.data {
        Data::Null(_) => out.push_str("null"),
        Data::Unknown(_) => out.push_str("(known after apply)"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => cut(&number.to_string(), out, |text, out| out.push_str(text)),
        Data::String(text) => cut(text, out, quote),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            let left = items.iter().enumerate().map(|(at, item)| (at, None, item));
            write_entries(left, out);
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push('{');
            let left = entries
                .iter()
                .enumerate()
                .map(|(at, (name, item))| (at, Some(name), item));
            write_entries(left, out);
            out.push('}');
        }
    }
}

fn write_entries<'a>(
    entries: impl Iterator<Item = (usize, Option<&'a Arc<str>>, &'a Value)>,
    out: &mut String,
) {
    for (at, name, item) in entries {
        out.push_str(if at == 0 { "" } else { ", " });
        if out.len() >= LIMIT {
            out.push('…');
            return;
        }
        if let Some(name) = name {
            cut(name, out, quote);
            out.push_str(" = ");
        }
        write_short(item, out);
    }
}

/// Writes a text, or its beginning where it is long.
fn cut(text: &str, out: &mut String, write: impl Fn(&str, &mut String)) {
    match text.char_indices().nth(LIMIT) {
        None => write(text, out),
        Some((end, _)) => {
            write(&text[..end], out);
            let _ = write!(out, "…");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_are_shown_whole() {
        let list = Value::tuple(vec![
            Value::from("a"),
            Value::from(true),
            Value::null(Type::String),
        ]);
        assert_eq!(describe(&list), r#"["a", true, null]"#);
        assert_eq!(describe(&Value::from(3)), "3");
        let object = Value::object([("n", Value::unknown(Type::Number))]);
        assert_eq!(describe(&object), r#"{"n" = (known after apply)}"#);
        assert_eq!(
            describe(&Value::unknown(Type::String)),
            "a string, known after apply"
        );
        assert_eq!(describe(&Value::unknown(Type::Dynamic)), "known after apply");
    }

    #[test]
    fn long_values_are_shortened_and_say_how_long_they_are() {
        let text = describe(&Value::string("x".repeat(500)));
        assert!(text.ends_with("x\"… (500 characters)"), "{text}");
        assert!(text.len() < 110, "{text}");
        let list = Value::tuple((0..100_000).map(Value::from).collect());
        let text = describe(&list);
        assert!(text.starts_with("[0, 1, 2, "), "{text}");
        assert!(text.ends_with(", …] (100000 elements)"), "{text}");
    }

    #[test]
    fn what_is_withheld_stays_so_at_every_depth() {
        let secret = Value::from("hunter2").marked(Marks::SENSITIVE);
        assert_eq!(describe(&secret), "a sensitive value");
        let passing = Value::from("hunter2").marked(Marks::EPHEMERAL);
        assert_eq!(describe(&passing), "an ephemeral value");
        let both = Value::object([("a", secret), ("b", Value::tuple(vec![passing]))]);
        assert_eq!(describe(&both), r#"{"a" = (withheld), "b" = [(withheld)]}"#);
    }
}
