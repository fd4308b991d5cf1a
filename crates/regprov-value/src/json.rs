//! Values to and from JSON, by type, as Terraform writes them in state and `jsonencode`.

use crate::{Data, Number, Type, Value};
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

/// Why JSON could not become a value, or a value JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at `{path}`")]
pub struct JsonError {
    /// Where in the value.
    pub path: AttributePath,
    /// What is wrong there.
    pub message: String,
}

/// Writes a wholly known value as JSON; marks are dropped, so the caller answers for secrets.
///
/// # Errors
/// When something inside is known only after apply, or infinite.
pub fn to_json(value: &Value) -> Result<Json, JsonError> {
    let array = |items: &[Value]| -> Result<Json, JsonError> {
        let parts = items
            .iter()
            .enumerate()
            .map(|(index, item)| to_json(item).map_err(|error| within_index(error, index)));
        Ok(Json::Array(parts.collect::<Result<_, _>>()?))
    };
    let object = |entries: &BTreeMap<Arc<str>, Value>| -> Result<Json, JsonError> {
        let parts = entries.iter().map(|(name, item)| {
            Ok((
                name.to_string(),
                to_json(item).map_err(|error| within_name(error, name))?,
            ))
        });
        Ok(Json::Object(parts.collect::<Result<_, _>>()?))
    };
    match &value.data {
        Data::Null(_) => Ok(Json::Null),
        Data::Unknown(_) => Err(mismatch("the value is known only after apply".into())),
        Data::Bool(value) => Ok(Json::Bool(*value)),
        Data::Number(number) if number.is_infinite() => {
            Err(mismatch("an infinite number cannot be stored".into()))
        }
        Data::Number(number) => Ok(Json::Number(json_number(number))),
        Data::String(text) => Ok(Json::String(text.to_string())),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => array(items),
        Data::Map(_, entries) | Data::Object(entries) => object(entries),
    }
}

/// A number as it is stored; its zero has no sign.
fn json_number(number: &Number) -> serde_json::Number {
    if number.signum() == 0 {
        return 0.into();
    }
    serde_json::Number::from_str(&number.to_string()).expect("a finite number is printed as a JSON number")
}

/// Reads JSON as a value of the type that it implies: arrays as tuples, objects as objects.
#[must_use]
pub fn from_json_implied(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(Type::Dynamic),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => parse_number(number),
        Json::String(text) => Value::string(text),
        Json::Array(items) => Value::tuple(items.iter().map(from_json_implied).collect()),
        Json::Object(entries) => Value::object(
            entries
                .iter()
                .map(|(name, item)| (name.as_str(), from_json_implied(item))),
        ),
    }
}

/// A number with an exponent of six digits is beyond what a number can be, and stays text.
fn parse_number(number: &serde_json::Number) -> Value {
    let text = number.to_string();
    text.parse::<Number>()
        .map_or_else(|_| Value::string(&text), Value::from)
}

/// Reads JSON as a value of a type. Object attributes that are absent become null; unexpected ones are an error.
///
/// # Errors
/// When the JSON does not have the form that the type asks for.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    match (ty, json) {
        (Type::Dynamic, _) => Ok(from_json_implied(json)),
        (_, Json::Null) => Ok(Value::null(ty.without_optional())),
        (Type::Bool | Type::Number | Type::String, _) => primitive(json, ty),
        (Type::List(element), Json::Array(items)) => {
            Ok(Value::list(element.without_optional(), elements(items, element)?))
        }
        (Type::Set(element), Json::Array(items)) => {
            Ok(Value::set(element.without_optional(), elements(items, element)?))
        }
        (Type::Tuple(types), Json::Array(items)) if types.len() == items.len() => {
            let parts = items.iter().zip(types.iter()).enumerate();
            let parts = parts
                .map(|(index, (item, ty))| from_json(item, ty).map_err(|error| within_index(error, index)));
            Ok(Value::tuple(parts.collect::<Result<_, _>>()?))
        }
        (Type::Map(element), Json::Object(entries)) => {
            let mut map = BTreeMap::new();
            for (name, item) in entries {
                map.insert(
                    name.as_str().into(),
                    from_json(item, element).map_err(|error| within_name(error, name))?,
                );
            }
            Ok(Value::map(element.without_optional(), map))
        }
        (Type::Object(object), Json::Object(entries)) => {
            if let Some(extra) = entries
                .keys()
                .find(|name| !object.attributes.contains_key(name.as_str()))
            {
                return Err(mismatch(format!("unexpected attribute `{extra}`")));
            }
            let mut map: BTreeMap<Arc<str>, Value> = BTreeMap::new();
            for (name, ty) in &object.attributes {
                let item = entries.get(name.as_ref()).unwrap_or(&Json::Null);
                map.insert(
                    name.clone(),
                    from_json(item, ty).map_err(|error| within_name(error, name))?,
                );
            }
            Ok(Data::Object(Arc::new(map)).into())
        }
        (_, _) => Err(mismatch(format!("expected {}", ty.friendly_name()))),
    }
}

fn elements(items: &[Json], element: &Type) -> Result<Vec<Value>, JsonError> {
    let parts = items.iter().enumerate();
    parts
        .map(|(index, item)| from_json(item, element).map_err(|error| within_index(error, index)))
        .collect()
}

/// Primitives convert leniently, as state files written by other versions may hold `"1"` for `1`.
fn primitive(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    let implied = match json {
        Json::Bool(_) | Json::Number(_) | Json::String(_) => from_json_implied(json),
        Json::Null | Json::Array(_) | Json::Object(_) => {
            return Err(mismatch(format!("expected {}", ty.friendly_name())));
        }
    };
    crate::convert(&implied, ty).map_err(|error| mismatch(error.message))
}

fn mismatch(message: String) -> JsonError {
    JsonError {
        path: AttributePath(Vec::new()),
        message,
    }
}

fn within_index(mut error: JsonError, index: usize) -> JsonError {
    error
        .path
        .0
        .insert(0, AttributeStep::Index(InstanceKey::Int(index as u64)));
    error
}

fn within_name(mut error: JsonError, name: &str) -> JsonError {
    error.path.0.insert(0, AttributeStep::Name(name.to_owned()));
    error
}
