//! What apply walks: operations, and what each comes after.

use regprov_addr::{InstanceAddress, ProviderConfigAddress};
use serde::{Deserialize, Serialize};

/// The operations of a plan in an order that respects their dependencies: a node comes after nodes of lower position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionGraph {
    /// The operations.
    pub nodes: Vec<ExecutionNode>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionNode {
    /// What to do.
    pub operation: Operation,
    /// Positions of the nodes that must have succeeded before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<u32>,
}

/// What one node of the execution graph does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Connect a provider configuration, evaluated by [`crate::Execution::provider_config`].
    Connect {
        /// Which one.
        provider: ProviderConfigAddress,
        /// Whether it could not be connected while planning, so that what is planned through it was not checked.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        deferred: bool,
    },
    /// Read a data source whose configuration was open while planning.
    ReadData {
        /// Which one.
        address: InstanceAddress,
    },
    /// Create an object. Where the change is `CreateThenDelete`, the old object becomes deposed.
    Create {
        /// Which instance.
        address: InstanceAddress,
    },
    /// Change an object in place.
    Update {
        /// Which instance.
        address: InstanceAddress,
    },
    /// Delete an object.
    Delete {
        /// Which instance.
        address: InstanceAddress,
        /// The key of a deposed object; with `replaced`, that of the object which the create just deposed is meant instead.
        deposed: Option<String>,
        /// Whether the object is the old one of a `CreateThenDelete`, deposed by the node before.
        replaced: bool,
    },
    /// Drop an object from the state; the object itself stays.
    Forget {
        /// Which instance.
        address: InstanceAddress,
        /// The key of a deposed object.
        deposed: Option<String>,
    },
    /// Nothing: many nodes meet here, so that those after need one edge instead of many.
    Join,
}
