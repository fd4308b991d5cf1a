//! Reading request bodies field by field, refusing what has no meaning here.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::context::invalid;
use crate::answer::Answer;

/// Fields of a body that only ever come from the service; clients may send them back.
const READ_ONLY: &[&str] = &["id", "name", "type", "systemData", "etag"];

/// Refuses fields that are neither settable nor read-only: a field that the sandbox would ignore in silence.
pub(super) fn check(
    object: &Map<String, Value>,
    at: &str,
    settable: &[&str],
    read_only: &[&str],
) -> Result<(), Answer> {
    for (name, value) in object {
        let known = settable.contains(&name.as_str()) || read_only.contains(&name.as_str());
        let envelope = at.is_empty() && READ_ONLY.contains(&name.as_str());
        if !known && !envelope && !value.is_null() {
            let path = if at.is_empty() {
                name.clone()
            } else {
                format!("{at}.{name}")
            };
            return Err(Answer::unsupported(&format!("the field '{path}'")));
        }
    }
    Ok(())
}

/// An object inside an object; empty when absent or null.
pub(super) fn object(parent: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Answer> {
    match parent.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(wrong(name, "an object")),
    }
}

/// A text, if it is there.
pub(super) fn text<'a>(parent: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Answer> {
    match parent.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(name, "a string")),
    }
}

/// A text that must be there.
pub(super) fn required<'a>(parent: &'a Map<String, Value>, name: &str) -> Result<&'a str, Answer> {
    match text(parent, name)? {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(invalid(
            "InvalidRequestContent",
            &format!("The required property '{name}' is missing."),
        )),
    }
}

/// A text that is one of a few, spelled as they are.
pub(super) fn choice(
    parent: &Map<String, Value>,
    name: &str,
    choices: &[&str],
) -> Result<Option<String>, Answer> {
    let Some(given) = text(parent, name)? else {
        return Ok(None);
    };
    let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(given));
    found.map(|choice| Some((*choice).to_owned())).ok_or_else(|| {
        let message = format!(
            "The value '{given}' of '{name}' is not one of '{}'.",
            choices.join(", ")
        );
        invalid("InvalidParameter", &message)
    })
}

/// A truth value, if it is there.
pub(super) fn boolean(parent: &Map<String, Value>, name: &str) -> Result<Option<bool>, Answer> {
    match parent.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(wrong(name, "a boolean")),
    }
}

/// A list of texts, if it is there.
pub(super) fn texts(parent: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, Answer> {
    match parent.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| wrong(name, "a list of strings"))
            })
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong(name, "a list of strings")),
    }
}

/// Tags, if they are there; their limits are checked.
pub(super) fn tags(parent: &Map<String, Value>) -> Result<Option<BTreeMap<String, String>>, Answer> {
    let Some(value) = parent.get("tags").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let tags: BTreeMap<String, String> =
        serde_json::from_value(value.clone()).map_err(|_| wrong("tags", "a map of strings"))?;
    if tags.len() > 50 {
        return Err(invalid("TooManyTags", "A resource may have at most 50 tags."));
    }
    match tags
        .iter()
        .find(|(name, value)| name.is_empty() || name.len() > 512 || value.len() > 256)
    {
        Some((name, _)) => Err(invalid(
            "InvalidTag",
            &format!("The tag '{name}' is empty or too long."),
        )),
        None => Ok(Some(tags)),
    }
}

fn wrong(name: &str, expected: &str) -> Answer {
    invalid(
        "InvalidRequestContent",
        &format!("The property '{name}' must be {expected}."),
    )
}
