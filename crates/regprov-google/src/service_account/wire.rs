//! Service accounts as the API writes them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServiceAccount {
    pub(crate) email: Option<String>,
    pub(crate) project_id: Option<String>,
    pub(crate) unique_id: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) disabled: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct New<'a> {
    pub(super) account_id: &'a str,
    pub(super) service_account: Settings<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change<'a> {
    pub(super) service_account: Settings<'a>,
    pub(super) update_mask: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<&'a str>,
}

/// A body without members.
#[derive(Serialize)]
pub(crate) struct Empty {}

/// An answer that tells nothing of interest.
#[derive(Default, Deserialize)]
pub(crate) struct Nothing {}
