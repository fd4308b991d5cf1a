//! Objects as lines of text, in the form in which they could be written. Secrets are withheld, control characters shown.

use regprov_diag::escape_control;
use regprov_value::{Data, Marks, Value, render, render_into};
use std::borrow::Cow;
use std::iter::repeat_n;

/// The lines of an object's attributes, each ended: `name = value`, null ones left out, indented by so many spaces.
pub(crate) fn object_text(object: &Value, sign: &str, indent: usize) -> String {
    let mut out = String::with_capacity(256);
    write_object(&mut out, object, sign, indent);
    out
}

fn write_object(out: &mut String, object: &Value, sign: &str, indent: usize) {
    let Some(entries) = object.as_entries() else {
        begin(out, sign, indent);
        write_value(out, object, sign, indent);
        return;
    };
    let visible = || entries.iter().filter(|(_, value)| !is_empty(value));
    let length = |name: &str| name.chars().count();
    let width = visible().map(|(name, _)| length(name)).max().unwrap_or(0);
    for (name, value) in visible() {
        begin(out, sign, indent);
        out.push_str(name);
        out.extend(repeat_n(' ', width - length(name)));
        out.push_str(" = ");
        write_value(out, value, sign, indent);
    }
}

fn begin(out: &mut String, sign: &str, indent: usize) {
    out.extend(repeat_n(' ', indent));
    out.push_str(sign);
    out.push(' ');
}

/// What a line has been begun for, to the end of its last line.
fn write_value(out: &mut String, value: &Value, sign: &str, indent: usize) {
    let begun = out.len();
    write_shown(out, value);
    let nested =
        !value.marks.contains(Marks::SENSITIVE) && (value.as_entries().is_some() || holds_objects(value));
    if !nested || out.len() - begun <= 60 {
        out.push('\n');
        return;
    }
    out.truncate(begun);
    let close = if value.as_entries().is_some() {
        out.push_str("{\n");
        write_object(out, value, sign, indent + 4);
        "}\n"
    } else {
        out.push_str("[\n");
        for item in value.as_items().unwrap_or_default() {
            begin(out, sign, indent + 4);
            write_value(out, item, sign, indent + 4);
        }
        "]\n"
    };
    out.extend(repeat_n(' ', indent + 2));
    out.push_str(close);
}

fn holds_objects(value: &Value) -> bool {
    value
        .as_items()
        .is_some_and(|items| items.iter().any(|item| item.as_entries().is_some()))
}

/// Whether an attribute says nothing: null, or an empty list, set or map.
pub(crate) fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Null(_) => true,
        Data::List(_, items) | Data::Set(_, items) => items.is_empty() && value.marks.is_empty(),
        Data::Map(_, entries) => entries.is_empty() && value.marks.is_empty(),
        Data::Unknown(_)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::Tuple(_)
        | Data::Object(_) => false,
    }
}

/// A value on one line.
pub(crate) fn shown(value: &Value) -> String {
    let text = render(value);
    match escape_control(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(escaped) => escaped,
    }
}

/// The same at the end of a text.
fn write_shown(out: &mut String, value: &Value) {
    let begun = out.len();
    render_into(value, out);
    if let Cow::Owned(escaped) = escape_control(&out[begun..]) {
        out.truncate(begun);
        out.push_str(&escaped);
    }
}
