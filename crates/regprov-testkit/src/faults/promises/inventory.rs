//! Whether the state speaks of what stands in the clouds.

use std::collections::BTreeSet;

use regprov_emulator::Item;
use regprov_state::Snapshot;
use serde_json::Value as Json;

/// Where the objects of a Harbor are, by their table: what the ids end with that the state has for them.
const HARBOR: &[(&str, &str)] = &[
    ("harbor/immutable_tag_rules", "immutabletagrules"),
    ("harbor/labels", "labels"),
    ("harbor/projects", "projects"),
    ("harbor/registries", "registries"),
    ("harbor/replication_policies", "replication/policies"),
    ("harbor/robots", "robots"),
    ("harbor/user_groups", "usergroups"),
    ("harbor/webhook_policies", "webhook/policies"),
];

/// What comes and goes with something else, or has no name of its own: how much of it there is is measured.
const ATTACHED: &[&str] = &[
    "dockerhub/repository_teams",
    "google/bindings",
    "google/services",
    "harbor/configurations",
    "harbor/cve_allowlists",
    "harbor/preheat_instances",
    "harbor/project_members",
    "harbor/quotas",
    "harbor/retention_policies",
    "harbor/scanners",
    "harbor/schedules",
];

/// Whether the state, whose texts are given, speaks of an object.
pub(super) fn is_known(item: &Item, known: &BTreeSet<String>) -> bool {
    let id = item.id.to_lowercase();
    let (parent, last) = id.rsplit_once('/').unwrap_or(("", &id));
    if let Some((_, path)) = HARBOR.iter().find(|(kind, _)| *kind == item.kind) {
        let end = format!("/{path}/{last}");
        return known.iter().any(|text| text.ends_with(&end));
    }
    match item.kind.as_str() {
        // The state knows the token, and which of its slots are filled is checked with its secrets.
        "azure/registry_token_passwords" => known.contains(parent),
        // Those of managed identities go by their name.
        "azure/federated_identity_credentials" => {
            let name = item.name.as_deref().unwrap_or_default();
            known.contains(last) || known.contains(&name.to_lowercase())
        }
        kind if ATTACHED.contains(&kind) => true,
        _ => known.contains(&id) || known.contains(last),
    }
}

/// Every text of the state in small letters, and the last part of each path.
pub(super) fn texts(snapshot: &Snapshot) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for state in snapshot.instances.values() {
        for value in state.attributes.values() {
            gather(value, &mut found);
        }
    }
    found
}

fn gather(value: &Json, found: &mut BTreeSet<String>) {
    match value {
        Json::String(text) => {
            let text = text.to_lowercase();
            if let Some((_, last)) = text.rsplit_once('/') {
                found.insert(last.to_owned());
            }
            found.insert(text);
        }
        Json::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Json::Object(fields) => fields.values().for_each(|item| gather(item, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
