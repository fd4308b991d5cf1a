//! Resource groups as ARM writes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Deserialize)]
pub(super) struct ResourceGroup {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) location: String,
    #[serde(rename = "managedBy")]
    pub(super) managed_by: Option<String>,
    pub(super) tags: Option<BTreeMap<String, String>>,
    properties: Option<Properties>,
}

#[derive(Clone, Deserialize)]
struct Properties {
    #[serde(rename = "provisioningState")]
    state: Option<String>,
}

impl ResourceGroup {
    pub(super) fn state(&self) -> &str {
        self.properties
            .as_ref()
            .and_then(|properties| properties.state.as_deref())
            .unwrap_or("Succeeded")
    }
}

#[derive(Serialize)]
pub(super) struct Put {
    pub(super) location: String,
    pub(super) tags: BTreeMap<String, String>,
    #[serde(rename = "managedBy", skip_serializing_if = "Option::is_none")]
    pub(super) managed_by: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Patch {
    pub(super) tags: BTreeMap<String, String>,
    #[serde(rename = "managedBy")]
    pub(super) managed_by: String,
}

/// A resource inside a group.
#[derive(Deserialize)]
pub(super) struct Held {
    pub(super) id: String,
}
