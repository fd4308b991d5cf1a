//! Ways into JSON values: Terraform's form of sensitive paths, and pointers that sealed values are bound to.

use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use serde_json::{Map, Value, json};

/// Reads one path of `sensitive_attributes`. `Err` gives the part before the first step of a form that has no address
/// here (an element of a set).
pub(crate) fn from_terraform(path: &Value) -> Result<AttributePath, AttributePath> {
    let mut steps = AttributePath::root();
    let Some(parts) = path.as_array() else {
        return Err(steps);
    };
    for part in parts {
        let value = part.get("value");
        let step = match part.get("type").and_then(Value::as_str) {
            Some("get_attr") => value
                .and_then(Value::as_str)
                .map(|name| AttributeStep::Name(name.into())),
            Some("index") => value
                .and_then(|key| index_key(key.get("value")?))
                .map(AttributeStep::Index),
            Some(_) | None => None,
        };
        match step {
            Some(step) => steps = steps.step(step),
            None => return Err(steps),
        }
    }
    Ok(steps)
}

fn index_key(value: &Value) -> Option<InstanceKey> {
    match value {
        Value::String(key) => Some(InstanceKey::String(key.clone())),
        Value::Number(number) => number.as_u64().map(InstanceKey::Int),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Writes a path as Terraform does in `sensitive_attributes`.
pub(crate) fn to_terraform(path: &AttributePath) -> Value {
    let step = |step: &AttributeStep| match step {
        AttributeStep::Name(name) => json!({ "type": "get_attr", "value": name }),
        AttributeStep::Index(InstanceKey::Int(index)) => {
            json!({ "type": "index", "value": { "value": index, "type": "number" } })
        }
        AttributeStep::Index(InstanceKey::String(key)) => {
            json!({ "type": "index", "value": { "value": key, "type": "string" } })
        }
    };
    Value::Array(path.0.iter().map(step).collect())
}

/// A way into a JSON value, without the difference between an attribute and a map key, which JSON does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pointer(Vec<String>);

impl Pointer {
    pub(crate) fn of(path: &AttributePath) -> Self {
        Self(
            path.0
                .iter()
                .map(|step| match step {
                    AttributeStep::Name(name) => name.clone(),
                    AttributeStep::Index(InstanceKey::Int(index)) => index.to_string(),
                    AttributeStep::Index(InstanceKey::String(key)) => key.clone(),
                })
                .collect(),
        )
    }

    pub(crate) fn name(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    /// Returns the text that a sealed value is bound to: a JSON pointer (RFC 6901).
    pub(crate) fn text(&self) -> String {
        self.0
            .iter()
            .map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1")))
            .collect()
    }

    fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Returns the place that holds the value, as far as JSON shows it: a value of any type stands, with its type, in an
    /// object of its own, and is one place with all its parts; so is what has no parts where some were named. `None` where
    /// there is nothing.
    fn held(mut self, root: &Map<String, Value>) -> Option<Self> {
        let mut value = root.get(self.0.first()?)?;
        for at in 1..self.0.len() {
            let token = &self.0[at];
            value = match value {
                Value::Object(object) if !is_typed(object) => object.get(token)?,
                Value::Array(items) if token.parse::<usize>().is_ok() => {
                    items.get(token.parse::<usize>().ok()?)?
                }
                Value::Null => return None,
                Value::Object(_) | Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    self.0.truncate(at);
                    return Some(self);
                }
            };
        }
        (!value.is_null()).then_some(self)
    }
}

/// Returns the texts at a path, those within what stands there included.
pub(crate) fn texts_at<'a>(attributes: &'a Map<String, Value>, path: &AttributePath) -> Vec<&'a str> {
    let mut texts = Vec::new();
    let Pointer(tokens) = Pointer::of(path);
    let Some((first, rest)) = tokens.split_first() else {
        attributes.values().for_each(|value| collect(value, &mut texts));
        return texts;
    };
    let found = rest
        .iter()
        .try_fold(untyped(attributes.get(first)), |value, token| match value? {
            Value::Object(object) => Some(untyped(object.get(token))),
            Value::Array(items) => Some(untyped(items.get(token.parse::<usize>().ok()?))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        });
    if let Some(Some(value)) = found {
        collect(value, &mut texts);
    }
    texts
}

/// The value itself where it stands with its type.
fn untyped(value: Option<&Value>) -> Option<&Value> {
    match value? {
        Value::Object(object) if is_typed(object) => object.get("value"),
        other => Some(other),
    }
}

fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(object) => object.values().for_each(|item| collect(item, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Says whether this is how the state holds a value of an attribute that takes any type.
fn is_typed(object: &Map<String, Value>) -> bool {
    object.len() == 2 && object.contains_key("value") && object.contains_key("type")
}

/// Returns the outermost secret places of an object: sorted, no place within another, only those where
/// there is a value.
pub(crate) fn secret_places<'a>(
    attributes: &Map<String, Value>,
    paths: impl Iterator<Item = &'a AttributePath>,
) -> Vec<Pointer> {
    let mut all: Vec<Pointer> = Vec::new();
    for path in paths {
        if path.is_root() {
            all.extend(attributes.keys().map(|name| Pointer(vec![name.clone()])));
        } else {
            all.push(Pointer::of(path));
        }
    }
    let mut all: Vec<Pointer> = all
        .into_iter()
        .filter_map(|pointer| pointer.held(attributes))
        .collect();
    all.sort();
    all.dedup();
    // Sorted, so that whatever holds a place stands before it.
    let mut outermost: Vec<Pointer> = Vec::new();
    for pointer in all {
        if !outermost.last().is_some_and(|last| pointer.is_within(last)) {
            outermost.push(pointer);
        }
    }
    outermost
}

/// Visits every value of an object from the outside in; where `visit` returns a replacement it takes the value's place,
/// and its inside is not visited.
pub(crate) fn rewrite<E>(
    attributes: &mut Map<String, Value>,
    visit: &mut impl FnMut(&Pointer, &Value) -> Result<Option<Value>, E>,
) -> Result<(), E> {
    let mut place = Pointer::default();
    rewrite_object(attributes, &mut place, visit)
}

fn rewrite_object<E>(
    object: &mut Map<String, Value>,
    place: &mut Pointer,
    visit: &mut impl FnMut(&Pointer, &Value) -> Result<Option<Value>, E>,
) -> Result<(), E> {
    for (name, value) in object.iter_mut() {
        place.0.push(name.clone());
        rewrite_value(value, place, visit)?;
        place.0.pop();
    }
    Ok(())
}

fn rewrite_value<E>(
    value: &mut Value,
    place: &mut Pointer,
    visit: &mut impl FnMut(&Pointer, &Value) -> Result<Option<Value>, E>,
) -> Result<(), E> {
    if let Some(replacement) = visit(place, value)? {
        *value = replacement;
        return Ok(());
    }
    match value {
        Value::Object(object) => rewrite_object(object, place, visit),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                place.0.push(index.to_string());
                rewrite_value(item, place, visit)?;
                place.0.pop();
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AttributePath {
        text.parse().expect("a path")
    }

    #[test]
    fn paths_survive_terraforms_form() {
        for text in ["password", "rule[0].secret", "tags[\"a.b\"].c"] {
            assert_eq!(
                from_terraform(&to_terraform(&path(text))),
                Ok(path(text)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_step_into_a_set_leaves_the_part_before_it() {
        let set = json!([{"type": "get_attr", "value": "rule"}, {"type": "index", "value": {"value": {"a": 1}, "type": "object"}}]);
        assert_eq!(from_terraform(&set), Err(path("rule")));
    }

    #[test]
    fn only_the_outermost_places_that_hold_something_are_secret() {
        let Value::Object(attributes) = json!({"a": {"b": 1}, "ab": 2, "n": null}) else {
            panic!()
        };
        let paths = [path("a.b"), path("a"), path("ab"), path("n"), path("gone.x")];
        let places: Vec<_> = secret_places(&attributes, paths.iter())
            .iter()
            .map(Pointer::text)
            .collect();
        assert_eq!(places, ["/a", "/ab"]);
    }

    #[test]
    fn a_secret_part_of_a_value_of_any_type_makes_all_of_it_secret() {
        let Value::Object(attributes) = json!({
            "input": {"value": {"plain": "x", "type": "y"}, "type": ["object", {"plain": "string", "type": "string"}]},
            "text": "whole",
            "list": ["a"],
        }) else {
            panic!()
        };
        let paths = [
            path("input.plain"),
            path("input.type"),
            path("text.part"),
            path("list.part"),
            path("list[1]"),
        ];
        let places: Vec<_> = secret_places(&attributes, paths.iter())
            .iter()
            .map(Pointer::text)
            .collect();
        assert_eq!(places, ["/input", "/list", "/text"]);
    }
}
