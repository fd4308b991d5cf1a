//! Plans, states and runs as JSON, in Terraform's formats. Secrets are absent: their value is null and their place is marked.

use crate::context::TERRAFORM_VERSION;
use crate::shell::Shell;
use crate::views::plan::Counts;
use jiff::Timestamp;
use regprov_addr::{InstanceAddress, InstanceKey, ModuleAddress, ResourceMode};
use regprov_engine::{Applied, Event, Observer};
use regprov_http::Clock;
use regprov_plan::{Action, Plan, ReasonKind, ResourceChange, Schemas};
use regprov_state::Snapshot;
use regprov_value::{Data, Marks, Value, to_json};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A plan: `format_version` 1.2.
pub(crate) fn plan(plan: &Plan) -> Json {
    let changes: Vec<Json> = plan.changes.iter().map(change).collect();
    let drift: Vec<Json> = plan.drift.iter().map(change).collect();
    let outputs: Map<String, Json> = plan
        .outputs
        .iter()
        .map(|(name, output)| {
            let actions = match (&output.before, &output.after) {
                (None, _) => json!(["create"]),
                (Some(_), None) => json!(["delete"]),
                (Some(before), Some(after)) if before == after => json!(["no-op"]),
                (Some(_), Some(_)) => json!(["update"]),
            };
            let hide = |value: &Option<Value>| match value {
                Some(value) if !output.sensitive => visible(value),
                Some(_) | None => Json::Null,
            };
            let unknown = output.after.as_ref().map_or(Json::Bool(false), unknown);
            let row = json!({
                "actions": actions, "before": hide(&output.before), "after": hide(&output.after), "after_unknown": unknown,
                "before_sensitive": output.sensitive, "after_sensitive": output.sensitive,
            });
            (name.clone(), row)
        })
        .collect();
    let variables: Map<String, Json> = plan
        .variables
        .iter()
        .map(|(name, value)| (name.clone(), json!({ "value": visible(value) })))
        .collect();
    json!({
        "format_version": "1.2",
        "terraform_version": TERRAFORM_VERSION,
        "variables": variables,
        "planned_values": { "root_module": planned_module(plan) },
        "resource_drift": drift,
        "resource_changes": changes,
        "output_changes": outputs,
        "checks": checks(plan),
        "timestamp": plan.created.to_string(),
        "applyable": plan.has_changes(),
        "complete": plan.unchecked.is_empty(),
        "errored": false,
    })
}

fn checks(plan: &Plan) -> Json {
    let rows = plan.checks.iter().map(|check| {
        let problems: Vec<Json> = check
            .messages
            .iter()
            .map(|message| json!({ "message": message }))
            .collect();
        json!({ "address": { "to_display": check.subject }, "status": check.status, "problems": problems })
    });
    Json::Array(rows.collect())
}

/// The objects as planned, in modules.
fn planned_module(plan: &Plan) -> Json {
    let mut rows: BTreeMap<ModuleAddress, Vec<Json>> = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| change.deposed.is_none()) {
        if let Some(after) = &change.after {
            let mut row = identity(change);
            row.insert("values".into(), visible(after));
            row.insert("sensitive_values".into(), sensitive(after));
            rows.entry(change.address.resource.module.clone())
                .or_default()
                .push(Json::Object(row));
        }
    }
    modules(&rows)
}

/// The root module with its resources, and every other module below it.
fn modules(rows: &BTreeMap<ModuleAddress, Vec<Json>>) -> Json {
    let root = rows.get(&ModuleAddress::root()).cloned().unwrap_or_default();
    let children: Vec<Json> = rows
        .iter()
        .filter(|(address, _)| !address.is_root())
        .map(|(address, rows)| json!({ "address": address.to_string(), "resources": rows }))
        .collect();
    let mut module = json!({ "resources": root });
    if !children.is_empty() {
        module["child_modules"] = Json::Array(children);
    }
    module
}

