//! Role assignments as ARM writes them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize)]
pub(super) struct RoleAssignment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) properties: Properties,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    pub(super) role_definition_id: String,
    pub(super) principal_id: String,
    pub(super) principal_type: Option<String>,
    pub(super) description: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) condition_version: Option<String>,
    pub(super) delegated_managed_identity_resource_id: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Put {
    properties: PutProperties,
}

impl Put {
    pub(super) fn new(properties: PutProperties) -> Self {
        Self { properties }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutProperties {
    pub(super) role_definition_id: String,
    pub(super) principal_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) principal_type: Option<String>,
    pub(super) description: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) condition_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delegated_managed_identity_resource_id: Option<String>,
}
