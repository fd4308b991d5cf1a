//! The client: requests by whoever we are, and what was made by them.

mod api;
mod fault;
mod pace;
mod session;

pub(crate) use api::Api;
pub(crate) use fault::attribute;
pub(crate) use pace::Paced;
pub(crate) use session::{Session, expiry, log_in};

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

/// After this long the service shows everything that it made. It promises nothing, and stands behind caches.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(30);

/// How we prove who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By password.
    Password,
    /// By a personal access token.
    Personal,
    /// By an organization access token.
    Organization,
    /// By the session of Docker Desktop.
    Desktop,
}

impl Kind {
    /// The kind of a secret.
    pub(crate) fn of(secret: &str) -> Self {
        if secret.starts_with("dckr_pat_") {
            Self::Personal
        } else if secret.starts_with("dckr_oat_") {
            Self::Organization
        } else {
            Self::Password
        }
    }

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Personal => "personal access token",
            Self::Organization => "organization access token",
            Self::Desktop => "session of Docker Desktop",
        }
    }
}

/// A connected provider configuration: what every resource type asks through.
pub struct Client {
    /// The API.
    pub(crate) api: Api,
    /// The Docker ID, or the organization of an access token.
    pub(crate) username: String,
    /// How we proved it.
    pub(crate) kind: Kind,
    /// The ids of objects that this process made.
    made: Mutex<BTreeSet<String>>,
    /// One create at a time of objects that only their label tells apart.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl Client {
    /// A client over an API.
    pub(crate) fn new(api: Api, username: String, kind: Kind) -> Self {
        Self {
            api,
            username,
            kind,
            made: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Remembers that this process made an object.
    pub(crate) fn made(&self, id: &str) {
        let mut made = self.made.lock().expect("no holder of this lock panics");
        made.insert(id.to_owned());
    }

    /// Whether this process made an object.
    pub(crate) fn has_made(&self, id: &str) -> bool {
        let made = self.made.lock().expect("no holder of this lock panics");
        made.contains(id)
    }
}
