//! A plan.

use super::shared::{Modules, index, map, mode, path_steps, secrets, unknown, visible};
use super::{checks, configuration, relevant};
use crate::context::TERRAFORM_VERSION;
use regprov_addr::{InstanceAddress, ProviderConfigAddress, ResourceMode};
use regprov_lang::Configuration;
use regprov_plan::{Action, Mode, OutputChange, Plan, ReasonKind, ResourceChange, Schemas};
use regprov_value::{Type, Value};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// A plan of this configuration: `format_version` 1.2.
pub(crate) fn plan(plan: &Plan, configuration: &Configuration, schemas: &Schemas) -> Json {
    let outputs: Map<String, Json> = looked_at(plan)
        .map(|(name, change)| (name.clone(), output_change(change)))
        .collect();
    let mut all = Map::new();
    all.insert("format_version".into(), json!("1.2"));
    all.insert("terraform_version".into(), json!(TERRAFORM_VERSION));
    all.extend(map("variables", variables(plan, configuration)));
    all.insert("planned_values".into(), planned_values(plan, schemas));
    let drift = plan.drift.iter().filter(|change| is_shown(change));
    for (name, rows) in [
        (
            "resource_drift",
            drift.map(resource_change).collect::<Vec<Json>>(),
        ),
        ("resource_changes", changes(plan).map(resource_change).collect()),
    ] {
        if !rows.is_empty() {
            all.insert(name.into(), Json::Array(rows));
        }
    }
    all.extend(map("output_changes", outputs));
    if let Some(prior) = prior_state(plan, schemas) {
        all.insert("prior_state".into(), prior);
    }
    all.insert(
        "configuration".into(),
        configuration::configuration(configuration, schemas),
    );
    let relevant = relevant::attributes(plan, configuration);
    if !relevant.is_empty() {
        all.insert("relevant_attributes".into(), Json::Array(relevant));
    }
    let checks = checks::checks(plan, configuration);
    if !checks.is_empty() {
        all.insert("checks".into(), Json::Array(checks));
    }
    let created = plan.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    all.insert("timestamp".into(), json!(created));
    all.insert("applyable".into(), json!(plan.has_changes()));
    all.insert("complete".into(), json!(plan.targets.is_empty()));
    all.insert("errored".into(), json!(false));
    Json::Object(all)
}

/// The variables of the root module that are set or have a default.
fn variables(plan: &Plan, configuration: &Configuration) -> Map<String, Json> {
    let declared = configuration.root().map(|root| &root.variables);
    let ephemeral = |name: &str| {
        let variable = declared.and_then(|declared| declared.get(name));
        variable.is_some_and(|variable| variable.ephemeral)
    };
    plan.variables
        .iter()
        .filter(|(name, _)| !ephemeral(name))
        .map(|(name, value)| (name.clone(), json!({ "value": visible(value) })))
        .collect()
}

/// The rows that are shown, modules by their depth; a plan that only looks has none.
pub(super) fn changes(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    let shown = |change: &&ResourceChange| is_shown(change) && plan.mode != Mode::RefreshOnly;
    let mut rows: Vec<&ResourceChange> = plan.changes.iter().filter(shown).collect();
    rows.sort_by_key(|change| change.address.resource.module.0.len());
    rows.into_iter()
}

/// The outputs that were looked at: a plan for certain targets leaves others as they are.
pub(super) fn looked_at(plan: &Plan) -> impl Iterator<Item = (&String, &OutputChange)> {
    let targeted = !plan.targets.is_empty();
    plan.outputs
        .iter()
        .filter(move |(_, change)| !targeted || change.action() != Action::NoOp)
}

/// A data source that was read while planning is no change.
fn is_shown(change: &ResourceChange) -> bool {
    change.address.resource.mode == ResourceMode::Managed || change.action == Action::Read
}

fn output_change(change: &OutputChange) -> Json {
    let mut row = Map::new();
    row.insert("actions".into(), actions(change.action()));
    let hide = |value: &Value| {
        if change.sensitive {
            Json::Null
        } else {
            visible(value)
        }
    };
    let before = change.before.as_ref().map_or(Json::Null, hide);
    row.insert("before".into(), before);
    match &change.after {
        Some(after) if !after.is_known() => {}
        after => {
            let after = after.as_ref().map_or(Json::Null, hide);
            row.insert("after".into(), after);
        }
    }
    let after = change.after.as_ref().filter(|after| !after.is_wholly_known());
    row.insert("after_unknown".into(), after.map_or(json!(false), unknown));
    row.insert("before_sensitive".into(), json!(change.sensitive));
    row.insert("after_sensitive".into(), json!(change.sensitive));
    Json::Object(row)
}

