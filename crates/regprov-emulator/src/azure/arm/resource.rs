//! A resource as Resource Manager keeps it: registries, what is inside them, identities.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::context::{Arm, Reply};
use crate::answer::Answer;
use crate::azure::caller::CallerKind;
use crate::clock;
use crate::knobs::LroMode;
use crate::store::Transaction;

/// Registries by lower-case id.
pub(crate) const REGISTRIES: &str = "azure/registries";
/// User-assigned identities by lower-case id.
pub(crate) const IDENTITIES: &str = "azure/user_assigned_identities";
/// What was deleted and can still be read while its deletion runs, by lower-case id.
const DELETING: &str = "_azure_deleting";

/// Every table that holds [`Resource`]s.
pub(crate) const TABLES: &[&str] = &[
    REGISTRIES,
    IDENTITIES,
    "azure/registry_cache_rules",
    "azure/registry_credential_sets",
    "azure/registry_replications",
    "azure/registry_scope_maps",
    "azure/registry_tokens",
    "azure/registry_webhooks",
];

/// A resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `Microsoft.ContainerRegistry/registries`.
    pub(crate) kind: String,
    pub(crate) location: Option<String>,
    pub(crate) sku: Option<String>,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    pub(crate) identity: Option<Value>,
    pub(crate) properties: Map<String, Value>,
    /// Sealed texts by name; never part of an answer as they are.
    pub(crate) sealed: BTreeMap<String, String>,
    pub(crate) created_at: Timestamp,
    pub(crate) created_by: String,
    pub(crate) created_by_type: String,
    pub(crate) modified_at: Timestamp,
    pub(crate) modified_by: String,
    pub(crate) pending: Option<Pending>,
}

/// A long-running operation on a resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// `Creating` or `Updating`.
    pub(crate) doing: String,
    pub(crate) ends_at: Timestamp,
    /// `Succeeded`, `Failed` or `Canceled`.
    pub(crate) outcome: String,
}

#[derive(Serialize, Deserialize)]
struct Deleting {
    until: Timestamp,
    body: Value,
}

impl Resource {
    /// A resource that the caller of a request makes now.
    pub(crate) fn new(tx: &Transaction, creator: (&str, CallerKind), kind: &str, id: String) -> Self {
        let name = id.rsplit('/').next().unwrap_or_default().to_owned();
        let created_by_type = match creator.1 {
            CallerKind::User => "User",
            CallerKind::Application => "Application",
            CallerKind::ManagedIdentity => "ManagedIdentity",
        };
        Self {
            id,
            name,
            kind: kind.to_owned(),
            location: None,
            sku: None,
            tags: None,
            identity: None,
            properties: Map::new(),
            sealed: BTreeMap::new(),
            created_at: tx.now(),
            created_by: creator.0.to_owned(),
            created_by_type: created_by_type.to_owned(),
            modified_at: tx.now(),
            modified_by: creator.0.to_owned(),
            pending: None,
        }
    }

    /// The key in its table.
    pub(crate) fn key(&self) -> String {
        self.id.to_ascii_lowercase()
    }

    /// A text among the properties; empty when absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.properties
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A truth value among the properties; false when absent.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.properties
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    /// Where the resource stands now.
    pub(crate) fn provisioning_state(&self, now: Timestamp) -> &str {
        match &self.pending {
            Some(pending) if now < pending.ends_at => &pending.doing,
            Some(pending) => &pending.outcome,
            None => "Succeeded",
        }
    }

    /// Whether the resource is still being created.
    pub(crate) fn is_creating(&self, now: Timestamp) -> bool {
        self.provisioning_state(now) == "Creating"
    }

