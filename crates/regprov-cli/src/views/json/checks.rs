//! What the conditions of a plan found: a row for every object that has some, with its instances.

use super::shared::{index, mode};
use regprov_addr::{ModuleAddress, ResourceMode};
use regprov_lang::{Configuration, Module};
use regprov_plan::{CheckKind, CheckResult, CheckStatus, Mode, Plan};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// An object with conditions, as it is declared.
struct Declared {
    kind: CheckKind,
    module: String,
    name: String,
}

/// The rows, by address.
pub(super) fn checks(plan: &Plan, configuration: &Configuration) -> Vec<Json> {
    let mut found: BTreeMap<String, (Declared, Vec<&CheckResult>)> = BTreeMap::new();
    for (path, module) in &configuration.modules {
        let module_name: Vec<String> = path.iter().map(|name| format!("module.{name}")).collect();
        for (kind, name) in with_conditions(module) {
            let module = module_name.join(".");
            let address = joined(&module, &name);
            found.insert(address, (Declared { kind, module, name }, Vec::new()));
        }
    }
    for result in &plan.checks {
        let module = written(&result.module.without_keys());
        if let Some((_, results)) = found.get_mut(&joined(&module, &result.name)) {
            results.push(result);
        }
    }
    let unjudged = destroyed_outputs(plan, configuration);
    for result in &unjudged {
        if let Some((_, results)) = found.get_mut(&result.name) {
            results.push(result);
        }
    }
    found
        .into_iter()
        .map(|(address, (declared, results))| row(&address, &declared, &results))
        .collect()
}

/// Destroying judges no conditions, but the outputs of the root module have their one instance.
fn destroyed_outputs(plan: &Plan, configuration: &Configuration) -> Vec<CheckResult> {
    let root = configuration.root().filter(|_| plan.mode == Mode::Destroy);
    let outputs = root.into_iter().flat_map(|root| &root.outputs);
    let conditional = outputs.filter(|(_, output)| !output.preconditions.is_empty());
    let unjudged = conditional.map(|(name, _)| CheckResult {
        kind: CheckKind::Output,
        module: ModuleAddress::root(),
        name: format!("output.{name}"),
        key: None,
        status: CheckStatus::Unknown,
        messages: Vec::new(),
    });
    unjudged.collect()
}

fn joined(module: &str, name: &str) -> String {
    if module.is_empty() {
        name.to_owned()
    } else {
        format!("{module}.{name}")
    }
}

fn written(module: &ModuleAddress) -> String {
    if module.is_root() {
        String::new()
    } else {
        module.to_string()
    }
}

fn with_conditions(module: &Module) -> impl Iterator<Item = (CheckKind, String)> {
    let resources = module.resources.iter().filter(|(_, resource)| {
        let lifecycle = &resource.lifecycle;
        !(lifecycle.preconditions.is_empty() && lifecycle.postconditions.is_empty())
    });
    let outputs = module
        .outputs
        .iter()
        .filter(|(_, output)| !output.preconditions.is_empty());
    let variables = module
        .variables
        .iter()
        .filter(|(_, variable)| !variable.validations.is_empty());
    resources
        .map(|(name, _)| (CheckKind::Resource, name.to_string()))
        .chain(outputs.map(|(name, _)| (CheckKind::Output, format!("output.{name}"))))
        .chain(variables.map(|(name, _)| (CheckKind::Variable, format!("var.{name}"))))
        .chain(
            module
                .checks
                .keys()
                .map(|name| (CheckKind::Check, format!("check.{name}"))),
        )
}

fn row(address: &str, declared: &Declared, results: &[&CheckResult]) -> Json {
    let mut instances: Vec<(String, Json)> = results
        .iter()
        .map(|result| (result.subject(), instance(result)))
        .collect();
    instances.sort_by(|(first, _), (second, _)| first.cmp(second));
    // What was never reached is open.
    let worst = results.iter().map(|result| result.status).max();
    let mut row = json!({
        "address": static_address(address, declared),
        "status": worst.unwrap_or(CheckStatus::Unknown),
    });
    if !instances.is_empty() {
        row["instances"] = instances.into_iter().map(|(_, row)| row).collect();
    }
    row
}

fn static_address(address: &str, declared: &Declared) -> Json {
    let mut row = Map::new();
    row.insert("to_display".into(), json!(address));
    let short = declared.name.split_once('.').map_or("", |(_, name)| name);
    match declared.kind {
        CheckKind::Resource => {
            let data = declared.name.strip_prefix("data.");
            let of = if data.is_some() {
                ResourceMode::Data
            } else {
                ResourceMode::Managed
            };
            let labels = data.unwrap_or(&declared.name);
            let (kind, name) = labels.split_once('.').unwrap_or((labels, ""));
            row.insert("kind".into(), json!("resource"));
            row.insert("mode".into(), json!(mode(of)));
            row.insert("type".into(), json!(kind));
            row.insert("name".into(), json!(name));
        }
        CheckKind::Output => named(&mut row, "output_value", short),
        CheckKind::Check => named(&mut row, "check", short),
        CheckKind::Variable => named(&mut row, "var", short),
    }
    if !declared.module.is_empty() {
        row.insert("module".into(), json!(declared.module));
    }
    Json::Object(row)
}

fn named(row: &mut Map<String, Json>, kind: &str, name: &str) {
    row.insert("kind".into(), json!(kind));
    row.insert("name".into(), json!(name));
}

fn instance(result: &CheckResult) -> Json {
    let mut address = json!({ "to_display": result.subject() });
    if !result.module.is_root() {
        address["module"] = json!(result.module.to_string());
    }
    if let Some(key) = &result.key {
        address["instance_key"] = index(key);
    }
    let mut row = json!({ "address": address, "status": result.status });
    if !result.messages.is_empty() {
        let mut messages = result.messages.clone();
        messages.sort();
        row["problems"] = messages
            .iter()
            .map(|message| json!({ "message": message }))
            .collect();
    }
    row
}
