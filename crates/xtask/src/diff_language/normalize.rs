//! Plans as JSON, freed of what legitimately differs.

use serde_json::Value as Json;

/// The value with null wherever the flags say that it is secret.
pub(super) fn without_secrets(value: &Json, secret: &Json) -> Json {
    match (value, secret) {
        (_, Json::Bool(true)) => Json::Null,
        (Json::Array(items), Json::Array(flags)) => Json::Array(
            items
                .iter()
                .zip(flags.iter().chain(std::iter::repeat(&Json::Null)))
                .map(|(item, flag)| without_secrets(item, flag))
                .collect(),
        ),
        (Json::Object(items), Json::Object(_)) => Json::Object(
            items
                .iter()
                .map(|(name, item)| (name.clone(), without_secrets(item, &secret[name])))
                .collect(),
        ),
        _ => value.clone(),
    }
}

/// A plan without what legitimately differs: versions, times, and the values of secrets, which one program shows.
pub(super) fn plan(plan: &Json) -> Json {
    let mut plan = plan.clone();
    let declared = plan["configuration"]["root_module"]["variables"].clone();
    if let Some(all) = plan.as_object_mut() {
        all.remove("terraform_version");
        all.remove("timestamp");
    }
    each(&mut plan["variables"], |name, variable| {
        if declared[name]["sensitive"] == true {
            variable["value"] = Json::Null;
        }
    });
    for list in ["resource_changes", "resource_drift"] {
        for row in plan[list].as_array_mut().into_iter().flatten() {
            let echo = row["type"] == "terraform_data";
            let change = &mut row["change"];
            if echo {
                without_echo(change, "before", "before_sensitive");
                without_echo(change, "after", "after_sensitive");
            }
            change["before"] = without_secrets(&change["before"], &change["before_sensitive"]);
            change["after"] = without_secrets(&change["after"], &change["after_sensitive"]);
        }
    }
    each(&mut plan["output_changes"], |_, change| {
        if change["after_sensitive"] == true {
            change["before"] = Json::Null;
            if let Some(after) = change.get_mut("after") {
                *after = Json::Null;
            }
        }
    });
    values(&mut plan["planned_values"]);
    if let Some(prior) = plan.get_mut("prior_state") {
        if let Some(all) = prior.as_object_mut() {
            all.remove("terraform_version");
        }
        values(&mut prior["values"]);
    }
    if let Some(Json::Array(rows)) = plan.get_mut("relevant_attributes") {
        rows.sort_by_key(ToString::to_string);
    }
    without_nothing(plan)
}

fn each(map: &mut Json, mut change: impl FnMut(&str, &mut Json)) {
    for (name, item) in map.as_object_mut().into_iter().flatten() {
        change(name, item);
    }
}

/// The outputs and modules of a state.
fn values(state: &mut Json) {
    each(&mut state["outputs"], |_, output| {
        if output["sensitive"] == true && output.get("value").is_some() {
            output["value"] = Json::Null;
        }
    });
    module(&mut state["root_module"]);
}

/// Terraform forgets that the `output` of a `terraform_data` is secret where its `input` is; regprov does not.
fn without_echo(row: &mut Json, values: &str, flags: &str) {
    let secret = |flags: &Json| flags.to_string().contains("true");
    if !secret(&row[flags]["input"]) && !secret(&row[flags]["output"]) {
        return;
    }
    for part in [values, flags] {
        if let Some(all) = row[part].as_object_mut() {
            all.remove("output");
        }
    }
}

fn module(of: &mut Json) {
    for row in of["resources"].as_array_mut().into_iter().flatten() {
        if row["type"] == "terraform_data" {
            without_echo(row, "values", "sensitive_values");
        }
        row["values"] = without_secrets(&row["values"], &row["sensitive_values"]);
        if let Some(Json::Array(dependencies)) = row.get_mut("depends_on") {
            dependencies.sort_by_key(ToString::to_string);
        }
    }
    for child in of["child_modules"].as_array_mut().into_iter().flatten() {
        module(child);
    }
}

/// Indexing leaves nulls behind at the top; a part that is not there is not there.
fn without_nothing(plan: Json) -> Json {
    match plan {
        Json::Object(all) => Json::Object(all.into_iter().filter(|(_, part)| !part.is_null()).collect()),
        other => other,
    }
}

/// Where two documents differ: the place, Terraform's side, ours.
pub(super) fn differences(theirs: &Json, ours: &Json) -> Vec<String> {
    let mut found = Vec::new();
    compare("", theirs, ours, &mut found);
    found
}

fn compare(at: &str, theirs: &Json, ours: &Json, found: &mut Vec<String>) {
    let short = |value: &Json| {
        let text = value.to_string();
        let cut: String = text.chars().take(160).collect();
        if cut.len() < text.len() {
            format!("{cut}…")
        } else {
            cut
        }
    };
    match (theirs, ours) {
        (Json::Object(one), Json::Object(two)) => {
            for (name, value) in one {
                match two.get(name) {
                    Some(other) => compare(&format!("{at}/{name}"), value, other, found),
                    None => found.push(format!("{at}/{name}: only terraform: {}", short(value))),
                }
            }
            for (name, value) in two.iter().filter(|(name, _)| !one.contains_key(*name)) {
                found.push(format!("{at}/{name}: only regprov: {}", short(value)));
            }
        }
        (Json::Array(one), Json::Array(two)) if one.len() == two.len() => {
            for (index, (value, other)) in one.iter().zip(two).enumerate() {
                compare(&format!("{at}/{index}"), value, other, found);
            }
        }
        _ if theirs == ours => {}
        _ => found.push(format!(
            "{at}: terraform {}, regprov {}",
            short(theirs),
            short(ours)
        )),
    }
}
