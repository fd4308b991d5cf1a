//! Applications as Graph writes them, as far as a registration declares them.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Application {
    pub(super) id: String,
    pub(super) app_id: String,
    pub(super) display_name: String,
    pub(super) description: Option<String>,
    pub(super) disabled_by_microsoft_status: Option<String>,
    pub(super) group_membership_claims: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) publisher_domain: Option<String>,
    pub(super) service_management_reference: Option<String>,
    pub(super) sign_in_audience: Option<String>,
    pub(super) api: Option<Api>,
    pub(super) info: Option<Info>,
    pub(super) web: Option<Web>,
}

/// What is written; `null` unsets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Write {
    pub(super) display_name: String,
    pub(super) description: Option<String>,
    pub(super) group_membership_claims: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) service_management_reference: Option<String>,
    pub(super) sign_in_audience: String,
    pub(super) api: Api,
    pub(super) info: Info,
    pub(super) web: Web,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Api {
    pub(super) requested_access_token_version: Option<i64>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Info {
    pub(super) marketing_url: Option<String>,
    pub(super) privacy_statement_url: Option<String>,
    pub(super) support_url: Option<String>,
    pub(super) terms_of_service_url: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Web {
    pub(super) home_page_url: Option<String>,
    pub(super) logout_url: Option<String>,
    pub(super) implicit_grant_settings: ImplicitGrant,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ImplicitGrant {
    pub(super) enable_access_token_issuance: Option<bool>,
    pub(super) enable_id_token_issuance: Option<bool>,
}
