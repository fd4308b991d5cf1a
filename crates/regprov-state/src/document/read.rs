//! From the file to the snapshot.

use regprov_addr::{InstanceKey, ModuleAddress, ProviderConfigAddress, ResourceAddress, ResourceMode};
use serde_json::{Map, Value};

use super::{Document, KNOWN, Opened, PENDING, PENDING_PLACE, Sealed, output_place};
use crate::error::StateError;
use crate::paths;
use crate::record::OpenBegin;
use crate::seal::{SealError, Sealer};
use crate::snapshot::{InstanceState, ObjectKey, OutputState, Snapshot, Status, parse_address};

/// Reads a whole state; sealed values are opened. Without a sealer they stay as they are, for views that show no secrets.
pub(crate) fn open(document: Document, sealer: Option<&Sealer>) -> Result<Opened, StateError> {
    let location = document.location.clone();
    let mut reader = Reader {
        sealer,
        sealed: Sealed::new(),
    };
    let serial = document.serial()?;
    let lineage = document.lineage()?.to_owned();
    let mut fields = document.fields;
    let mut snapshot = Snapshot {
        terraform_version: text_field(&fields, "terraform_version"),
        serial,
        lineage,
        check_results: fields.shift_remove("check_results").unwrap_or_default(),
        ..Snapshot::default()
    };
    let result = reader
        .outputs(&mut snapshot, fields.shift_remove("outputs"))
        .and_then(|()| reader.resources(&mut snapshot, fields.shift_remove("resources")))
        .and_then(|()| reader.pending(fields.shift_remove(PENDING)));
    let pending = result.map_err(|problem| problem.at(&location))?;
    // What is left keeps its order.
    fields.retain(|name, _| !KNOWN.contains(&name.as_str()));
    snapshot.extra = fields;
    Ok(Opened {
        snapshot,
        pending,
        sealed: reader.sealed,
    })
}

enum Problem {
    Text(String),
    Seal(SealError),
}

impl Problem {
    fn at(self, location: &str) -> StateError {
        match self {
            Self::Text(problem) => StateError::malformed(location, problem),
            Self::Seal(error) => error.into(),
        }
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

struct Reader<'a> {
    sealer: Option<&'a Sealer>,
    sealed: Sealed,
}

impl Reader<'_> {
    fn outputs(&mut self, snapshot: &mut Snapshot, value: Option<Value>) -> Result<(), Problem> {
        for (name, value) in object(value, "`outputs`")? {
            let what = format!("output `{name}`");
            let mut fields = object(Some(value), &what)?;
            let mut holder = Map::from_iter([(
                "value".to_owned(),
                fields.shift_remove("value").unwrap_or_default(),
            )]);
            self.open_within(&output_place(&name), &mut holder)?;
            let output = OutputState {
                value: holder.shift_remove("value").unwrap_or_default(),
                value_type: fields.shift_remove("type").unwrap_or_default(),
                sensitive: flag(&mut fields, "sensitive", &what)?,
                extra: fields,
            };
            snapshot.outputs.insert(name, output);
        }
        Ok(())
    }

    fn resources(&mut self, snapshot: &mut Snapshot, value: Option<Value>) -> Result<(), Problem> {
        for (index, value) in array(value, "`resources`")?.into_iter().enumerate() {
            self.resource(
                snapshot,
                object(Some(value), &format!("`resources[{index}]`"))?,
                index,
            )?;
        }
        Ok(())
    }

    fn resource(
        &mut self,
        snapshot: &mut Snapshot,
        mut fields: Map<String, Value>,
        index: usize,
    ) -> Result<(), Problem> {
        let address = resource_address(&mut fields, index)?;
        let provider = take_text(&mut fields, "provider", &address.to_string())?;
        let provider: ProviderConfigAddress =
            parse_address(&provider, &format!("the provider of {address}"))?;
        let instances = array(
            fields.shift_remove("instances"),
            &format!("`instances` of {address}"),
        )?;
        if instances.is_empty() {
            snapshot.empty_resources.insert(address.clone(), provider.clone());
        }
        if !fields.is_empty() {
            snapshot.resource_extra.insert(address.clone(), fields);
        }
        for instance in instances {
            let fields = object(Some(instance), &format!("an instance of {address}"))?;
            let (key, state) = self.instance(&address, &provider, fields)?;
            if snapshot.instances.contains_key(&key) {
                return Err(format!("{key} appears more than once").into());
            }
            snapshot.instances.insert(key, state);
        }
        Ok(())
    }