fn resource_change(change: &ResourceChange) -> Json {
    let mut row = identity(&change.address, &change.provider);
    if let Some(previous) = &change.previous_address {
        row.insert("previous_address".into(), json!(previous.to_string()));
    }
    if let Some(key) = &change.deposed {
        row.insert("deposed".into(), json!(key));
    }
    let side = |value: &Option<Value>| value.as_ref().map_or(Json::Null, visible);
    let marks = |value: &Option<Value>| value.as_ref().map_or(json!(false), secrets);
    let open = change.after.as_ref().filter(|after| !after.is_wholly_known());
    let mut body = json!({
        "actions": actions(change.action),
        "before": side(&change.before),
        "after": side(&change.after),
        "after_unknown": open.map_or_else(|| json!({}), unknown),
        "before_sensitive": marks(&change.before),
        "after_sensitive": marks(&change.after),
    });
    let immutable = change
        .reasons
        .iter()
        .filter(|reason| reason.kind == ReasonKind::Immutable);
    let paths: BTreeSet<_> = immutable.filter_map(|reason| reason.path.clone()).collect();
    if !paths.is_empty() {
        body["replace_paths"] = paths.iter().map(path_steps).collect();
    }
    if let Some(id) = &change.importing {
        body["importing"] = json!({ "id": id });
    }
    row.insert("change".into(), body);
    if let Some(reason) = action_reason(change) {
        row.insert("action_reason".into(), json!(reason));
    }
    Json::Object(row)
}

/// The word for why, where there is one.
fn action_reason(change: &ResourceChange) -> Option<&'static str> {
    if change.deposed.is_some() {
        return None;
    }
    let of = |kind: ReasonKind| {
        Some(match (kind, change.action) {
            (ReasonKind::Tainted, action) if action.is_replace() => "replace_because_tainted",
            (ReasonKind::Requested, action) if action.is_replace() => "replace_by_request",
            (ReasonKind::Triggered, action) if action.is_replace() => "replace_by_triggers",
            (ReasonKind::Immutable, action) if action.is_replace() => "replace_because_cannot_update",
            (ReasonKind::NotDeclared | ReasonKind::Removed, Action::Delete)
            | (ReasonKind::Removed, Action::Forget) => "delete_because_no_resource_config",
            (ReasonKind::CountIndex, Action::Delete) => "delete_because_count_index",
            (ReasonKind::ForEachKey, Action::Delete) => "delete_because_each_key",
            (ReasonKind::WrongRepetition, Action::Delete) => "delete_because_wrong_repetition",
            (ReasonKind::NoModule, Action::Delete) => "delete_because_no_module",
            (ReasonKind::ConfigUnknown, Action::Read) => "read_because_config_unknown",
            (ReasonKind::DependencyPending, Action::Read) => "read_because_dependency_pending",
            (_, _) => return None,
        })
    };
    change.reasons.iter().find_map(|reason| of(reason.kind))
}

fn actions(action: Action) -> Json {
    match action {
        Action::NoOp => json!(["no-op"]),
        Action::Read => json!(["read"]),
        Action::Create => json!(["create"]),
        Action::Update => json!(["update"]),
        Action::DeleteThenCreate => json!(["delete", "create"]),
        Action::CreateThenDelete => json!(["create", "delete"]),
        Action::Delete => json!(["delete"]),
        Action::Forget => json!(["forget"]),
    }
}

/// What a row of a change and one of a state both begin with.
fn identity(address: &InstanceAddress, provider: &ProviderConfigAddress) -> Map<String, Json> {
    let resource = &address.resource;
    let mut row = Map::new();
    row.insert("address".into(), json!(address.to_string()));
    if !resource.module.is_root() {
        row.insert("module_address".into(), json!(resource.module.to_string()));
    }
    row.insert("mode".into(), json!(mode(resource.mode)));
    row.insert("type".into(), json!(resource.resource_type));
    row.insert("name".into(), json!(resource.name));
    if let Some(key) = &address.key {
        row.insert("index".into(), index(key));
    }
    row.insert("provider_name".into(), json!(provider.provider.to_string()));
    row
}

