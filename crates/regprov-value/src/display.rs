//! Values as text, with sensitive parts withheld.

use crate::{Data, Marks, Value};
use std::fmt::Write as _;

/// Renders a value on one line as the language writes it. Sensitive parts print as `(sensitive value)`, parts not yet
/// known as `(known after apply)`.
#[must_use]
pub fn render(value: &Value) -> String {
    let mut out = String::new();
    render_into(value, &mut out);
    out
}

/// The same at the end of a text.
pub fn render_into(value: &Value, out: &mut String) {
    if value.marks.contains(Marks::SENSITIVE) {
        out.push_str("(sensitive value)");
        return;
    }
    match &value.data {
        Data::Null(_) => out.push_str("null"),
        Data::Unknown(_) => out.push_str("(known after apply)"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Data::String(text) => quote(text, out),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                render_into(item, out);
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push('{');
            for (index, (name, item)) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                quote(name, out);
                out.push_str(" = ");
                render_into(item, out);
            }
            out.push('}');
        }
    }
}

/// Whether a byte stands for itself between quotes.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'$' | b'%')
}

pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    if text.bytes().all(is_plain) {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if characters.peek() == Some(&'{') => {
                out.push(character);
                out.push(character);
            }
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
