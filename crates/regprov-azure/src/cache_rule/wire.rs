//! Cache rules as ARM writes them.

use super::CacheRule;
use crate::registry_part;
use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    pub(super) source_repository: Option<String>,
    pub(super) target_repository: Option<String>,
    pub(super) credential_set_resource_id: Option<String>,
    provisioning_state: Option<String>,
}

impl registry_part::Properties for Properties {
    fn state(&self) -> Option<&str> {
        self.provisioning_state.as_deref()
    }
}

#[derive(Serialize)]
pub(super) struct Put<'a> {
    properties: PutProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PutProperties<'a> {
    source_repository: &'a str,
    target_repository: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_set_resource_id: Option<&'a str>,
}

impl<'a> Put<'a> {
    pub(super) fn of(rule: &'a CacheRule) -> Self {
        Self {
            properties: PutProperties {
                source_repository: &rule.source_repo,
                target_repository: &rule.target_repo,
                credential_set_resource_id: rule.credential_set_id.as_deref(),
            },
        }
    }
}

/// The one change that there is.
#[derive(Serialize)]
pub(super) struct Patch<'a> {
    properties: PatchProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PatchProperties<'a> {
    credential_set_resource_id: Option<&'a str>,
}

impl<'a> Patch<'a> {
    pub(super) fn of(credential_set_resource_id: Option<&'a str>) -> Self {
        Self {
            properties: PatchProperties {
                credential_set_resource_id,
            },
        }
    }
}
