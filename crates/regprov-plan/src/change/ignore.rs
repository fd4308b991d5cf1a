//! `ignore_changes`: the configuration as if it said what already stands.

use super::set_at;
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use regprov_schema::Block;
use regprov_value::{Data, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The configuration with what stands at one path. A map entry that only one side has is taken over or taken out.
pub(crate) fn ignore_path(config: Value, prior: &Value, path: &AttributePath) -> Value {
    let path = &by_name(&config, path);
    if let Some((last, holder)) = path.0.split_last() {
        let holder = AttributePath(holder.to_vec());
        if let (Some(key), Some(Data::Map(ty, entries))) =
            (map_key(last), config.at(&holder).map(|value| &value.data))
        {
            let mut entries: BTreeMap<Arc<str>, Value> = entries.as_ref().clone();
            match prior.at(&holder).and_then(|prior| prior.get(key)) {
                Some(value) => entries.insert(key.into(), value.clone()),
                None => entries.remove(key),
            };
            let map = Value::map(ty.clone(), entries);
            return set_at(config, &holder.0, map);
        }
    }
    match prior.at(path) {
        Some(value) => set_at(config, &path.0, value.clone()),
        None => config,
    }
}

/// The path with `["name"]` of an object as `.name`.
fn by_name(config: &Value, path: &AttributePath) -> AttributePath {
    let mut named = AttributePath::root();
    for step in &path.0 {
        let object = matches!(config.at(&named).map(|value| &value.data), Some(Data::Object(_)));
        named.0.push(match step {
            AttributeStep::Index(InstanceKey::String(name)) if object => AttributeStep::Name(name.clone()),
            other => other.clone(),
        });
    }
    named
}

fn map_key(step: &AttributeStep) -> Option<&str> {
    match step {
        AttributeStep::Name(name) | AttributeStep::Index(InstanceKey::String(name)) => Some(name),
        AttributeStep::Index(InstanceKey::Int(_)) => None,
    }
}

/// The configuration with everything that stands: `ignore_changes = all`.
pub(crate) fn ignore_all(block: &Block, config: &Value, prior: &Value) -> Value {
    let Some(entries) = config.as_entries() else {
        return config.clone();
    };
    Value::object(entries.iter().map(|(name, given)| {
        let configurable = match block.attributes.get(name.as_ref()) {
            Some(attribute) => attribute.is_configurable() && !attribute.write_only,
            None => true,
        };
        let kept = prior.get(name).filter(|_| configurable);
        (name.clone(), kept.unwrap_or(given).clone())
    }))
}
