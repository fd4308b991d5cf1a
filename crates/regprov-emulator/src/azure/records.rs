//! Records that several Azure services read and write, and the tables that hold them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Subscriptions by lower-case id.
pub(crate) const SUBSCRIPTIONS: &str = "azure/subscriptions";
/// Resource provider registrations by `{subscription}/{namespace}`, lower-case. A namespace without a record is registered.
pub(crate) const PROVIDERS: &str = "azure/resource_providers";
/// Role assignments by lower-case id (`{scope}/providers/microsoft.authorization/roleassignments/{guid}`).
pub(crate) const ROLE_ASSIGNMENTS: &str = "azure/role_assignments";
/// Registry names that somebody else has, lower-case.
pub(crate) const FOREIGN_REGISTRIES: &str = "azure/foreign_registries";
/// Resources of types that the sandbox does not emulate, by lower-case id, as scenes seed them.
pub(crate) const FOREIGN_RESOURCES: &str = "azure/foreign_resources";
/// Resource groups by lower-case id.
pub(crate) const RESOURCE_GROUPS: &str = "azure/resource_groups";

/// A subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) subscription_id: String,
    pub(crate) tenant_id: String,
    pub(crate) display_name: String,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`.
    pub(crate) state: String,
}

/// Whether a namespace is registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProviderRegistration {
    /// As Azure spells it: `Microsoft.ContainerRegistry`.
    pub(crate) namespace: String,
    /// `NotRegistered`, `Registering`, `Registered` or `Unregistering`.
    pub(crate) state: String,
    /// When a change of state that is under way is done.
    pub(crate) settles_at: Option<Timestamp>,
}

/// A role assignment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RoleAssignment {
    /// The GUID that names it.
    pub(crate) name: String,
    /// As the caller wrote it; `/` for the root.
    pub(crate) scope: String,
    /// The role definition's GUID, lower-case.
    pub(crate) role: String,
    /// The principal's object id, lower-case.
    pub(crate) principal_id: String,
    pub(crate) principal_type: String,
    pub(crate) description: Option<String>,
    pub(crate) condition: Option<String>,
    pub(crate) condition_version: Option<String>,
    pub(crate) delegated_managed_identity_resource_id: Option<String>,
    pub(crate) created_on: Timestamp,
    pub(crate) updated_on: Timestamp,
    pub(crate) created_by: Option<String>,
    pub(crate) updated_by: Option<String>,
}

/// A resource group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResourceGroup {
    pub(crate) subscription_id: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) managed_by: Option<String>,
    pub(crate) tags: Option<std::collections::BTreeMap<String, String>>,
    /// When a deletion that is under way is done.
    pub(crate) deleted_at: Option<Timestamp>,
}

/// A resource of a type that the sandbox does not emulate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ForeignResource {
    pub(crate) id: String,
    pub(crate) location: Option<String>,
    pub(crate) tags: Option<std::collections::BTreeMap<String, String>>,
    pub(crate) properties: serde_json::Value,
}
