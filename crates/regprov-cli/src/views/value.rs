//! Objects as lines of text, in the form in which they could be written. Secrets are withheld, control characters shown.

use regprov_diag::escape_control;
use regprov_value::{Data, Marks, Value, render};

/// The lines of an object's attributes: `name = value`, null ones left out, indented by so many spaces.
pub(crate) fn object_lines(object: &Value, sign: &str, indent: usize) -> Vec<String> {
    let Some(entries) = object.as_entries() else {
        return vec![format!("{}{sign} {}", " ".repeat(indent), shown(object))];
    };
    let visible: Vec<_> = entries.iter().filter(|(_, value)| !is_empty(value)).collect();
    let width = visible
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = visible
        .into_iter()
        .flat_map(|(name, value)| entry_lines(name, value, (sign, indent, width)));
    lines.collect()
}

fn entry_lines(name: &str, value: &Value, form: (&str, usize, usize)) -> Vec<String> {
    let (sign, indent, width) = form;
    let head = format!("{}{sign} {name:width$} = ", " ".repeat(indent));
    value_lines(head, value, sign, indent)
}

fn value_lines(head: String, value: &Value, sign: &str, indent: usize) -> Vec<String> {
    let single = shown(value);
    let nested =
        !value.marks.contains(Marks::SENSITIVE) && (value.as_entries().is_some() || holds_objects(value));
    if !nested || single.len() <= 60 {
        return vec![head + &single];
    }
    let (open, close, inner) = match value.as_entries() {
        Some(_) => ("{", "}", object_lines(value, sign, indent + 4)),
        None => {
            let items = value.as_items().unwrap_or_default();
            let item = |item| {
                value_lines(
                    format!("{}{sign} ", " ".repeat(indent + 4)),
                    item,
                    sign,
                    indent + 4,
                )
            };
            ("[", "]", items.iter().flat_map(item).collect())
        }
    };
    let mut lines = vec![head + open];
    lines.extend(inner);
    lines.push(format!("{}{close}", " ".repeat(indent + 2)));
    lines
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
    escape_control(&render(value)).into_owned()
}