fn schema_version(change: &ResourceChange, schemas: &Schemas) -> u64 {
    let resource = &change.address.resource;
    let (provider, name) = (&change.provider.provider, &resource.resource_type);
    match resource.mode {
        ResourceMode::Managed => schemas
            .resource(provider, name)
            .map_or(0, |resource| resource.schema().version),
        ResourceMode::Data | ResourceMode::Ephemeral => 0,
    }
}

/// The row of an object in a tree of modules.
fn object(change: &ResourceChange, value: &Value, schemas: &Schemas) -> Map<String, Json> {
    let mut row = identity(&change.address, &change.provider);
    row.remove("module_address");
    row.insert("schema_version".into(), json!(schema_version(change, schemas)));
    let values = visible(value);
    // As Terraform has it, an object of which nothing is known yet has no values.
    if values.as_object().is_none_or(|values| !values.is_empty()) {
        row.insert("values".into(), values);
    }
    row.insert("sensitive_values".into(), secrets(value));
    row
}

/// The objects and outputs as planned.
fn planned_values(plan: &Plan, schemas: &Schemas) -> Json {
    let mut modules = Modules::default();
    let kept = changes(plan).filter(|change| change.deposed.is_none() && change.action != Action::Delete);
    for change in kept {
        let row = match &change.after {
            Some(after) => object(change, after, schemas),
            // What is dropped from the state is still there, without what is known of it.
            None => {
                let mut row = object(change, &Value::null(Type::Dynamic), schemas);
                row.remove("values");
                row
            }
        };
        modules.add(&change.address, Json::Object(row));
    }
    let outputs = looked_at(plan).filter_map(|(name, change)| {
        let after = change.after.as_ref()?;
        let mut row = json!({ "sensitive": change.sensitive });
        if after.is_wholly_known() {
            // Of a null, a plan does not keep the type.
            row["type"] = if after.is_null() {
                json!("dynamic")
            } else {
                after.ty().to_json()
            };
            row["value"] = if change.sensitive {
                Json::Null
            } else {
                visible(after)
            };
        }
        Some((name.clone(), row))
    });
    values(outputs.collect(), modules)
}

fn values(outputs: Map<String, Json>, modules: Modules) -> Json {
    let mut all = map("outputs", outputs);
    all.insert("root_module".into(), modules.tree());
    Json::Object(all)
}

/// The objects and outputs before the plan, as they were observed.
fn prior_state(plan: &Plan, schemas: &Schemas) -> Option<Json> {
    let mut modules = Modules::default();
    for change in plan.changes.iter().chain(&plan.untargeted) {
        let Some(before) = change.before.as_ref().filter(|before| !before.is_null()) else {
            continue;
        };
        let mut row = object(change, before, schemas);
        let mut dependencies: BTreeSet<String> = change
            .dependencies
            .iter()
            .map(|address| address.without_keys().to_string())
            .collect();
        if change.action != Action::NoOp {
            dependencies.extend(change.recorded_dependencies.iter().map(ToString::to_string));
        }
        if !dependencies.is_empty() {
            row.insert("depends_on".into(), json!(dependencies));
        }
        if change.tainted {
            row.insert("tainted".into(), json!(true));
        }
        if let Some(key) = &change.deposed {
            row.insert("deposed_key".into(), json!(key));
        }
        modules.add(&change.address, Json::Object(row));
    }
    let outputs: Map<String, Json> = plan
        .outputs
        .iter()
        .filter_map(|(name, change)| {
            // What is known already counts as read.
            let known = change.after.as_ref().filter(|after| after.is_wholly_known());
            let held = known.or(change.before.as_ref())?;
            if held.is_null() {
                return None;
            }
            let row = json!({
                "sensitive": held.marks.contains(regprov_value::Marks::SENSITIVE),
                "type": held.ty().to_json(),
                "value": visible(held),
            });
            Some((name.clone(), row))
        })
        .collect();
    (!modules.is_empty() || !outputs.is_empty()).then(|| {
        json!({
            "format_version": "1.0",
            "terraform_version": TERRAFORM_VERSION,
            "values": values(outputs, modules),
        })
    })
}
