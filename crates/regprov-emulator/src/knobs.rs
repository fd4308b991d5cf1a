//! Behaviour that a scene or a test may turn: replication lag, long-running operations, quotas, latency.

use serde::{Deserialize, Serialize};

/// How ARM's long-running operations answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LroMode {
    /// 201 or 202 with a polling header.
    #[default]
    Async,
    /// 200, already finished.
    Sync,
    /// 202 with `Location` only.
    Location,
    /// As `Async`, and the operation ends as `Failed`.
    Fail,
    /// As `Async`, and the operation ends as `Canceled`.
    Cancel,
}

/// The knobs, all with the defaults of a healthy cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// How long a new directory object stays invisible.
    pub replication_graph_ms: u64,
    /// How long a new principal stays unknown to role assignments.
    pub replication_rbac_ms: u64,
    /// How long a deleted object can still be read.
    pub replication_read_after_delete_ms: u64,
    /// How long operations answer.
    pub lro_mode: LroMode,
    /// How long an operation runs.
    pub lro_duration_ms: u64,
    /// How long every answer is held back.
    pub latency_ms: u64,
    /// How long a regenerated or new registry token password stays invalid.
    pub token_regenerate_lag_ms: u64,
    /// Registries a subscription may hold.
    pub quota_registries: u64,
    /// Role assignments a subscription may hold.
    pub quota_role_assignments: u64,
    /// Objects that the directory may hold, those in the recycle bin included.
    pub quota_directory_objects: u64,
    /// How long a new service account of Google's stays unknown, to reads and as a member of policies.
    pub google_account_ms: u64,
    /// How long a new key of a service account is of no use.
    pub google_key_ms: u64,
    /// How long a binding that a policy gained grants nothing.
    pub google_policy_ms: u64,
    /// How long an API of Google's that was enabled still answers that it is disabled.
    pub google_service_ms: u64,
    /// Service accounts that a project may hold.
    pub quota_google_accounts: u64,
    /// Keys of its own that a service account may have.
    pub quota_google_keys: u64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            replication_graph_ms: 0,
            replication_rbac_ms: 0,
            replication_read_after_delete_ms: 0,
            lro_mode: LroMode::Async,
            lro_duration_ms: 200,
            latency_ms: 0,
            token_regenerate_lag_ms: 0,
            quota_registries: 100,
            quota_role_assignments: 4000,
            quota_directory_objects: 50_000,
            google_account_ms: 0,
            google_key_ms: 0,
            google_policy_ms: 0,
            google_service_ms: 0,
            quota_google_accounts: 100,
            quota_google_keys: 10,
        }
    }
}
