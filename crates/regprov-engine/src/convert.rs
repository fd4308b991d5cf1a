//! Objects between the engine's values and the state's attributes.

use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use regprov_plan::{Prior, PriorInstance, PriorOutput, StateStamp, encode_attributes};
use regprov_schema::Block;
use regprov_state::{InstanceState, OutputState, Snapshot, Status};
use regprov_value::{Data, Marks, Type, Value, from_json, to_json};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// The state as the planner sees it.
#[must_use]
pub fn prior(snapshot: &Snapshot, recorded: bool) -> Prior {
    let instances = snapshot.instances.iter().map(|(key, state)| PriorInstance {
        address: key.address.clone(),
        deposed: key.deposed.clone(),
        provider: state.provider.clone(),
        schema_version: state.schema_version,
        attributes: Arc::new(Json::Object(state.attributes.clone())),
        sensitive: state.sensitive_paths.clone(),
        tainted: state.status == Status::Tainted,
        dependencies: state.dependencies.clone(),
        create_before_destroy: state.create_before_destroy,
    });
    let outputs = snapshot
        .outputs
        .iter()
        .map(|(name, output)| (name.clone(), prior_output(output)));
    Prior {
        stamp: StateStamp {
            lineage: recorded.then(|| snapshot.lineage.clone()),
            serial: snapshot.serial,
        },
        instances: instances.collect(),
        outputs: outputs.collect(),
    }
}

/// An output as the state keeps it, with its type.
#[must_use]
pub fn prior_output(output: &OutputState) -> PriorOutput {
    let ty = Type::from_json(&output.value_type).unwrap_or(Type::Dynamic);
    let value =
        from_json(&output.value, &ty).unwrap_or_else(|_| regprov_value::from_json_implied(&output.value));
    let value = if output.sensitive {
        value.sensitive()
    } else {
        value
    };
    PriorOutput {
        value,
        sensitive: output.sensitive,
    }
}

/// An output as the state keeps it; `None` where its value is not wholly known.
#[must_use]
pub fn output_state(output: &PriorOutput) -> Option<OutputState> {
    let value = to_json(&output.value).ok()?;
    let sensitive = output.sensitive || output.value.is_sensitive_deep();
    Some(OutputState {
        value,
        value_type: output.value.ty().to_json(),
        sensitive,
        extra: Map::new(),
    })
}

/// The attributes of an object as the state keeps them, in clear, and which of them are secret.
pub(crate) fn attributes(object: &Value, block: &Block) -> (Map<String, Json>, Vec<AttributePath>) {
    let object = &stored(object, block);
    let attributes = match encode_attributes(object, block) {
        Ok(Json::Object(attributes)) => attributes,
        Ok(_) | Err(_) => Map::new(),
    };
    (attributes, sensitive_paths(object, block))
}

/// The object without its write-only arguments.
fn stored(object: &Value, block: &Block) -> Value {
    let Some(entries) = object.as_entries() else {
        return object.clone();
    };
    let kept = entries.iter().map(|(name, value)| {
        let own = block
            .attributes
            .get(name.as_ref())
            .is_some_and(|attribute| attribute.write_only);
        let value = match block.blocks.get(name.as_ref()) {
            _ if own => Value::null(value.ty()),
            Some(nested) if tells_write_only(&nested.block) => {
                value.map_nodes(&mut |node| match node.as_entries() {
                    Some(_) => stored(&node, &nested.block),
                    None => node,
                })
            }
            Some(_) | None => value.clone(),
        };
        (name.clone(), value)
    });
    Value::object(kept).marked(object.marks)
}

/// Whether something in a block is write-only.
fn tells_write_only(block: &Block) -> bool {
    block.attributes.values().any(|attribute| attribute.write_only)
        || block
            .blocks
            .values()
            .any(|nested| tells_write_only(&nested.block))
}

/// The same instance with another object.
pub(crate) fn with_object(state: &InstanceState, object: &Value, block: &Block) -> InstanceState {
    let (attributes, sensitive_paths) = attributes(object, block);
    InstanceState {
        attributes,
        sensitive_paths,
        ..state.clone()
    }
}

/// Every place that is secret: marked so, or declared so by the schema.
pub(crate) fn sensitive_paths(object: &Value, block: &Block) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    declared(object, block, &mut Vec::new(), &mut paths);
    marked(object, &mut Vec::new(), &mut paths);
    paths.sort();
    paths.dedup();
    paths
}

pub(crate) fn declared(
    object: &Value,
    block: &Block,
    at: &mut Vec<AttributeStep>,
    paths: &mut Vec<AttributePath>,
) {
    let Some(entries) = object.as_entries() else {
        return;
    };
    for (name, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
        at.push(AttributeStep::Name(name.to_string()));
        if block
            .attributes
            .get(name.as_ref())
            .is_some_and(|attribute| attribute.sensitive)
        {
            paths.push(AttributePath(at.clone()));
        } else if let Some(nested) = block.blocks.get(name.as_ref()) {
            declared_nested(value, &nested.block, at, paths);
        }
        at.pop();
    }
}

fn declared_nested(
    value: &Value,
    block: &Block,
    at: &mut Vec<AttributeStep>,
    paths: &mut Vec<AttributePath>,
) {
    match &value.data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(AttributeStep::Index(InstanceKey::Int(index as u64)));
                declared(item, block, at, paths);
                at.pop();
            }
        }
        Data::Object(_) | Data::Map(..) => declared(value, block, at, paths),
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

pub(crate) fn marked(value: &Value, at: &mut Vec<AttributeStep>, paths: &mut Vec<AttributePath>) {
    if value.marks.contains(Marks::SENSITIVE) {
        paths.push(AttributePath(at.clone()));
        return;
    }
    let mut inside = |step: AttributeStep, item: &Value| {
        at.push(step);
        marked(item, at, paths);
        at.pop();
    };
    match &value.data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            for (index, item) in items.iter().enumerate() {
                inside(AttributeStep::Index(InstanceKey::Int(index as u64)), item);
            }
        }
        Data::Map(_, entries) => {
            for (name, item) in entries.iter() {
                inside(AttributeStep::Index(InstanceKey::String(name.to_string())), item);
            }
        }
        Data::Object(entries) => {
            for (name, item) in entries.iter() {
                inside(AttributeStep::Name(name.to_string()), item);
            }
        }
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

/// What was observed, with what only we know taken from what was recorded: attributes told once, ours alone, or never
/// stored; and the marks of what was recorded.
#[must_use]
pub(crate) fn merge(observed: &Value, recorded: &Value, block: &Block) -> Value {
    let (Some(seen), Some(known)) = (observed.as_entries(), recorded.as_entries()) else {
        return observed.clone();
    };
    let merged = seen.iter().map(|(name, value)| {
        let attribute = block.attributes.get(name.as_ref());
        let keep = attribute.is_some_and(|attribute| attribute.local || (attribute.once && value.is_null()));
        match known.get(name) {
            // It goes to the service, and no further: see `stored`.
            _ if attribute.is_some_and(|attribute| attribute.write_only) => (name.clone(), value.clone()),
            Some(old) if keep => (name.clone(), old.clone()),
            Some(old) => (name.clone(), value.clone().marked(old.marks_deep())),
            None => (name.clone(), value.clone()),
        }
    });
    Value::object(merged)
}
