//! The state as the planner sees it, and objects in the JSON form of a state.

use crate::StateStamp;
use regprov_addr::{
    AttributePath, AttributeStep, InstanceAddress, InstanceKey, ProviderConfigAddress, ResourceAddress,
};
use regprov_schema::{Attribute, Block, Former};
use regprov_value::{Data, JsonError, Marks, Type, Value, from_json, to_json};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was last recorded; secrets in clear.
#[derive(Clone, Default)]
pub struct Prior {
    /// Which version of which state.
    pub stamp: StateStamp,
    /// All objects, deposed ones included.
    pub instances: Vec<PriorInstance>,
    /// The outputs of the root module.
    pub outputs: BTreeMap<String, PriorOutput>,
}

/// One recorded object.
#[derive(Clone)]
pub struct PriorInstance {
    /// The instance.
    pub address: InstanceAddress,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// The provider configuration that made it.
    pub provider: ProviderConfigAddress,
    /// The version of the schema that it was written by.
    pub schema_version: u64,
    /// The object.
    pub attributes: Arc<Json>,
    /// Places that are sensitive beyond what the schema says.
    pub sensitive: Vec<AttributePath>,
    /// Whether it was left half-made.
    pub tainted: bool,
    /// What it depended on.
    pub dependencies: Vec<ResourceAddress>,
    /// Its recorded order of replacement.
    pub create_before_destroy: bool,
}

/// A recorded output.
#[derive(Clone, Debug)]
pub struct PriorOutput {
    /// Its value, marked where it is sensitive.
    pub value: Value,
    /// Whether it is declared sensitive.
    pub sensitive: bool,
}

/// Reads an object from the JSON form of a state. Attributes that the schema does not know are left out; attributes of a
/// dynamic type are `{"value": …, "type": …}`. What the schema calls sensitive is marked, and so are `sensitive` paths.
///
/// # Errors
/// When the JSON does not have the form of the schema.
pub fn decode_attributes(
    attributes: &Json,
    block: &Block,
    sensitive: &[AttributePath],
) -> Result<Value, JsonError> {
    let value = decode_block(attributes, block)?;
    Ok(sensitive
        .iter()
        .fold(value, |value, path| mark_at(value, &path.0)))
}

/// Writes a wholly known object in the JSON form of a state; marks are dropped.
///
/// # Errors
/// When something inside is known only after apply.
pub fn encode_attributes(value: &Value, block: &Block) -> Result<Json, JsonError> {
    let Some(entries) = value.as_entries() else {
        return to_json(value);
    };
    let mut object = Map::new();
    for (name, item) in entries {
        let ty = block.attributes.get(name.as_ref()).map(|attribute| &attribute.ty);
        let json = match ty {
            Some(Type::Dynamic) if !item.is_null() => {
                let inner = to_json(item)?;
                let mut pair = Map::new();
                pair.insert("value".into(), inner);
                pair.insert("type".into(), item.ty().to_json());
                Json::Object(pair)
            }
            Some(_) | None => to_json(item)?,
        };
        object.insert(name.to_string(), json);
    }
    Ok(Json::Object(object))
}

fn decode_block(json: &Json, block: &Block) -> Result<Value, JsonError> {
    let Json::Object(entries) = json else {
        return from_json(json, &block.implied_type());
    };
    let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (name, attribute) in &block.attributes {
        let value = decode_attribute(entries, name, attribute).map_err(|error| within(error, name))?;
        let value = if attribute.sensitive && !value.is_null() {
            value.sensitive()
        } else {
            value
        };
        object.insert((*name).into(), value);
    }
    for (name, nested) in &block.blocks {
        let item = entries.get(*name).unwrap_or(&Json::Null);
        let value = decode_nested(item, nested).map_err(|error| within(error, name))?;
        object.insert((*name).into(), value);
    }
    Ok(Data::Object(Arc::new(object)).into())
}

fn decode_nested(json: &Json, nested: &regprov_schema::NestedBlock) -> Result<Value, JsonError> {
    use regprov_schema::Nesting;
    let element = nested.block.implied_type();
    let items = || -> Result<Vec<Value>, JsonError> {
        match json {
            Json::Array(items) => items
                .iter()
                .map(|item| decode_block(item, &nested.block))
                .collect(),
            Json::Null => Ok(Vec::new()),
            other => Ok(vec![decode_block(other, &nested.block)?]),
        }
    };
    Ok(match nested.nesting {
        Nesting::Single if json.is_null() => Value::null(element),
        Nesting::Single => decode_block(json, &nested.block)?,
        Nesting::List => Value::list(element, items()?),
        Nesting::Set => Value::set(element, items()?),
    })
}

/// One attribute, under the name and in the form of now or of then.
fn decode_attribute(
    entries: &Map<String, Json>,
    name: &str,
    attribute: &Attribute,
) -> Result<Value, JsonError> {
    let then = |former: &&Former| match former.name == name {
        true => former.form.is_none(),
        false => !entries.contains_key(name) && entries.get(former.name).is_some_and(|item| !item.is_null()),
    };
    let Some(former) = attribute.former.iter().find(then) else {
        return decode_typed(entries.get(name).unwrap_or(&Json::Null), &attribute.ty);
    };
    let ty = former.form.map_or_else(|| attribute.ty.clone(), |form| form());
    let value = decode_typed(entries.get(former.name).unwrap_or(&Json::Null), &ty)?;
    if value.is_null() {
        return Ok(Value::null(attribute.ty.clone()));
    }
    let converted = (former.convert)(value.clone()).ok();
    let converted = converted.and_then(|value| regprov_value::convert(&value, &attribute.ty).ok());
    Ok(match converted {
        Some(converted) => converted,
        None if former.name == name => value,
        // It has no counterpart: it is known once the object is read.
        None => Value::null(attribute.ty.clone()),
    })
}

