//! Managed registries as the API writes them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registry {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "projectID")]
    pub(crate) project_id: Option<String>,
    #[serde(default)]
    pub(crate) region: String,
    pub(crate) size: Option<u64>,
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) url: Option<String>,
    pub(crate) version: Option<String>,
    #[serde(default)]
    pub(crate) iam_enabled: Option<bool>,
    pub(crate) created_at: Option<String>,
    pub(crate) updated_at: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) code: Option<String>,
    pub(crate) name: String,
    pub(crate) created_at: Option<String>,
    pub(crate) updated_at: Option<String>,
    pub(crate) features: Features,
    pub(crate) registry_limits: Limits,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Features {
    #[serde(default)]
    pub(crate) vulnerability: bool,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limits {
    #[serde(default)]
    pub(crate) image_storage: u64,
    #[serde(default)]
    pub(crate) parallel_request: u64,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Capability {
    pub(crate) region_name: String,
    pub(crate) plans: Vec<Plan>,
}

#[derive(Serialize)]
pub(super) struct Order<'a> {
    pub(super) name: &'a str,
    pub(super) region: &'a str,
    #[serde(rename = "planID", skip_serializing_if = "Option::is_none")]
    pub(super) plan_id: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Rename<'a> {
    pub(super) name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Scale<'a> {
    #[serde(rename = "planID")]
    pub(super) plan_id: &'a str,
}
