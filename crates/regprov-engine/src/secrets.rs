//! Which places of a state are secret: those that other tools wrote do not name them all.

use crate::convert::{declared, marked, sensitive_paths};
use crate::freshness;
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use regprov_plan::{Schemas, decode_attributes};
use regprov_schema::Block;
use regprov_state::{InstanceState, Snapshot};
use regprov_value::{Data, Type, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Adds to every recorded object of a known type the places that its schema calls secret: states that other tools wrote do not
/// name them all. An object that does not have the form of its schema is left as it is.
pub fn declare_secrets(snapshot: &mut Snapshot, schemas: &Schemas) {
    for (key, state) in &mut snapshot.instances {
        let resource = &key.address.resource;
        let Some(known) = schemas.resource(&state.provider.provider, &resource.resource_type) else {
            continue;
        };
        let block = &known.schema().block;
        let attributes = Json::Object(state.attributes.clone());
        let Ok(object) = decode_attributes(&attributes, block, &[]) else {
            continue;
        };
        state.sensitive_paths.extend(sensitive_paths(&object, block));
        state
            .sensitive_paths
            .extend(derived(&state.sensitive_paths, block));
        state.sensitive_paths.sort();
        state.sensitive_paths.dedup();
    }
    declare_copies(snapshot);
}

/// Adds the places that hold the very text of a secret of another: Terraform drops the marks of what a provider computes, so
/// that whatever takes a secret from there is unmarked.
fn declare_copies(snapshot: &mut Snapshot) {
    let long = |text: &&str| text.chars().count() >= SHORTEST;
    let secrets: BTreeSet<String> = snapshot
        .secret_texts()
        .into_iter()
        .filter(long)
        .map(str::to_owned)
        .collect();
    if secrets.is_empty() {
        return;
    }
    for state in snapshot.instances.values_mut() {
        let mut found = Vec::new();
        for (name, value) in &state.attributes {
            copies(
                value,
                &secrets,
                &mut vec![AttributeStep::Name(name.clone())],
                &mut found,
            );
        }
        found.retain(|path| !state.sensitive_paths.iter().any(|known| path.starts_with(known)));
        declare_unmarked(state, found);
    }
}

fn copies(
    value: &Json,
    secrets: &BTreeSet<String>,
    at: &mut Vec<AttributeStep>,
    found: &mut Vec<AttributePath>,
) {
    let mut inside = |step: AttributeStep, item: &Json| {
        at.push(step);
        copies(item, secrets, at, found);
        at.pop();
    };
    match value {
        Json::String(text) if secrets.contains(text) => found.push(AttributePath(at.clone())),
        // A value of any type stands beside its type.
        Json::Object(pair) if pair.len() == 2 && pair.contains_key("type") && pair.contains_key("value") => {
            copies(&pair["value"], secrets, at, found);
        }
        Json::Object(entries) => entries
            .iter()
            .for_each(|(name, item)| inside(AttributeStep::Name(name.clone()), item)),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| inside(AttributeStep::Index(InstanceKey::Int(index as u64)), item)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The shortest text that is looked for elsewhere: shorter ones are equal by chance.
const SHORTEST: usize = 8;

/// The field of an instance in the state that names what Terraform wrote without a mark, and what is secret all the same.
const UNMARKED: &str = "regprov_unmarked";

/// Adds the places that a plan calls secret to an object that stays as it is: Terraform drops the marks of what a provider computes,
/// so that a state that it wrote holds in clear what was taken from there. The attributes stay as they are recorded.
pub(crate) fn declare_planned(state: &mut InstanceState, planned: &Value, block: &Block) {
    let (mut told, mut known) = (Vec::new(), Vec::new());
    marked(planned, &mut Vec::new(), &mut told);
    declared(planned, block, &mut Vec::new(), &mut known);
    known.extend(state.sensitive_paths.iter().cloned());
    let mut new: Vec<AttributePath> = told
        .into_iter()
        .filter(|path| !known.iter().any(|known| path.starts_with(known)))
        .filter_map(|path| outside_sets(planned, path))
        .collect();
    new.extend(derived(&new, block));
    new.retain(|path| !state.sensitive_paths.contains(path));
    declare_unmarked(state, new);
}

/// Adds places that Terraform does not mark, with a note that it does not.
fn declare_unmarked(state: &mut InstanceState, new: Vec<AttributePath>) {
    if new.is_empty() {
        return;
    }
    let noted = state
        .extra
        .entry(UNMARKED)
        .or_insert_with(|| Json::Array(Vec::new()));
    if let Json::Array(noted) = noted {
        noted.extend(new.iter().map(|path| Json::String(path.to_string())));
    }
    state.sensitive_paths.extend(new);
    state.sensitive_paths.sort();
    state.sensitive_paths.dedup();
}

/// The path to the outermost set on the way, as the elements of a set have no place of their own; `None` where there is nothing.
fn outside_sets(object: &Value, path: AttributePath) -> Option<AttributePath> {
    let mut value = object;
    for at in 0..path.0.len() {
        if matches!(value.data, Data::Set(..)) {
            return Some(AttributePath(path.0[..at].to_vec()));
        }
        value = value.at(&AttributePath(path.0[at..=at].to_vec()))?;
    }
    (!value.is_null()).then_some(path)
}

/// Takes from what recorded objects call secret what Terraform would not: it holds for secret what the configuration or the schema says,
/// and never what a provider computed from a secret. A state that is given to Terraform with more makes it plan a change. Notes of
/// our own go too.
pub fn declare_as_terraform(snapshot: &mut Snapshot, schemas: &Schemas) {
    for (key, state) in &mut snapshot.instances {
        if let Some(Json::Array(unmarked)) = state.extra.shift_remove(UNMARKED) {
            state
                .sensitive_paths
                .retain(|path| !unmarked.contains(&Json::String(path.to_string())));
        }
        freshness::forget(state);
        let resource = &key.address.resource;
        let Some(known) = schemas.resource(&state.provider.provider, &resource.resource_type) else {
            continue;
        };
        let attributes = &known.schema().block.attributes;
        state.sensitive_paths.retain(|path| match path.0.first() {
            Some(AttributeStep::Name(name)) => attributes.get(name.as_str()).is_none_or(|attribute| {
                attribute.sensitive || attribute.required || attribute.optional || !attribute.computed
            }),
            Some(_) | None => true,
        });
    }
}

/// The places in attributes of any type that have their value from another attribute, where that one is secret: `output` of
/// `terraform_data`, which Terraform leaves in clear.
fn derived(secret: &[AttributePath], block: &Block) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    for (name, attribute) in &block.attributes {
        let [source] = attribute.recomputed_by else {
            continue;
        };
        if attribute.ty != Type::Dynamic {
            continue;
        }
        for path in secret {
            if let Some((AttributeStep::Name(first), rest)) = path.0.split_first()
                && first.as_str() == *source
            {
                let head = AttributeStep::Name((*name).into());
                paths.push(AttributePath([std::slice::from_ref(&head), rest].concat()));
            }
        }
    }
    paths
}
