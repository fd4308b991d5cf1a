//! The client: requests in whoever's name we are, and what this process knows of what it made.

mod api;
mod fault;

pub(crate) use api::{AUDIENCE, Api, Ask, Paged, WireOperation};
pub(crate) use fault::{NO_SERVICE, attribute};

use crate::endpoints::Product;
use crate::policy::Policies;
use crate::repository::Locations;
use crate::{DrawKey, Services};
use regprov_http::TokenCache;
use regprov_provider::{Error, ErrorKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A connected provider configuration: what every resource type asks through.
pub struct Client {
    pub(crate) api: Api,
    pub(crate) services: Services,
    /// Draws the keys that are made here.
    pub(crate) keys: Arc<dyn DrawKey>,
    pub(crate) tokens: Arc<TokenCache>,
    pub(crate) policies: Policies,
    pub(crate) defaults: Defaults,
    /// The behaviour major.
    pub(crate) major: u64,
    /// What is known of locations, by project.
    pub(crate) locations: Mutex<BTreeMap<String, Locations>>,
    /// The long-running operations that are under way, by what they are about.
    operations: Mutex<BTreeMap<String, Operation>>,
    /// The names of objects that this process made.
    made: Mutex<BTreeSet<String>>,
    /// Which of Google's roles exist, as far as it was asked.
    pub(crate) roles: tokio::sync::Mutex<BTreeMap<String, bool>>,
    /// How many new keys are planned, by the addresses of their accounts.
    pub(crate) planned_keys: Mutex<BTreeMap<String, usize>>,
    /// One create at a time of keys, which only their date tells apart.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

/// A long-running operation.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) product: Product,
    pub(crate) name: String,
}

/// What stands in where a configuration says nothing.
pub(crate) struct Defaults {
    pub(crate) project: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    /// Whether new objects get the label that says they are declared.
    pub(crate) attribution: bool,
    pub(crate) deletion_policy: Option<String>,
    pub(crate) poll_interval: Option<Duration>,
    /// Where the keys that are put together here sign in.
    pub(crate) token_uri: String,
    pub(crate) universe: String,
}

impl Client {
    pub(crate) fn new(
        api: Api,
        (services, keys, tokens): (Services, Arc<dyn DrawKey>, Arc<TokenCache>),
        defaults: Defaults,
        rules: (u64, Policies),
    ) -> Self {
        let (major, policies) = rules;
        Self {
            api,
            services,
            keys,
            tokens,
            policies,
            defaults,
            major,
            locations: Mutex::default(),
            operations: Mutex::default(),
            made: Mutex::default(),
            roles: tokio::sync::Mutex::default(),
            planned_keys: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The provider's project.
    pub(crate) fn project(&self) -> Result<String, Error> {
        self.defaults.project.clone().ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid(attribute("project")),
                "no project is set: neither at the object nor at the provider",
            )
            .remedy("Set `project` in the provider block, or GOOGLE_PROJECT.")
        })
    }

    /// The project that is written, without `projects/`, or the provider's.
    pub(crate) fn project_or(&self, written: Option<&str>) -> Result<String, Error> {
        match written.filter(|text| !text.is_empty()) {
            Some(text) => Ok(text.strip_prefix("projects/").unwrap_or(text).to_owned()),
            None => self.project(),
        }
    }

    /// The provider's location: its region, or that of its zone.
    pub(crate) fn location(&self) -> Result<String, Error> {
        let of_zone = || {
            let zone = self.defaults.zone.as_deref()?;
            zone.rsplit_once('-').map(|(region, _)| region.to_owned())
        };
        self.defaults.region.clone().or_else(of_zone).ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid(attribute("location")),
                "Cannot determine location: set in this resource, or set provider-level 'region' or 'zone'.",
            )
        })
    }

    /// Remembers what works on an object.
    pub(crate) fn begin(&self, about: String, operation: Operation) {
        let mut operations = self.operations.lock().expect("no holder of this lock panics");
        operations.insert(about, operation);
    }

    /// What works on an object.
    pub(crate) fn operation(&self, about: &str) -> Option<Operation> {
        let operations = self.operations.lock().expect("no holder of this lock panics");
        operations.get(about).cloned()
    }

    /// Forgets what worked on an object.
    pub(crate) fn ended(&self, about: &str) {
        let mut operations = self.operations.lock().expect("no holder of this lock panics");
        operations.remove(about);
    }

    /// Remembers that this process made an object.
    pub(crate) fn made(&self, name: &str) {
        let mut made = self.made.lock().expect("no holder of this lock panics");
        made.insert(name.to_owned());
    }

    /// Whether this process made an object.
    pub(crate) fn has_made(&self, name: &str) -> bool {
        let made = self.made.lock().expect("no holder of this lock panics");
        made.contains(name)
    }

    /// Whether what works on an object is done; `Some` holds what to say while it is not.
    pub(crate) async fn working(&self, about: &str, what: &str) -> Result<Option<String>, Error> {
        let Some(operation) = self.operation(about) else {
            return Ok(None);
        };
        let done = self.api.is_done(&operation).await;
        match done {
            Ok(true) => {
                self.ended(about);
                Ok(None)
            }
            Ok(false) => Ok(Some(format!("Google is {what}"))),
            Err(error) => {
                self.ended(about);
                Err(error)
            }
        }
    }
}
