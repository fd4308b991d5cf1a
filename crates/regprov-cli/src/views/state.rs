//! The state for people.

use super::value::object_text;
use crate::shell::Shell;
use regprov_addr::{ResourceAddress, ResourceMode};
use regprov_plan::{Schemas, decode_attributes};
use regprov_state::{InstanceState, ObjectKey, Snapshot, Status};
use regprov_value::{Value, from_json_implied};
use serde_json::Value as Json;

/// Prints every object, then the outputs.
pub(crate) fn print(shell: &Shell, snapshot: &Snapshot, schemas: &Schemas) {
    if snapshot.is_empty() {
        shell.line("The state is empty.");
        return;
    }
    for (key, state) in &snapshot.instances {
        print_object(shell, key, state, schemas);
    }
    if !snapshot.outputs.is_empty() {
        shell.line("Outputs:\n");
        print_outputs(shell, snapshot);
    }
}

/// Prints one object.
pub(crate) fn print_object(shell: &Shell, key: &ObjectKey, state: &InstanceState, schemas: &Schemas) {
    let tainted = if state.status == Status::Tainted {
        " (tainted)"
    } else {
        ""
    };
    let resource = &key.address.resource;
    let keyword = if resource.mode == ResourceMode::Data {
        "data"
    } else {
        "resource"
    };
    shell.line(format!("# {key}{tainted}"));
    shell.line(format!(
        "{keyword} {:?} {:?} {{",
        resource.resource_type, resource.name
    ));
    let attributes = object_text(&object(state, resource, schemas), "", 3);
    shell.line(format!("{attributes}}}\n"));
}

/// The object of the state, marked; of a type that is not known, everything is withheld that the state calls sensitive.
pub(crate) fn object(state: &InstanceState, resource: &ResourceAddress, schemas: &Schemas) -> Value {
    let json = Json::Object(state.attributes.clone());
    let provider = &state.provider.provider;
    let block = match resource.mode {
        ResourceMode::Data => schemas
            .data_source(provider, &resource.resource_type)
            .map(|source| &source.schema().block),
        ResourceMode::Managed | ResourceMode::Ephemeral => schemas
            .resource(provider, &resource.resource_type)
            .map(|resource| &resource.schema().block),
    };
    let typed = block.and_then(|block| decode_attributes(&json, block, &state.sensitive_paths).ok());
    typed.unwrap_or_else(|| {
        let whole = from_json_implied(&json);
        let secret = !state.sensitive_paths.is_empty() || !state.other_sensitive_paths.is_empty();
        if secret { whole.sensitive() } else { whole }
    })
}

/// Prints outputs, sensitive ones withheld.
pub(crate) fn print_outputs(shell: &Shell, snapshot: &Snapshot) {
    let width = snapshot
        .outputs
        .keys()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, output) in &snapshot.outputs {
        let value = from_json_implied(&output.value);
        let value = if output.sensitive {
            value.sensitive()
        } else {
            value
        };
        shell.line(format!("{name:width$} = {}", super::value::shown(&value)));
    }
}
