//! What plans and states have in common: values without secrets, addresses, modules.

use regprov_addr::{AttributePath, AttributeStep, InstanceAddress, InstanceKey, ModuleAddress, ResourceMode};
use regprov_value::{Data, Marks, Type, Value, to_json};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// A value with secrets as null and what is known after apply left out.
pub(crate) fn visible(value: &Value) -> Json {
    if value.marks.contains(Marks::SENSITIVE) {
        return Json::Null;
    }
    match &value.data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            Json::Array(items.iter().map(visible).collect())
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            let known = entries.iter().filter(|(_, item)| item.is_known());
            Json::Object(
                known
                    .map(|(name, item)| (name.to_string(), visible(item)))
                    .collect(),
            )
        }
        Data::Unknown(_) | Data::Null(_) => Json::Null,
        Data::Bool(_) | Data::Number(_) | Data::String(_) => to_json(value).unwrap_or(Json::Null),
    }
}

/// `true` where a value is secret, in the shape of the value.
pub(super) fn secrets(value: &Value) -> Json {
    flags(value, &|value| {
        if value.marks.contains(Marks::SENSITIVE) {
            return Some(json!(true));
        }
        let Data::Unknown(unknown) = &value.data else {
            return None;
        };
        // What is in it cannot be told yet; its shape can.
        Some(match &unknown.ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => json!([]),
            Type::Map(_) | Type::Object(_) => json!({}),
            Type::Dynamic | Type::Bool | Type::Number | Type::String => json!(false),
        })
    })
}

/// `true` where a value is known after apply, in the shape of the value.
pub(super) fn unknown(value: &Value) -> Json {
    flags(value, &|value| (!value.is_known()).then(|| json!(true)))
}

fn flags(value: &Value, set: &dyn Fn(&Value) -> Option<Json>) -> Json {
    if let Some(flag) = set(value) {
        return flag;
    }
    match &value.data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            Json::Array(items.iter().map(|item| flags(item, set)).collect())
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            let rows = entries
                .iter()
                .map(|(name, item)| (name.to_string(), flags(item, set)));
            Json::Object(rows.filter(|(_, flag)| *flag != Json::Bool(false)).collect())
        }
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
            Json::Bool(false)
        }
    }
}

/// A property that is left out where there is nothing in it.
pub(super) fn map(name: &str, entries: Map<String, Json>) -> Map<String, Json> {
    let mut all = Map::new();
    if !entries.is_empty() {
        all.insert(name.to_owned(), Json::Object(entries));
    }
    all
}

/// The key of an instance.
pub(super) fn index(key: &InstanceKey) -> Json {
    match key {
        InstanceKey::Int(index) => json!(index),
        InstanceKey::String(key) => json!(key),
    }
}

/// The mode of a block.
pub(super) const fn mode(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "managed",
        ResourceMode::Data => "data",
        ResourceMode::Ephemeral => "ephemeral",
    }
}

/// A path as the list of its steps.
pub(super) fn path_steps(path: &AttributePath) -> Json {
    let step = |step: &AttributeStep| match step {
        AttributeStep::Name(name) => json!(name),
        AttributeStep::Index(key) => index(key),
    };
    path.0.iter().map(step).collect()
}

/// Rows by the module that they stand in.
#[derive(Default)]
pub(super) struct Modules {
    rows: BTreeMap<ModuleAddress, Vec<(String, Json)>>,
}

impl Modules {
    /// Adds the row of an object.
    pub(super) fn add(&mut self, address: &InstanceAddress, row: Json) {
        let rows = self.rows.entry(address.resource.module.clone()).or_default();
        rows.push((address.to_string(), row));
    }

    /// Whether there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The root module with every other module below the one that calls it.
    pub(super) fn tree(mut self) -> Json {
        for rows in self.rows.values_mut() {
            rows.sort_by(|(first, _), (second, _)| first.cmp(second));
        }
        let mut children: BTreeMap<ModuleAddress, BTreeSet<ModuleAddress>> = BTreeMap::new();
        for module in self.rows.keys() {
            let mut child = module.clone();
            while let Some(parent) = child.parent() {
                children.entry(parent.clone()).or_default().insert(child);
                child = parent;
            }
        }
        self.module(&ModuleAddress::root(), &children)
    }

    fn module(
        &mut self,
        address: &ModuleAddress,
        children: &BTreeMap<ModuleAddress, BTreeSet<ModuleAddress>>,
    ) -> Json {
        let mut module = Map::new();
        if let Some(rows) = self.rows.remove(address).filter(|rows| !rows.is_empty()) {
            let rows = rows.into_iter().map(|(_, row)| row).collect();
            module.insert("resources".into(), Json::Array(rows));
        }
        if !address.is_root() {
            module.insert("address".into(), json!(address.to_string()));
        }
        if let Some(below) = children.get(address) {
            let mut below: Vec<&ModuleAddress> = below.iter().collect();
            below.sort_by_key(|child| child.to_string());
            let below = below.into_iter().map(|child| self.module(child, children));
            module.insert("child_modules".into(), below.collect());
        }
        Json::Object(module)
    }
}

/// A path as it is written behind a reference: `.output["a"][0]`.
pub(super) fn path_steps_text(path: &AttributePath) -> String {
    let step = |step: &AttributeStep| match step {
        AttributeStep::Name(name) => format!(".{name}"),
        AttributeStep::Index(key) => key.to_string(),
    };
    path.0.iter().map(step).collect()
}
