//! The shared client: the resource manager, Graph, and who we are.

mod account;
mod arm;
mod auxiliary;
mod fault;
mod graph;

pub(crate) use account::{Caller, unauthenticated};
pub(crate) use arm::{Accepted, Arm, Ask};
pub(crate) use auxiliary::Auxiliary;
pub(crate) use fault::attribute;
pub(crate) use graph::{Graph, Wrote, quoted};

use crate::Services;
use crate::environments::Cloud;
use regprov_http::TokenCache;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A connected provider configuration: what every resource type asks through.
pub struct Client {
    pub(crate) arm: Arm,
    pub(crate) graph: Graph,
    pub(crate) cloud: Cloud,
    pub(crate) services: Services,
    pub(crate) tokens: Arc<TokenCache>,
    pub(crate) client_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
    /// The default subscription; empty for `azuread`.
    pub(crate) subscription: String,
    /// The behaviour major that `required_providers` selects.
    pub(crate) major: u64,
    /// Whether a resource group that still holds resources is not deleted.
    pub(crate) keep_filled_groups: bool,
    pub(crate) caller: OnceCell<Caller>,
    /// The regions of the subscription; asked once.
    pub(crate) locations: OnceCell<Vec<crate::location::Location>>,
    /// The names of roles that are not built in, by GUID.
    pub(crate) role_names: std::sync::Mutex<std::collections::BTreeMap<String, String>>,
    /// What we may do, by scope.
    pub(crate) permissions:
        std::sync::Mutex<std::collections::BTreeMap<String, Option<Vec<crate::roles::Permission>>>>,
    /// The principals that this process made or saw.
    pub(crate) known: crate::principals::Known,
    /// What registries use of what their SKU allows.
    pub(crate) usages: crate::registry_part::usages::Usages,
    /// One writer at a time for parents that bear no second one: federated credentials of an identity, replicas of a registry.
    pub(crate) queues: Queues,
}

/// One queue per name.
#[derive(Default)]
pub(crate) struct Queues(std::sync::Mutex<std::collections::BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Queues {
    /// Waits for the turn of a name; the turn ends when the guard is dropped.
    pub(crate) async fn turn(&self, name: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let queue = {
            let mut queues = self.0.lock().expect("no holder of this lock panics");
            Arc::clone(queues.entry(name.to_ascii_lowercase()).or_default())
        };
        queue.lock_owned().await
    }
}