/// An attribute of a fixed type. What other versions of the provider had within it is left out, as it is beside it.
fn decode_typed(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    if *ty == Type::Dynamic {
        return decode_dynamic(json);
    }
    from_json(json, ty).or_else(|error| {
        let mut known = json.clone();
        leave_out_unknown(&mut known, ty);
        if known == *json {
            Err(error)
        } else {
            from_json(&known, ty)
        }
    })
}

fn leave_out_unknown(json: &mut Json, ty: &Type) {
    match (json, ty) {
        (Json::Array(items), Type::List(element) | Type::Set(element)) => {
            items.iter_mut().for_each(|item| leave_out_unknown(item, element));
        }
        (Json::Object(entries), Type::Map(element)) => {
            entries
                .values_mut()
                .for_each(|item| leave_out_unknown(item, element));
        }
        (Json::Object(entries), Type::Object(object)) => {
            entries.retain(|name, _| object.attributes.contains_key(name.as_str()));
            for (name, item) in entries.iter_mut() {
                if let Some(ty) = object.attributes.get(name.as_str()) {
                    leave_out_unknown(item, ty);
                }
            }
        }
        (_, _) => {}
    }
}

/// A dynamic attribute; a bare value, as other writers may leave, has the type that it implies.
fn decode_dynamic(json: &Json) -> Result<Value, JsonError> {
    let pair = json.as_object().filter(|pair| pair.len() == 2);
    let typed = pair.and_then(|pair| Some((pair.get("value")?, Type::from_json(pair.get("type")?)?)));
    match typed {
        Some((value, ty)) => from_json(value, &ty),
        None => from_json(json, &Type::Dynamic),
    }
}

fn within(mut error: JsonError, name: &str) -> JsonError {
    error.path.0.insert(0, AttributeStep::Name(name.to_owned()));
    error
}

/// The value with the mark at a path; at a set, or where the path ends early, on what holds it.
pub(crate) fn mark_at(value: Value, path: &[AttributeStep]) -> Value {
    let Some((step, rest)) = path.split_first() else {
        return value.sensitive();
    };
    let marks = value.marks;
    let data = match (value.data, step) {
        (Data::Object(mut entries), AttributeStep::Name(name)) => {
            mark_entry(&mut entries, name, rest);
            Data::Object(entries)
        }
        (
            Data::Map(ty, mut entries),
            AttributeStep::Name(name) | AttributeStep::Index(InstanceKey::String(name)),
        ) => {
            mark_entry(&mut entries, name, rest);
            Data::Map(ty, entries)
        }
        (Data::List(ty, mut items), AttributeStep::Index(InstanceKey::Int(index))) => {
            mark_item(&mut items, *index, rest);
            Data::List(ty, items)
        }
        (Data::Tuple(mut items), AttributeStep::Index(InstanceKey::Int(index))) => {
            mark_item(&mut items, *index, rest);
            Data::Tuple(items)
        }
        (set @ Data::Set(..), _) => {
            return Value {
                data: set,
                marks: marks | Marks::SENSITIVE,
            };
        }
        (other, _) => other,
    };
    Value { data, marks }
}

fn mark_entry(entries: &mut Arc<BTreeMap<Arc<str>, Value>>, name: &str, rest: &[AttributeStep]) {
    if let Some(item) = Arc::make_mut(entries).get_mut(name) {
        *item = mark_at(item.clone(), rest);
    }
}

fn mark_item(items: &mut Arc<Vec<Value>>, index: u64, rest: &[AttributeStep]) {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    if let Some(item) = Arc::make_mut(items).get_mut(index) {
        *item = mark_at(item.clone(), rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn block() -> Block {
        const BEFORE: &[Former] = &[Former {
            name: "policy",
            instead: "write `days`",
            form: Some(|| Type::list(Type::object([("days", Type::Number)]))),
            convert: |value| {
                let first = value.as_items().and_then(<[Value]>::first);
                first
                    .and_then(|policy| policy.get("days"))
                    .cloned()
                    .ok_or("there is none")
            },
        }];
        let rules = Type::list(Type::object([("range", Type::String)]));
        Block {
            attributes: BTreeMap::from([
                (
                    "days",
                    Attribute {
                        former: BEFORE,
                        ..Attribute::new(Type::Number)
                    },
                ),
                ("rules", Attribute::new(rules)),
            ]),
            ..Block::default()
        }
    }

    fn decoded(attributes: Json) -> Json {
        to_json(&decode_attributes(&attributes, &block(), &[]).expect("it is understood"))
            .expect("it is known")
    }

    #[test]
    fn what_older_versions_wrote_is_read_under_the_names_and_in_the_forms_of_then() {
        assert_eq!(
            decoded(json!({ "policy": [{ "days": 7, "enabled": true }] })),
            json!({ "days": 7, "rules": null })
        );
        assert_eq!(decoded(json!({ "policy": [] }))["days"], Json::Null);
        let now = json!({ "days": 3, "policy": [{ "days": 7 }] });
        assert_eq!(decoded(now)["days"], 3, "the name of now counts");
    }

    #[test]
    fn what_newer_versions_do_not_know_within_a_value_is_left_out() {
        let wider = json!({ "rules": [{ "range": "10.0.0.0/8", "subnet": [] }] });
        assert_eq!(decoded(wider)["rules"], json!([{ "range": "10.0.0.0/8" }]));
        let wrong = json!({ "rules": [{ "range": {} }] });
        assert!(decode_attributes(&wrong, &block(), &[]).is_err());
    }
}
