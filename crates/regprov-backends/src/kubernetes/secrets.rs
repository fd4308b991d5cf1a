//! Secrets as named bytes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use regprov_state::Version;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::{Cluster, Wrote};
use crate::objects::{Condition, Found, ObjectError, Objects, Written};

/// How much of a compressed state one secret holds.
const CHUNK: usize = 1_048_576;
/// What our own secrets are found by.
const OWN: &str = "regprov-state";

/// The secrets of one workspace.
pub(super) struct Secrets {
    pub(super) cluster: Arc<Cluster>,
    state: String,
    /// The labels that Terraform gives its secrets and leases.
    labels: BTreeMap<String, String>,
    /// What tells our own secrets of this state from those of others.
    mark: String,
}

impl Secrets {
    pub(super) fn new(
        cluster: Arc<Cluster>,
        (workspace, suffix): (&str, &str),
        more: &BTreeMap<String, String>,
    ) -> Self {
        let state = format!("tfstate-{workspace}-{suffix}");
        let mut labels = BTreeMap::from([
            ("tfstate".to_owned(), "true".to_owned()),
            ("tfstateSecretSuffix".to_owned(), suffix.to_owned()),
            ("tfstateWorkspace".to_owned(), workspace.to_owned()),
            ("app.kubernetes.io/managed-by".to_owned(), "terraform".to_owned()),
        ]);
        labels.extend(more.clone());
        Self {
            mark: hex::encode(&Sha256::digest(&state)[..16]),
            cluster,
            state,
            labels,
        }
    }

    pub(super) fn state(&self) -> String {
        self.state.clone()
    }

    pub(super) fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }

    fn selector(&self) -> String {
        let pairs: Vec<String> = self
            .labels
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join(",")
    }

    fn part(&self, number: usize) -> String {
        if number == 0 {
            self.state.clone()
        } else {
            format!("{}-part-{number}", self.state)
        }
    }

    /// The secrets that hold the state, first part first.
    async fn parts(&self) -> Result<Vec<Value>, ObjectError> {
        let mut parts: Vec<(usize, Value)> = self
            .cluster
            .list("secrets", &self.selector())
            .await?
            .into_iter()
            .filter_map(|secret| {
                let name = secret["metadata"]["name"].as_str()?;
                let number = match name.strip_prefix(&self.state)? {
                    "" => 0,
                    rest => rest.strip_prefix("-part-")?.parse().ok()?,
                };
                Some((number, secret))
            })
            .collect();
        parts.sort_by_key(|(number, _)| *number);
        Ok(parts.into_iter().map(|(_, secret)| secret).collect())
    }

    async fn get_state(&self) -> Result<Option<Found>, ObjectError> {
        let parts = self.parts().await?;
        let Some(first) = parts.first() else {
            return Ok(None);
        };
        let mut compressed = Vec::new();
        for part in &parts {
            compressed.extend(decoded(&part["data"]["tfstate"])?);
        }
        Ok(Some(Found {
            bytes: if compressed.is_empty() {
                Vec::new()
            } else {
                unpacked(&compressed)?
            },
            version: version_of(first)?,
            age: None,
        }))
    }

    /// The first part is written last and decides: it depends on what was read.
    async fn put_state(&self, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        let compressed = packed(bytes)?;
        let mut chunks: Vec<&[u8]> = compressed.chunks(CHUNK).collect();
        let rest = chunks.split_off(1);
        let expected = match condition {
            Condition::Absent => None,
            Condition::Is(version) => Some(version.as_str()),
        };
        if let Some(expected) = expected {
            // So that parts behind the first are not touched in vain.
            let present = self.cluster.get("secrets", &self.state).await?;
            let present = present
                .as_ref()
                .and_then(|secret| secret["metadata"]["resourceVersion"].as_str());
            if present != Some(expected) {
                return Ok(Written::Refused);
            }
        }
        for (index, chunk) in rest.iter().enumerate() {
            let part = self.of_terraform(&self.part(index + 1), chunk);
            self.cluster.put_anyway("secrets", &part).await?;
        }
        let first = self.of_terraform(&self.state, chunks[0]);
        let wrote = match expected {
            None => self.cluster.create("secrets", &first).await?,
            Some(expected) => {
                let change = json!({"data": first["data"], "metadata": {"resourceVersion": expected}});
                self.cluster.change("secrets", &self.state, &change).await?
            }
        };
        let Wrote::Done(object) = wrote else {
            return Ok(Written::Refused);
        };
        for number in (rest.len() + 1).. {
            let name = self.part(number);
            if self.cluster.get("secrets", &name).await?.is_none() {
                break;
            }
            self.cluster.delete("secrets", &name).await?;
        }
        Ok(Written::Done(version_of(&object)?))
    }

    fn of_terraform(&self, name: &str, data: &[u8]) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": self.labels, "annotations": {"encoding": "gzip"}},
            "type": "Opaque",
            "data": {"tfstate": STANDARD.encode(data)},
        })
    }

    fn of_ours(&self, name: &str, bytes: &[u8]) -> Result<Value, ObjectError> {
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": own_name(name),
                "labels": {OWN: self.mark, "app.kubernetes.io/managed-by": "regprov"},
            },
            "type": "Opaque",
            "data": {"bytes": STANDARD.encode(packed(bytes)?)},
        }))
    }
}

