//! What of a bucket can be set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::period;
use crate::answer::Answer;
use crate::ovh::failure::{conflict, invalid};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct New {
    pub(super) name: String,
    pub(super) owner_id: Option<u64>,
    versioning: Option<Versioning>,
    encryption: Option<Encryption>,
    object_lock: Option<ObjectLock>,
    replication: Option<Replication>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Change {
    versioning: Option<Versioning>,
    encryption: Option<Encryption>,
    object_lock: Option<ObjectLock>,
    replication: Option<Replication>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Versioning {
    status: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Encryption {
    sse_algorithm: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectLock {
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    mode: String,
    period: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replication {
    #[serde(default)]
    rules: Vec<ReplicationRule>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplicationRule {
    id: Option<String>,
    status: Option<String>,
    priority: Option<u64>,
    filter: Option<Filter>,
    destination: Destination,
    delete_marker_replication: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    prefix: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Destination {
    name: String,
    region: String,
    storage_class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remove_on_main_bucket_deletion: Option<bool>,
}

/// The settings as they are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    versioning: String,
    encryption: String,
    lock: Option<ObjectLock>,
    replication: Option<Replication>,
    tags: BTreeMap<String, String>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            versioning: "disabled".to_owned(),
            encryption: "plaintext".to_owned(),
            lock: None,
            replication: None,
            tags: BTreeMap::new(),
        }
    }
}

fn one_of(name: &str, value: &str, known: &[&str]) -> Result<(), Answer> {
    if known.contains(&value) {
        return Ok(());
    }
    Err(invalid(&format!(
        "[{name}] Given data ({value}) does not belong to its enumeration"
    )))
}

impl Kept {
    /// The settings of a new bucket.
    pub(super) fn of(new: New) -> Result<Self, Answer> {
        let mut kept = Self::default();
        let locked = new
            .object_lock
            .as_ref()
            .is_some_and(|lock| lock.status.as_deref() == Some("enabled"));
        if locked {
            // Objects can be held only where their versions are kept.
            "enabled".clone_into(&mut kept.versioning);
            kept.lock = Some(ObjectLock {
                status: Some("enabled".to_owned()),
                rule: None,
            });
        }
        kept.change(Change {
            versioning: new.versioning,
            encryption: new.encryption,
            object_lock: new.object_lock,
            replication: new.replication,
            tags: new.tags,
        })?;
        Ok(kept)
    }

    /// Changes what is told.
    pub(super) fn change(&mut self, change: Change) -> Result<(), Answer> {
        if let Some(status) = change.versioning.and_then(|versioning| versioning.status) {
            one_of("status", &status, &["enabled", "disabled", "suspended"])?;
            if self.lock.is_some() && status != "enabled" {
                return Err(conflict("Versioning cannot end while objects can be locked"));
            }
            if status == "disabled" && self.versioning != "disabled" {
                return Err(conflict("Versioning can be suspended, not disabled again"));
            }
            self.versioning = status;
        }
        if let Some(algorithm) = change.encryption.and_then(|encryption| encryption.sse_algorithm) {
            one_of("sseAlgorithm", &algorithm, &["AES256", "plaintext"])?;
            self.encryption = algorithm;
        }
        if let Some(lock) = change.object_lock {
            self.lock(lock)?;
        }
        if let Some(replication) = change.replication {
            self.replicate(replication)?;
        }
        if let Some(tags) = change.tags {
            self.tags = tags;
        }
        Ok(())
    }

    fn lock(&mut self, mut lock: ObjectLock) -> Result<(), Answer> {
        let status = lock.status.clone().unwrap_or_else(|| "disabled".to_owned());
        one_of("status", &status, &["enabled", "disabled"])?;
        match (self.lock.is_some(), status == "enabled") {
            (false, false) => return Ok(()),
            (false, true) => return Err(conflict("Object lock can be enabled only when a bucket is made")),
            (true, false) => return Err(conflict("Object lock cannot be disabled")),
            (true, true) => {}
        }
        if let Some(rule) = &mut lock.rule {
            one_of("mode", &rule.mode, &["governance", "compliance"])?;
            rule.period = period::normal(&rule.period).ok_or_else(|| {
                invalid(&format!(
                    "[period] Given data ({}) is not a duration",
                    rule.period
                ))
            })?;
        }
        self.lock = Some(lock);
        Ok(())
    }

    fn replicate(&mut self, mut replication: Replication) -> Result<(), Answer> {
        if !replication.rules.is_empty() && self.versioning != "enabled" {
            return Err(conflict("Replication needs versioning"));
        }
        for (number, rule) in (1..).zip(&mut replication.rules) {
            rule.id.get_or_insert_with(|| format!("rule-{number}"));
            rule.priority.get_or_insert(number);
            rule.status.get_or_insert_with(|| "enabled".to_owned());
            rule.delete_marker_replication
                .get_or_insert_with(|| "disabled".to_owned());
            rule.destination
                .storage_class
                .get_or_insert_with(|| "STANDARD".to_owned());
        }
        self.replication = Some(replication).filter(|replication| !replication.rules.is_empty());
        Ok(())
    }

    /// Adds the settings to a body.
    pub(super) fn write(&self, body: &mut Value) {
        body["versioning"] = json!({ "status": self.versioning });
        body["encryption"] = json!({ "sseAlgorithm": self.encryption });
        body["objectLock"] = match &self.lock {
            Some(lock) => json!(lock),
            None => json!({ "status": "disabled" }),
        };
        let mut replication = self.replication.clone().unwrap_or_default();
        for rule in &mut replication.rules {
            // It is taken and never told.
            rule.destination.remove_on_main_bucket_deletion = None;
        }
        body["replication"] = json!(replication);
        body["tags"] = json!(self.tags);
    }
}
