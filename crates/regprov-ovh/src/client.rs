//! The client: requests by whoever we are, what was made by them, what is still expected of them.

mod api;
mod fault;
mod pace;
mod signature;

pub(crate) use api::Api;
pub(crate) use fault::attribute;
pub(crate) use pace::Paced;
pub(crate) use signature::Signer;

use crate::rights::Rights;
use jiff::{SignedDuration, Timestamp};
use regprov_provider::{Error, Mark};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

/// By how much a service's clock may be behind ours when it dates an object.
const BEHIND: SignedDuration = SignedDuration::from_secs(5);

/// What registries can be ordered.
pub(crate) type Catalog = Arc<Vec<crate::container_registry::wire::Capability>>;

/// A connected provider configuration: what every resource type asks through.
pub struct Client {
    /// The API; why there is none, where errors of the connection are ignored.
    pub(crate) api: Result<Api, Error>,
    /// `OVH_CLOUD_PROJECT_SERVICE`.
    pub(crate) project: Option<String>,
    /// What registries can be ordered, by project.
    catalogs: Mutex<BTreeMap<String, Catalog>>,
    /// What the consumer key may do; asked once.
    pub(crate) rights: OnceCell<Rights>,
    /// The ids of objects that this process made or took over.
    made: Mutex<BTreeSet<String>>,
    /// What this process asked for and was not yet seen: object → value.
    expected: Mutex<BTreeMap<String, String>>,
    /// One create at a time of objects that only their arguments and their date tell apart.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl Client {
    /// A client over an API.
    pub(crate) fn new(api: Result<Api, Error>, project: Option<String>) -> Self {
        Self {
            api,
            project,
            catalogs: Mutex::default(),
            rights: OnceCell::new(),
            made: Mutex::default(),
            expected: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The API.
    pub(crate) fn api(&self) -> Result<&Api, Error> {
        self.api.as_ref().map_err(Clone::clone)
    }

    /// What registries can be ordered in a project, where it was asked for.
    pub(crate) fn catalog(&self, project: &str) -> Option<Catalog> {
        let catalogs = self.catalogs.lock().expect("no holder of this lock panics");
        catalogs.get(project).cloned()
    }

    /// Keeps what registries can be ordered in a project.
    pub(crate) fn keep_catalog(&self, project: &str, catalog: &Catalog) {
        let mut catalogs = self.catalogs.lock().expect("no holder of this lock panics");
        catalogs.insert(project.to_owned(), Arc::clone(catalog));
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

    /// Whether an object of this date may be of the attempt with this mark.
    pub(crate) fn may_be_of(&self, mark: &Mark, created_at: Option<&str>) -> bool {
        let Some(created) = created_at.and_then(|text| text.parse::<Timestamp>().ok()) else {
            return false;
        };
        let offset = self.api.as_ref().map_or(SignedDuration::ZERO, Api::offset);
        let begun = mark.begun.checked_sub(offset).unwrap_or(mark.begun);
        created.duration_since(begun) >= -BEHIND
    }

    /// Remembers what an object was asked to become.
    pub(crate) fn expect(&self, what: String, value: &str) {
        let mut expected = self.expected.lock().expect("no holder of this lock panics");
        expected.insert(what, value.to_owned());
    }

    /// Whether an object is what it was asked to become, or was asked nothing.
    pub(crate) fn is_as_expected(&self, what: &str, value: &str) -> bool {
        let mut expected = self.expected.lock().expect("no holder of this lock panics");
        match expected.get(what) {
            Some(wanted) if wanted != value => false,
            Some(_) => {
                expected.remove(what);
                true
            }
            None => true,
        }
    }

    /// Expects nothing of an object any more; says whether anything was.
    pub(crate) fn give_up(&self, what: &str) -> bool {
        let mut expected = self.expected.lock().expect("no holder of this lock panics");
        expected.remove(what).is_some()
    }
}
