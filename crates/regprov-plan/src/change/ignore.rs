//! `ignore_changes`: the configuration as if it said what already stands.

use super::set_at;
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use regprov_schema::Block;
use regprov_value::{Data, Type, Value};
use std::collections::BTreeMap;

/// The configuration with what stands at one path. A map entry that only one side has is taken over or taken out; a key of
/// what is no map ignores the whole, as Terraform does.
pub(crate) fn ignore_path(config: Value, prior: &Value, path: &AttributePath) -> Value {
    let Some((AttributeStep::Index(InstanceKey::String(key)), holder)) = path.0.split_last() else {
        let path = by_name(&config, path);
        return ignore_whole(config, prior, &path);
    };
    let holder = by_name(&config, &AttributePath(holder.to_vec()));
    let (ty, mut entries) = match config.at(&holder).map(|value| &value.data) {
        Some(Data::Map(ty, entries)) => (ty.clone(), BTreeMap::clone(entries)),
        Some(Data::Null(Type::Map(ty))) => (Type::clone(ty), BTreeMap::new()),
        Some(Data::Unknown(unknown)) if matches!(unknown.ty, Type::Map(_)) => return config,
        _ => return ignore_whole(config, prior, &holder),
    };
    match prior.at(&holder).and_then(|prior| prior.get(key)) {
        Some(value) => drop(entries.insert(key.as_str().into(), value.clone())),
        None if entries.remove(key.as_str()).is_none() => return config,
        None => {}
    }
    set_at(config, &holder.0, Value::map(ty, entries))
}

fn ignore_whole(config: Value, prior: &Value, path: &AttributePath) -> Value {
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