    fn instance(
        &mut self,
        resource: &ResourceAddress,
        provider: &ProviderConfigAddress,
        mut fields: Map<String, Value>,
    ) -> Result<(ObjectKey, InstanceState), Problem> {
        let key = instance_key(fields.shift_remove("index_key"), resource)?;
        let mut object_key = ObjectKey::current(resource.instance(key));
        object_key.deposed = optional_text(&mut fields, "deposed", &object_key.to_string())?;
        let what = object_key.to_string();
        let mut state = InstanceState::new(provider.clone(), Map::new());
        if let Some(own) = optional_text(&mut fields, "provider", &what)? {
            state.provider = parse_address(&own, &format!("the provider of {what}"))?;
        }
        state.attributes = object(
            fields.shift_remove("attributes"),
            &format!("`attributes` of {what}"),
        )?;
        self.open_within(&what, &mut state.attributes)?;
        state.status = status(&mut fields, &what)?;
        state.schema_version = match fields.shift_remove("schema_version") {
            None | Some(Value::Null) => 0,
            Some(version) => version
                .as_u64()
                .ok_or_else(|| format!("`schema_version` of {what} is not a number"))?,
        };
        let paths_of = format!("`sensitive_attributes` of {what}");
        let listed = array(fields.shift_remove("sensitive_attributes"), &paths_of)?;
        for (position, path) in listed.into_iter().enumerate() {
            match paths::from_terraform(&path) {
                Ok(path) => state.sensitive_paths.push(path),
                Err(_) => state.other_sensitive_paths.push((position, path)),
            }
        }
        for text in array(
            fields.shift_remove("dependencies"),
            &format!("`dependencies` of {what}"),
        )? {
            let text = text
                .as_str()
                .ok_or_else(|| format!("a dependency of {what} is not a text"))?;
            state
                .dependencies
                .push(parse_address(text, &format!("the dependency of {what} on"))?);
        }
        state.create_before_destroy = flag(&mut fields, "create_before_destroy", &what)?;
        state.private = optional_text(&mut fields, "private", &what)?;
        state.extra = fields;
        Ok((object_key, state))
    }

    fn pending(&mut self, value: Option<Value>) -> Result<Vec<OpenBegin>, Problem> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let value = match self.sealer {
            Some(sealer) if sealer.is_sealed(&value) => sealer.open_value(PENDING_PLACE, "", &value)?,
            // Only for views; a session always has the sealer of a sealed state.
            None if value.is_object() => return Ok(Vec::new()),
            Some(_) | None => value,
        };
        serde_json::from_value(value)
            .map_err(|reason| format!("its `{PENDING}` cannot be understood ({reason})").into())
    }

    fn open_within(&mut self, place: &str, fields: &mut Map<String, Value>) -> Result<(), SealError> {
        let Some(sealer) = self.sealer else { return Ok(()) };
        let sealed = &mut self.sealed;
        paths::rewrite(fields, &mut |pointer, value| {
            if !sealer.is_sealed(value) {
                return Ok(None);
            }
            let path = pointer.text();
            let opened = sealer.open_value(place, &path, value)?;
            sealed.insert((place.to_owned(), path), value.clone());
            Ok(Some(opened))
        })
    }
}

fn resource_address(fields: &mut Map<String, Value>, index: usize) -> Result<ResourceAddress, Problem> {
    let what = format!("`resources[{index}]`");
    let module = match optional_text(fields, "module", &what)? {
        Some(text) => parse_address(&text, &format!("the module of {what}"))?,
        None => ModuleAddress::root(),
    };
    let mode = match take_text(fields, "mode", &what)?.as_str() {
        "managed" => ResourceMode::Managed,
        "data" => ResourceMode::Data,
        other => return Err(format!("{what} has the mode `{other}`, which is not known").into()),
    };
    let resource_type = take_text(fields, "type", &what)?;
    let name = take_text(fields, "name", &what)?;
    Ok(ResourceAddress {
        module,
        mode,
        resource_type,
        name,
    })
}

fn instance_key(value: Option<Value>, resource: &ResourceAddress) -> Result<Option<InstanceKey>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) => Ok(Some(InstanceKey::String(key))),
        Some(Value::Number(number)) => {
            number
                .as_u64()
                .map(|key| Some(InstanceKey::Int(key)))
                .ok_or_else(|| {
                    format!("{resource} has an instance with the key {number}, which is not a count").into()
                })
        }
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("{resource} has an instance whose key is neither a number nor a text").into())
        }
    }
}

fn status(fields: &mut Map<String, Value>, what: &str) -> Result<Status, Problem> {
    match optional_text(fields, "status", what)?.as_deref() {
        None => Ok(Status::Ready),
        Some("tainted") => Ok(Status::Tainted),
        Some(other) => Err(format!("{what} has the status `{other}`, which is not known").into()),
    }
}

fn object(value: Option<Value>, what: &str) -> Result<Map<String, Value>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(format!("{what} is not an object").into()),
    }
}

fn array(value: Option<Value>, what: &str) -> Result<Vec<Value>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("{what} is not a list").into()),
    }
}

fn flag(fields: &mut Map<String, Value>, name: &str, what: &str) -> Result<bool, Problem> {
    match fields.shift_remove(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(_) => Err(format!("`{name}` of {what} is not true or false").into()),
    }
}

/// Takes a text; absent, null and empty are the same, as they are for Terraform.
fn optional_text(fields: &mut Map<String, Value>, name: &str, what: &str) -> Result<Option<String>, Problem> {
    match fields.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` of {what} is not a text").into()),
    }
}

fn take_text(fields: &mut Map<String, Value>, name: &str, what: &str) -> Result<String, Problem> {
    optional_text(fields, name, what)?.ok_or_else(|| format!("{what} has no `{name}`").into())
}

fn text_field(fields: &Map<String, Value>, name: &str) -> String {
    fields
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
