//! A state.

use super::shared::{Modules, index, map, mode, secrets, visible};
use crate::context::TERRAFORM_VERSION;
use crate::views::state::object;
use regprov_plan::Schemas;
use regprov_state::{Snapshot, Status};
use serde_json::{Map, Value as Json, json};

/// A state: `format_version` 1.0.
pub(crate) fn state(snapshot: &Snapshot, schemas: &Schemas) -> Json {
    if snapshot.is_empty() {
        return json!({ "format_version": "1.0" });
    }
    let mut modules = Modules::default();
    for (key, state) in &snapshot.instances {
        let resource = &key.address.resource;
        let object = object(state, resource, schemas);
        let mut row = Map::new();
        row.insert("address".into(), json!(key.address.to_string()));
        row.insert("mode".into(), json!(mode(resource.mode)));
        row.insert("type".into(), json!(resource.resource_type));
        row.insert("name".into(), json!(resource.name));
        if let Some(instance) = &key.address.key {
            row.insert("index".into(), index(instance));
        }
        row.insert("provider_name".into(), json!(state.provider.provider.to_string()));
        row.insert("schema_version".into(), json!(state.schema_version));
        row.insert("values".into(), visible(&object));
        row.insert("sensitive_values".into(), secrets(&object));
        if !state.dependencies.is_empty() {
            let dependencies: Vec<String> = state.dependencies.iter().map(ToString::to_string).collect();
            row.insert("depends_on".into(), json!(dependencies));
        }
        if state.status == Status::Tainted {
            row.insert("tainted".into(), json!(true));
        }
        if let Some(deposed) = &key.deposed {
            row.insert("deposed_key".into(), json!(deposed));
        }
        modules.add(&key.address, Json::Object(row));
    }
    let outputs: Map<String, Json> = snapshot
        .outputs
        .iter()
        .map(|(name, output)| {
            let value = if output.sensitive {
                Json::Null
            } else {
                output.value.clone()
            };
            let row = json!({ "sensitive": output.sensitive, "value": value, "type": output.value_type });
            (name.clone(), row)
        })
        .collect();
    let mut values = map("outputs", outputs);
    values.insert("root_module".into(), modules.tree());
    json!({
        "format_version": "1.0",
        "terraform_version": TERRAFORM_VERSION,
        "values": values,
    })
}
