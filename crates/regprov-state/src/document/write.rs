//! From the snapshot to the file, in Terraform's order and layout.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use regprov_addr::{InstanceKey, ProviderConfigAddress, ResourceAddress, ResourceMode};
use serde_json::{Map, Value, json};

use super::{LOCKED_VERSION, PENDING, PENDING_PLACE, PLAIN_VERSION, SEALING, Sealed, output_place};
use crate::error::StateError;
use crate::head::{self, Head, content_digest};
use crate::paths;
use crate::record::OpenBegin;
use crate::seal::{SealError, Sealer};
use crate::snapshot::{InstanceState, ObjectKey, Snapshot, Status};

/// What goes into a state file.
pub(crate) struct Content<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) serial: u64,
    pub(crate) epoch: u64,
    pub(crate) pending: &'a [OpenBegin],
    pub(crate) sealer: Option<&'a Sealer>,
    /// The sealed values of the file before, which unchanged values keep.
    pub(crate) prior: &'a Sealed,
}

/// Builds the fields of a state file. Secrets are sealed if there is a sealer; the caller sees to it that there is one
/// whenever there are secrets, unless it exports in clear on purpose.
pub(crate) fn build(content: &Content<'_>) -> Result<Map<String, Value>, StateError> {
    let snapshot = content.snapshot;
    let mut writer = Writer { content, used: false };
    let outputs = writer.outputs()?;
    let resources = writer.resources()?;
    let pending = writer.pending()?;
    let sealer = content.sealer.filter(|_| writer.used);
    let locked = sealer.is_some() || pending.is_some();
    let mut fields = Map::new();
    fields.insert(
        "version".into(),
        json!(if locked { LOCKED_VERSION } else { PLAIN_VERSION }),
    );
    fields.insert("terraform_version".into(), json!(snapshot.terraform_version));
    fields.insert("serial".into(), json!(content.serial));
    fields.insert("lineage".into(), json!(snapshot.lineage));
    fields.insert("outputs".into(), outputs);
    fields.insert("resources".into(), resources);
    fields.insert("check_results".into(), snapshot.check_results.clone());
    for (name, value) in &snapshot.extra {
        fields.insert(name.clone(), value.clone());
    }
    if let Some(pending) = pending {
        fields.insert(PENDING.into(), pending);
    }
    if let Some(sealer) = sealer {
        let header = sealer.header();
        let header = serde_json::to_value(header).expect("a header is plain data");
        fields.insert(SEALING.into(), header);
        let head = Head::new(sealer, content.serial, content.epoch, content_digest(&fields));
        let head =
            json!({ "serial": head.serial, "epoch": head.epoch, "digest": head.digest, "mac": head.mac });
        fields.insert(head::FIELD.into(), head);
    }
    Ok(fields)
}

/// Prints fields as Terraform does: two blanks of indentation, `<`, `>` and `&` escaped, a newline at the end.
pub(crate) fn render(fields: &Map<String, Value>) -> Vec<u8> {
    let text = serde_json::to_string_pretty(fields).expect("a JSON value is always printable");
    // Outside of texts none of these characters occurs in JSON.
    let mut escaped = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped.push('\n');
    escaped.into_bytes()
}

struct Writer<'a> {
    content: &'a Content<'a>,
    /// Whether anything was sealed.
    used: bool,
}

