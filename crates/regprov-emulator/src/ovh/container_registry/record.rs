//! What is kept of a registry, and what it is at an instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::harbor::instance;
use crate::seal::SecretHash;
use crate::store::Transaction;

/// Registries by `{project}/{id}`.
pub(crate) const TABLE: &str = "ovh/container_registries";
/// Their users by `{project}/{registry}/{id}`.
pub(super) const USERS: &str = "ovh/container_registry_users";
/// The release of the Harbor in a managed registry.
const VERSION: &str = "v2.10.2-75d5a3a1";

/// A registry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Registry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) project: String,
    pub(crate) region: String,
    pub(crate) plan_id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// When its installation is done.
    pub(crate) ready_at: Timestamp,
    /// Whether its installation fails.
    pub(crate) fails: bool,
    /// The plan that it is scaled to, and when that is done.
    pub(crate) scaling: Option<(String, Timestamp)>,
    /// Whether IAM is to be enabled, and when that is done.
    pub(crate) iam_change: Option<(bool, Timestamp)>,
    pub(crate) iam_enabled: bool,
    pub(crate) oidc: Option<Oidc>,
    pub(crate) ip_management: Vec<IpRestriction>,
    pub(crate) ip_registry: Vec<IpRestriction>,
    /// When a deletion that is under way is done.
    pub(crate) deleted_at: Option<Timestamp>,
}

/// The identity provider that a registry trusts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Oidc {
    pub(crate) id: String,
    /// What was set, without the secret.
    pub(crate) settings: serde_json::Map<String, Value>,
    pub(crate) secret: SecretHash,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// When the last change of it is done.
    pub(crate) ready_at: Timestamp,
    /// Whether that change is its end.
    pub(crate) ends: bool,
}

/// Where a registry may be reached from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IpRestriction {
    pub(crate) ip_block: String,
    pub(crate) description: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What a registry is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Installing,
    Delivering,
    Ready,
    ScalingUp,
    Error,
    Deleting,
}

impl Status {
    /// As the API writes it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Installing => "INSTALLING",
            Self::Delivering => "DELIVERING",
            Self::Ready => "READY",
            Self::ScalingUp => "SCALING_UP",
            Self::Error => "ERROR",
            Self::Deleting => "DELETING",
        }
    }
}

/// Under which key a registry is kept.
pub(super) fn key(project: &str, id: &str) -> String {
    format!("{project}/{id}")
}

impl Registry {
    /// The registry with every change carried out that is done by now.
    pub(super) fn at(mut self, now: Timestamp) -> Self {
        if let Some((plan, _)) = self.scaling.take_if(|(_, done)| *done <= now) {
            self.plan_id = plan;
        }
        if let Some((enabled, _)) = self.iam_change.take_if(|(_, done)| *done <= now) {
            self.iam_enabled = enabled;
        }
        self.oidc.take_if(|oidc| oidc.ends && oidc.ready_at <= now);
        self
    }

    pub(super) fn status(&self, now: Timestamp) -> Status {
        let installing = self.ready_at.duration_since(self.created_at);
        let half = self.created_at.checked_add(installing / 2).unwrap_or(now);
        if self.deleted_at.is_some() {
            Status::Deleting
        } else if now < half {
            Status::Installing
        } else if now < self.ready_at {
            Status::Delivering
        } else if self.fails {
            Status::Error
        } else if self.scaling.is_some() {
            Status::ScalingUp
        } else {
            Status::Ready
        }
    }

    pub(super) fn is_gone(&self, now: Timestamp) -> bool {
        self.deleted_at.is_some_and(|at| at <= now)
    }

    pub(super) fn save(&self, tx: &mut Transaction) {
        tx.put(TABLE, &key(&self.project, &self.id), self);
    }

    /// Makes the Harbor that it is.
    pub(super) fn install(&self, tx: &mut Transaction) -> std::io::Result<()> {
        let version = VERSION.parse().expect("the release is one");
        instance::create(tx, &self.id, version, None)
    }

    /// Gives its Harbor an administrator; answers the user's id.
    pub(super) fn put_user(&self, tx: &mut Transaction, name: &str, email: &str, password: &str) -> u64 {
        instance::put_admin(tx, &self.id, name, email, password)
    }

    /// Takes an administrator away.
    pub(super) fn remove_user(&self, tx: &mut Transaction, name: &str) {
        instance::remove_user(tx, &self.id, name);
    }

    /// Forgets it with all that it holds.
    pub(super) fn forget(&self, tx: &mut Transaction) {
        let key = key(&self.project, &self.id);
        tx.delete(TABLE, &key);
        instance::delete(tx, &self.id);
        for (user, _) in tx.scan::<Value>(USERS, &format!("{key}/")) {
            tx.delete(USERS, &user);
        }
    }

    /// As the API writes it.
    pub(super) fn body(&self, tx: &Transaction) -> Value {
        let now = tx.now();
        let reached = now >= self.ready_at && !self.fails;
        let url = if reached {
            instance::url(tx, &self.id).unwrap_or_default()
        } else {
            String::new()
        };
        json!({
            "id": self.id, "name": self.name, "projectID": self.project, "region": self.region,
            "size": instance::size(tx, &self.id), "status": self.status(now).word(), "url": url, "version": "2.10.2",
            "iamEnabled": self.iam_enabled,
            "createdAt": clock::seconds(self.created_at), "updatedAt": clock::seconds(self.updated_at),
            "deliveredAt": reached.then(|| clock::seconds(self.ready_at)),
        })
    }
}
