//! User-assigned identities as ARM writes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(super) struct Identity {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) location: String,
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    pub(super) tenant_id: Option<String>,
    pub(super) principal_id: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) isolation_scope: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Put<'a> {
    pub(super) location: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) properties: PutProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutProperties<'a> {
    pub(super) isolation_scope: &'a str,
}