fn identity(change: &ResourceChange) -> Map<String, Json> {
    let resource = &change.address.resource;
    let mut row = Map::new();
    row.insert("address".into(), json!(change.address.to_string()));
    if !resource.module.is_root() {
        row.insert("module_address".into(), json!(resource.module.to_string()));
    }
    row.insert("mode".into(), json!(mode(resource.mode)));
    row.insert("type".into(), json!(resource.resource_type));
    row.insert("name".into(), json!(resource.name));
    if let Some(key) = &change.address.key {
        row.insert("index".into(), index(key));
    }
    row.insert(
        "provider_name".into(),
        json!(change.provider.provider.to_string()),
    );
    row
}

fn index(key: &InstanceKey) -> Json {
    match key {
        InstanceKey::Int(index) => json!(index),
        InstanceKey::String(key) => json!(key),
    }
}

const fn mode(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "managed",
        ResourceMode::Data => "data",
    }
}

fn change(change: &ResourceChange) -> Json {
    let mut row = identity(change);
    if let Some(previous) = &change.previous_address {
        row.insert("previous_address".into(), json!(previous.to_string()));
    }
    if let Some(key) = &change.deposed {
        row.insert("deposed".into(), json!(key));
    }
    let side = |value: &Option<Value>| value.as_ref().map_or(Json::Null, visible);
    let marks = |value: &Option<Value>| value.as_ref().map_or(Json::Bool(false), sensitive);
    let mut body = json!({
        "actions": actions(change.action),
        "before": side(&change.before),
        "after": side(&change.after),
        "after_unknown": change.after.as_ref().map_or(Json::Bool(false), unknown),
        "before_sensitive": marks(&change.before),
        "after_sensitive": marks(&change.after),
    });
    let paths: Vec<Json> = change
        .reasons
        .iter()
        .filter(|reason| reason.kind == ReasonKind::Immutable)
        .filter_map(|reason| Some(json!([reason.path.as_ref()?.argument()?])))
        .collect();
    if !paths.is_empty() {
        body["replace_paths"] = Json::Array(paths);
    }
    if let Some(id) = &change.importing {
        body["importing"] = json!({ "id": id });
    }
    row.insert("change".into(), body);
    Json::Object(row)
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
fn sensitive(value: &Value) -> Json {
    flags(value, &|value| value.marks.contains(Marks::SENSITIVE))
}

/// `true` where a value is known after apply, in the shape of the value.
fn unknown(value: &Value) -> Json {
    flags(value, &|value| !value.is_known())
}

fn flags(value: &Value, set: &dyn Fn(&Value) -> bool) -> Json {
    if set(value) {
        return Json::Bool(true);
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

/// A state: `format_version` 1.0.
pub(crate) fn state(snapshot: &Snapshot, schemas: &Schemas) -> Json {
    let mut rows: BTreeMap<ModuleAddress, Vec<Json>> = BTreeMap::new();
    for (key, state) in snapshot.instances.iter().filter(|(key, _)| key.deposed.is_none()) {
        let resource = &key.address.resource;
        let object = super::state::object(state, &resource.resource_type, schemas);
        let mut row = json!({
            "address": key.address.to_string(), "mode": mode(resource.mode), "type": resource.resource_type, "name": resource.name,
            "provider_name": state.provider.provider.to_string(), "schema_version": state.schema_version,
            "values": visible(&object), "sensitive_values": sensitive(&object),
        });
        if let Some(instance) = &key.address.key {
            row["index"] = index(instance);
        }
        rows.entry(resource.module.clone()).or_default().push(row);
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
            (
                name.clone(),
                json!({ "sensitive": output.sensitive, "type": output.value_type, "value": value }),
            )
        })
        .collect();
    json!({
        "format_version": "1.0",
        "terraform_version": TERRAFORM_VERSION,
        "values": { "outputs": outputs, "root_module": modules(&rows) },
    })
}

/// The lines that `plan -json` prints: the version, each planned change, the summary.
pub(crate) fn plan_stream(shell: &Shell, plan: &Plan, now: Timestamp) {
    let head = json!({ "type": "version", "terraform": TERRAFORM_VERSION, "ui": "1.2" });
    line(shell, ("info", "regprov"), head, now);
    for change in plan.changes.iter().filter(|change| change.is_change()) {
        let action = hook_action(change.action);
        let message = format!("{}: Plan to {action}", change.address);
        let body = json!({ "type": "planned_change", "change": { "resource": hook_resource(&change.address), "action": action } });
        line(shell, ("info", &message), body, now);
    }
    let counts = Counts::of(plan);
    summary(shell, ("plan", counts), now);
}

/// Tells what `apply -json` does, a line for each event.
pub(crate) struct JsonProgress {
    /// Where the lines go.
    pub(crate) shell: Arc<Shell>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl JsonProgress {
    fn hook(&self, kind: &str, of: (&InstanceAddress, Action), more: Json) {
        let (address, action) = of;
        let mut hook = json!({ "resource": hook_resource(address), "action": hook_action(action) });
        if let (Json::Object(hook), Json::Object(more)) = (&mut hook, more) {
            hook.extend(more);
        }
        let message = format!(
            "{address}: {} {}",
            hook_action(action),
            kind.trim_start_matches("apply_")
        );
        let head = ("info", message.as_str());
        line(
            &self.shell,
            head,
            json!({ "type": kind, "hook": hook }),
            self.clock.now(),
        );
    }
}

impl Observer for JsonProgress {
    fn event(&self, event: Event) {
        match event {
            Event::Started { address, action } => self.hook("apply_start", (&address, action), Json::Null),
            Event::Waiting { address, elapsed, .. } => {
                let more = json!({ "elapsed_seconds": elapsed.as_secs() });
                self.hook("apply_progress", (&address, Action::Update), more);
            }
            Event::Finished {
                address,
                action,
                id,
                elapsed,
            } => {
                let more = json!({ "elapsed_seconds": elapsed.as_secs(), "id_key": "id", "id_value": id });
                self.hook("apply_complete", (&address, action), more);
            }
            Event::Failed { address, action } => self.hook("apply_errored", (&address, action), Json::Null),
            Event::Recovered { address, what } => {
                let message = format!("{address}: an earlier run was cut short: {what}");
                line(
                    &self.shell,
                    ("info", &message),
                    json!({ "type": "log" }),
                    self.clock.now(),
                );
            }
            Event::Connected { .. }
            | Event::Refreshing { .. }
            | Event::LocalStarted { .. }
            | Event::LocalPrinted { .. }
            | Event::LocalLeftOut { .. } => {}
        }
    }
}

/// The last line of `apply -json`: what it came to.
pub(crate) fn applied(shell: &Shell, plan: &Plan, applied: &Applied, now: Timestamp) {
    let mut counts = Counts::default();
    for deed in &applied.done {
        counts.count(deed.action);
    }
    let destroys = plan.mode == regprov_plan::Mode::Destroy;
    summary(shell, (if destroys { "destroy" } else { "apply" }, counts), now);
}

fn summary(shell: &Shell, what: (&str, Counts), now: Timestamp) {
    let (operation, counts) = what;
    let text = format!(
        "{operation}: {} to add, {} to change, {} to destroy.",
        counts.add, counts.change, counts.destroy
    );
    let changes = json!({
        "add": counts.add, "change": counts.change, "import": counts.import, "remove": counts.destroy, "operation": operation,
    });
    line(
        shell,
        ("info", &text),
        json!({ "type": "change_summary", "changes": changes }),
        now,
    );
}

fn hook_resource(address: &InstanceAddress) -> Json {
    let resource = &address.resource;
    json!({
        "addr": address.to_string(), "module": resource.module.to_string(), "resource_type": resource.resource_type,
        "resource_name": resource.name, "resource_key": address.key.as_ref().map(index),
        "implied_provider": resource.resource_type.split('_').next(),
    })
}

const fn hook_action(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Read => "read",
        Action::Create => "create",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Delete => "delete",
        Action::Forget => "remove",
    }
}

/// One line of the stream.
pub(crate) fn line(shell: &Shell, head: (&str, &str), body: Json, now: Timestamp) {
    let (level, message) = head;
    let mut row = json!({ "@level": level, "@message": message, "@module": "terraform.ui", "@timestamp": now.to_string() });
    if let (Json::Object(row), Json::Object(body)) = (&mut row, body) {
        row.extend(body);
    }
    shell.line(row.to_string());
}