    /// The body without its properties.
    pub(crate) fn envelope(&self) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some(sku) = &self.sku {
            body.insert("sku".into(), json!({ "name": sku, "tier": sku }));
        }
        if let Some(identity) = &self.identity {
            body.insert("identity".into(), identity.clone());
        }
        body.insert("type".into(), self.kind.clone().into());
        body.insert("id".into(), self.id.clone().into());
        body.insert("name".into(), self.name.clone().into());
        if let Some(location) = &self.location {
            body.insert("location".into(), location.clone().into());
        }
        if let Some(tags) = &self.tags {
            body.insert("tags".into(), json!(tags));
        }
        body.insert("systemData".into(), self.system_data());
        body
    }

    fn system_data(&self) -> Value {
        let at = |instant| clock::ticks(instant).replace('Z', "+00:00");
        json!({
            "createdBy": self.created_by, "createdByType": self.created_by_type, "createdAt": at(self.created_at),
            "lastModifiedBy": self.modified_by, "lastModifiedByType": self.created_by_type,
            "lastModifiedAt": at(self.modified_at),
        })
    }

    /// The body as Resource Manager answers it, with these properties.
    pub(crate) fn body_with(&self, now: Timestamp, mut properties: Map<String, Value>) -> Value {
        properties.insert("provisioningState".into(), self.provisioning_state(now).into());
        let mut body = self.envelope();
        body.insert("properties".into(), properties.into());
        body.into()
    }

    /// The body as Resource Manager answers it.
    pub(crate) fn body(&self, now: Timestamp) -> Value {
        self.body_with(now, self.properties.clone())
    }
}

impl Arm<'_> {
    /// Who creates and modifies resources in this request.
    pub(super) fn creator(&self) -> (&str, CallerKind) {
        (&self.caller.app_id, self.caller.kind)
    }

    /// Marks a resource as changed by the caller, with an operation under way as the knobs say.
    pub(super) fn begin(&self, resource: &mut Resource, doing: &str) {
        resource.modified_at = self.tx.now();
        resource.modified_by.clone_from(&self.caller.app_id);
        let knobs = self.tx.knobs();
        let outcome = match knobs.lro_mode {
            LroMode::Sync => {
                resource.pending = None;
                return;
            }
            LroMode::Async | LroMode::Location => "Succeeded",
            LroMode::Fail => "Failed",
            LroMode::Cancel => "Canceled",
        };
        let duration = i64::try_from(knobs.lro_duration_ms).unwrap_or(i64::MAX);
        resource.pending = Some(Pending {
            doing: doing.to_owned(),
            ends_at: clock::add(self.tx.now(), duration),
            outcome: outcome.to_owned(),
        });
    }

    /// Remembers how something deleted looked, for reads while its deletion runs.
    pub(super) fn linger(&mut self, key: &str, mut body: Value, until: Timestamp) {
        body["properties"]["provisioningState"] = "Deleting".into();
        let over: Vec<String> = self
            .tx
            .scan::<Deleting>(DELETING, "")
            .into_iter()
            .filter(|(_, old)| old.until <= self.tx.now())
            .map(|(key, _)| key)
            .collect();
        for key in over {
            self.tx.delete(DELETING, &key);
        }
        if until > self.tx.now() {
            self.tx.put(DELETING, key, &Deleting { until, body });
        }
    }

    /// The body of something whose deletion still runs.
    pub(super) fn lingering(&self, key: &str) -> Option<Value> {
        let deleting: Deleting = self.tx.get(DELETING, key)?;
        (self.tx.now() < deleting.until).then_some(deleting.body)
    }

    /// Refuses to write what is still being deleted.
    pub(super) fn refuse_lingering(&self, key: &str, code: &str) -> Result<(), Answer> {
        if self.lingering(key).is_none() {
            return Ok(());
        }
        let message = format!("'{key}' is in deprovisioning state and cannot perform this operation.");
        Err(Answer::arm_error(409, code, &message))
    }

    /// Answers a GET of something that is gone: with its last body while its deletion runs, else with `absent`.
    pub(super) fn gone(&self, key: &str, absent: Answer) -> Reply {
        match self.lingering(key) {
            Some(body) => Ok(Answer::json(200, &body)),
            None => Err(absent),
        }
    }
}

/// The resource of an id, in whichever table.
pub(crate) fn find(tx: &Transaction, id: &str) -> Option<Resource> {
    let key = id.to_ascii_lowercase();
    TABLES.iter().find_map(|table| tx.get(table, &key))
}