/// Names of secrets have no folders.
fn own_name(name: &str) -> String {
    name.replace(".regprov/", ".regprov.")
}

fn version_of(object: &Value) -> Result<Version, ObjectError> {
    let version = object["metadata"]["resourceVersion"].as_str();
    version
        .map(Version::new)
        .ok_or_else(|| ObjectError::new("the cluster tells no version of a secret"))
}

fn decoded(data: &Value) -> Result<Vec<u8>, ObjectError> {
    match data.as_str() {
        Some(text) => STANDARD
            .decode(text)
            .map_err(|_| ObjectError::new("a secret holds what is not base64")),
        None => Ok(Vec::new()),
    }
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, ObjectError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|error| ObjectError::new(error.to_string()))
}

/// More than any state has: a bomb is not unpacked.
const LARGEST: u64 = 512 * 1024 * 1024;

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, ObjectError> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes)
        .take(LARGEST)
        .read_to_end(&mut plain)
        .map_err(|error| ObjectError::new(format!("what a secret holds cannot be unpacked: {error}")))?;
    Ok(plain)
}

/// How long ago the cluster says that an object was written.
fn age(object: &Value, now: Option<Timestamp>) -> Option<Duration> {
    let written = object["metadata"]["managedFields"]
        .as_array()?
        .iter()
        .filter_map(|field| field["time"].as_str()?.parse::<Timestamp>().ok())
        .max()?;
    Duration::try_from(now?.duration_since(written)).ok()
}

#[async_trait]
impl Objects for Secrets {
    fn place(&self, name: &str) -> String {
        format!("{}/{}", self.cluster.place(), own_name(name))
    }

    async fn get(&self, name: &str) -> Result<Option<Found>, ObjectError> {
        if name == self.state {
            return self.get_state().await;
        }
        let Some((object, now)) = self.cluster.get_at("secrets", &own_name(name)).await? else {
            return Ok(None);
        };
        Ok(Some(Found {
            bytes: unpacked(&decoded(&object["data"]["bytes"])?)?,
            version: version_of(&object)?,
            age: age(&object, now),
        }))
    }

    async fn put(&self, name: &str, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        if name == self.state {
            return self.put_state(bytes, condition).await;
        }
        let mut object = self.of_ours(name, bytes)?;
        let wrote = match condition {
            Condition::Absent => self.cluster.create("secrets", &object).await?,
            Condition::Is(expected) => {
                object["metadata"]["resourceVersion"] = expected.as_str().into();
                self.cluster.replace("secrets", &object).await?
            }
        };
        match wrote {
            Wrote::Done(object) => Ok(Written::Done(version_of(&object)?)),
            Wrote::Refused => Ok(Written::Refused),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let objects = self
            .cluster
            .list("secrets", &format!("{OWN}={}", self.mark))
            .await?;
        Ok(objects
            .iter()
            .filter_map(|object| object["metadata"]["name"].as_str())
            .map(|name| name.replace(".regprov.", ".regprov/"))
            .filter(|name| name.starts_with(prefix))
            .collect())
    }

    async fn delete(&self, name: &str) -> Result<(), ObjectError> {
        if name != self.state {
            return self.cluster.delete("secrets", &own_name(name)).await;
        }
        for part in self.parts().await? {
            if let Some(name) = part["metadata"]["name"].as_str() {
                self.cluster.delete("secrets", name).await?;
            }
        }
        Ok(())
    }
}
