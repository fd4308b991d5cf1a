//! What was last recorded, in memory and in clear.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use regprov_addr::{AttributePath, InstanceAddress, ProviderConfigAddress, ResourceAddress};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names one object in the state: that of an instance, or one that was replaced and still awaits its delete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The resource instance.
    pub address: InstanceAddress,
    /// Tells deposed objects of one instance apart: eight hexadecimal digits. `None` for the current object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
}

impl ObjectKey {
    /// Names the current object of an instance.
    #[must_use]
    pub fn current(address: InstanceAddress) -> Self {
        Self {
            address,
            deposed: None,
        }
    }

    /// Names a deposed object of an instance.
    #[must_use]
    pub fn deposed(address: InstanceAddress, key: impl Into<String>) -> Self {
        Self {
            address,
            deposed: Some(key.into()),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.deposed {
            None => self.address.fmt(formatter),
            Some(key) => write!(formatter, "{} (deposed object {key})", self.address),
        }
    }
}

/// Whether an object is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    #[default]
    Ready,
    /// It is half-made, or was marked so: it is replaced next time.
    Tainted,
}

/// One object as it was last recorded. Attributes are in clear here, also the secret ones; they are sealed on their way out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceState {
    /// The provider configuration that made it.
    pub provider: ProviderConfigAddress,
    /// The version of the schema that `attributes` follow.
    #[serde(default)]
    pub schema_version: u64,
    /// The attributes, in clear.
    #[serde(default)]
    pub attributes: Map<String, Value>,
    /// Which of them are secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive_paths: Vec<AttributePath>,
    /// The resources that must outlive it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<ResourceAddress>,
    /// Whether it is whole.
    #[serde(default)]
    pub status: Status,
    /// Whether its replacement is made first.
    #[serde(default)]
    pub create_before_destroy: bool,
    /// The provider's own notes, in the base64 that Terraform writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<String>,
    /// Sensitive paths of a form that has no address here, and where they stand among the others; kept, and honoured as far
    /// as they can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_sensitive_paths: Vec<(usize, Value)>,
    /// Fields that this version does not know (`identity`, `attributes_flat`, later ones).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl InstanceState {
    /// Starts a whole object with no dependencies.
    #[must_use]
    pub fn new(provider: ProviderConfigAddress, attributes: Map<String, Value>) -> Self {
        Self {
            provider,
            schema_version: 0,
            attributes,
            sensitive_paths: Vec::new(),
            dependencies: Vec::new(),
            status: Status::Ready,
            create_before_destroy: false,
            private: None,
            other_sensitive_paths: Vec::new(),
            extra: Map::new(),
        }
    }

    /// Returns the places that hold something secret, in their sealed addressing.
    pub(crate) fn secret_places(&self) -> Vec<crate::paths::Pointer> {
        let prefixes: Vec<AttributePath> = self
            .other_sensitive_paths
            .iter()
            .filter_map(|(_, path)| crate::paths::from_terraform(path).err())
            .collect();
        crate::paths::secret_places(&self.attributes, self.sensitive_paths.iter().chain(&prefixes))
    }
}

impl fmt::Debug for InstanceState {
    /// Names attributes without their values, which may be secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InstanceState")
            .field("provider", &self.provider.to_string())
            .field("schema_version", &self.schema_version)
            .field("attributes", &self.attributes.keys().collect::<Vec<_>>())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The value of a root output as it was last recorded, in clear.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputState {
    /// The value.
    pub value: Value,
    /// Its type, in the JSON form of Terraform's type constraints.
    #[serde(rename = "type")]
    pub value_type: Value,
    /// Whether it is never shown, and sealed at rest.
    #[serde(default)]
    pub sensitive: bool,
    /// Fields that this version does not know.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for OutputState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OutputState")
            .field("type", &self.value_type)
            .field("sensitive", &self.sensitive)
            .finish_non_exhaustive()
    }
}

/// A whole state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The version of Terraform that wrote it last, or the one whose format is written.
    pub terraform_version: String,
    /// Its counter; rises with each change.
    pub serial: u64,
    /// Its family.
    pub lineage: String,
    /// The root outputs.
    pub outputs: BTreeMap<String, OutputState>,
    /// All objects.
    pub instances: BTreeMap<ObjectKey, InstanceState>,
    /// The results of checks, as Terraform keeps them.
    pub check_results: Value,
    /// Fields of a resource that this version does not know.
    pub resource_extra: BTreeMap<ResourceAddress, Map<String, Value>>,
    /// Resources that the file lists without any instance.
    pub empty_resources: BTreeMap<ResourceAddress, ProviderConfigAddress>,
    /// Top-level fields that this version does not know.
    pub extra: Map<String, Value>,
}

impl Snapshot {
    /// Returns the current object of an instance.
    #[must_use]
    pub fn current(&self, address: &InstanceAddress) -> Option<&InstanceState> {
        self.instances.get(&ObjectKey::current(address.clone()))
    }

    /// Returns the current objects of all instances of a resource, in order.
    pub fn instances_of<'a>(
        &'a self,
        resource: &'a ResourceAddress,
    ) -> impl Iterator<Item = (&'a InstanceAddress, &'a InstanceState)> {
        self.instances
            .range(ObjectKey::current(resource.instance(None))..)
            .take_while(move |(key, _)| key.address.resource == *resource)
            .filter(|(key, _)| key.deposed.is_none())
            .map(|(key, state)| (&key.address, state))
    }

    /// Returns the deposed objects, in order.
    pub fn deposed(&self) -> impl Iterator<Item = (&ObjectKey, &InstanceState)> {
        self.instances.iter().filter(|(key, _)| key.deposed.is_some())
    }

    /// Says whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.outputs.is_empty()
    }

    /// Says whether it holds anything that is sealed at rest.
    #[must_use]
    pub fn holds_secrets(&self) -> bool {
        self.outputs
            .values()
            .any(|output| output.sensitive && !output.value.is_null())
            || self
                .instances
                .values()
                .any(|instance| !instance.secret_places().is_empty())
    }

    /// Returns the secret texts that objects hold, for a redactor. Those of outputs are not among them: an output is often
    /// secret as a whole for the sake of one part of it.
    #[must_use]
    pub fn secret_texts(&self) -> Vec<&str> {
        let mut all = Vec::new();
        for state in self.instances.values() {
            for path in &state.sensitive_paths {
                all.extend(crate::paths::texts_at(&state.attributes, path));
            }
        }
        all
    }

    /// Says whether both record the same, whatever their serial and whichever version wrote them.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.lineage == other.lineage
            && self.outputs == other.outputs
            && self.instances == other.instances
            && self.check_results == other.check_results
            && self.resource_extra == other.resource_extra
            && self.empty_resources == other.empty_resources
            && self.extra == other.extra
    }
}

/// Makes the key of a deposed object from random bytes, in the form that Terraform reads.
#[must_use]
pub fn deposed_key(random: [u8; 4]) -> String {
    hex::encode(random)
}

/// Parses what an address printed; the error names the place in the file.
pub(crate) fn parse_address<T: FromStr>(text: &str, what: &str) -> Result<T, String>
where
    T::Err: fmt::Display,
{
    text.parse()
        .map_err(|reason| format!("{what} `{text}` is not valid ({reason})"))
}