impl Writer<'_> {
    fn outputs(&mut self) -> Result<Value, SealError> {
        let mut outputs = Map::new();
        for (name, output) in &self.content.snapshot.outputs {
            let place = output_place(name);
            let mut holder = Map::from_iter([("value".to_owned(), output.value.clone())]);
            let secret = output.sensitive && !output.value.is_null();
            let secrets = if secret {
                vec![paths::Pointer::name("value")]
            } else {
                Vec::new()
            };
            self.seal_within(&place, &mut holder, &secrets)?;
            let mut fields = holder;
            fields.insert("type".into(), output.value_type.clone());
            if output.sensitive {
                fields.insert("sensitive".into(), Value::Bool(true));
            }
            fields.extend(output.extra.clone());
            outputs.insert(name.clone(), Value::Object(fields));
        }
        Ok(Value::Object(outputs))
    }

    fn resources(&mut self) -> Result<Value, SealError> {
        let snapshot = self.content.snapshot;
        let mut grouped: BTreeMap<&ResourceAddress, Vec<(&ObjectKey, &InstanceState)>> = BTreeMap::new();
        for (key, state) in &snapshot.instances {
            grouped
                .entry(&key.address.resource)
                .or_default()
                .push((key, state));
        }
        let mut addresses: BTreeSet<&ResourceAddress> = grouped.keys().copied().collect();
        addresses.extend(snapshot.empty_resources.keys());
        let mut ordered: Vec<_> = addresses
            .into_iter()
            .map(|address| (sort_key(address), address))
            .collect();
        ordered.sort();
        let mut resources = Vec::with_capacity(ordered.len());
        for (_, address) in ordered {
            let instances = grouped.remove(address).unwrap_or_default();
            let provider = match instances.first() {
                Some((_, first)) => &first.provider,
                None => &snapshot.empty_resources[address],
            };
            resources.push(self.resource(address, provider, instances)?);
        }
        Ok(Value::Array(resources))
    }

    fn resource(
        &mut self,
        address: &ResourceAddress,
        provider: &ProviderConfigAddress,
        mut instances: Vec<(&ObjectKey, &InstanceState)>,
    ) -> Result<Value, SealError> {
        instances.sort_by(|(one, _), (other, _)| {
            compare_keys(one.address.key.as_ref(), other.address.key.as_ref())
                .then_with(|| one.deposed.cmp(&other.deposed))
        });
        let mut fields = Map::new();
        if !address.module.is_root() {
            fields.insert("module".into(), json!(address.module.to_string()));
        }
        let mode = match address.mode {
            ResourceMode::Managed => "managed",
            ResourceMode::Data => "data",
            ResourceMode::Ephemeral => "ephemeral",
        };
        fields.insert("mode".into(), json!(mode));
        fields.insert("type".into(), json!(address.resource_type));
        fields.insert("name".into(), json!(address.name));
        let extra = self.content.snapshot.resource_extra.get(address);
        fields.extend(extra.cloned().unwrap_or_default());
        fields.insert("provider".into(), json!(provider.to_string()));
        let written: Result<Vec<_>, _> = instances
            .into_iter()
            .map(|(key, state)| self.instance(key, state, provider))
            .collect();
        fields.insert("instances".into(), Value::Array(written?));
        Ok(Value::Object(fields))
    }

    fn instance(
        &mut self,
        key: &ObjectKey,
        state: &InstanceState,
        provider: &ProviderConfigAddress,
    ) -> Result<Value, SealError> {
        let mut fields = Map::new();
        match &key.address.key {
            None => {}
            Some(InstanceKey::Int(index)) => drop(fields.insert("index_key".into(), json!(index))),
            Some(InstanceKey::String(text)) => drop(fields.insert("index_key".into(), json!(text))),
        }
        match state.status {
            Status::Ready => {}
            Status::Tainted => drop(fields.insert("status".into(), json!("tainted"))),
        }
        if let Some(deposed) = &key.deposed {
            fields.insert("deposed".into(), json!(deposed));
        }
        if state.provider != *provider {
            fields.insert("provider".into(), json!(state.provider.to_string()));
        }
        fields.insert("schema_version".into(), json!(state.schema_version));
        if !(state.attributes.is_empty() && state.extra.contains_key("attributes_flat")) {
            let mut attributes = state.attributes.clone();
            self.seal_within(&key.to_string(), &mut attributes, &state.secret_places())?;
            fields.insert("attributes".into(), Value::Object(attributes));
        }
        let mut sensitive: Vec<_> = state.sensitive_paths.iter().map(paths::to_terraform).collect();
        for (position, path) in &state.other_sensitive_paths {
            sensitive.insert((*position).min(sensitive.len()), path.clone());
        }
        fields.insert("sensitive_attributes".into(), Value::Array(sensitive));
        fields.extend(state.extra.clone());
        if let Some(private) = &state.private {
            fields.insert("private".into(), json!(private));
        }
        if !state.dependencies.is_empty() {
            let dependencies = state
                .dependencies
                .iter()
                .map(|address| json!(address.to_string()));
            fields.insert("dependencies".into(), dependencies.collect());
        }
        if state.create_before_destroy {
            fields.insert("create_before_destroy".into(), Value::Bool(true));
        }
        Ok(Value::Object(fields))
    }

    fn pending(&mut self) -> Result<Option<Value>, StateError> {
        if self.content.pending.is_empty() {
            return Ok(None);
        }
        let value = serde_json::to_value(self.content.pending).map_err(|source| StateError::NotJson {
            location: PENDING.into(),
            source,
        })?;
        let Some(sealer) = self.content.sealer else {
            return Ok(Some(value));
        };
        self.used = true;
        let prior = self.content.prior.get(&(PENDING_PLACE.to_owned(), String::new()));
        Ok(Some(sealer.reseal(PENDING_PLACE, "", &value, prior)?))
    }

    /// Seals the secret places, and whatever else happens to have the form of a sealed value: so that this form always
    /// means one.
    fn seal_within(
        &mut self,
        place: &str,
        fields: &mut Map<String, Value>,
        secrets: &[paths::Pointer],
    ) -> Result<(), SealError> {
        let Some(sealer) = self.content.sealer else {
            return Ok(());
        };
        let prior = self.content.prior;
        let seal = |pointer: &paths::Pointer, value: &Value| {
            let path = pointer.text();
            let prior = prior.get(&(place.to_owned(), path.clone()));
            sealer.reseal(place, &path, value, prior)
        };
        let used = &mut self.used;
        paths::rewrite(fields, &mut |pointer, value| {
            if secrets.binary_search(pointer).is_err() && !sealer.is_sealed(value) {
                return Ok(None);
            }
            *used = true;
            seal(pointer, value).map(Some)
        })
    }
}

/// Terraform's order of resources: by the text of the module, the mode, the type, the name.
fn sort_key(address: &ResourceAddress) -> (String, u8, &str, &str) {
    let mode = match address.mode {
        ResourceMode::Data => 0,
        ResourceMode::Managed | ResourceMode::Ephemeral => 1,
    };
    let module = if address.module.is_root() {
        String::new()
    } else {
        address.module.to_string()
    };
    (module, mode, &address.resource_type, &address.name)
}

fn compare_keys(one: Option<&InstanceKey>, other: Option<&InstanceKey>) -> Ordering {
    one.cmp(&other)
}
