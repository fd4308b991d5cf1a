//! Service principals as Graph writes them.

use crate::application::wire::{AppRole, PermissionScope, nullable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The attributes that are read and written. `null` unsets.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    pub(crate) account_enabled: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) alternative_names: BTreeSet<String>,
    pub(crate) app_role_assignment_required: Option<bool>,
    pub(crate) description: Option<String>,
    pub(crate) login_url: Option<String>,
    pub(crate) notes: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) notification_email_addresses: BTreeSet<String>,
    pub(crate) preferred_single_sign_on_mode: Option<String>,
    pub(crate) saml_single_sign_on_settings: Option<Saml>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<BTreeSet<String>>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Saml {
    pub(crate) relay_state: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Create {
    #[serde(rename = "appId")]
    pub(super) app_id: String,
    #[serde(flatten)]
    pub(super) settings: Settings,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServicePrincipal {
    pub(crate) id: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) app_id: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) display_name: String,
    pub(crate) app_owner_organization_id: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) app_roles: Vec<AppRole>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) oauth2_permission_scopes: Vec<PermissionScope>,
    pub(crate) homepage: Option<String>,
    pub(crate) logout_url: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) reply_urls: Vec<String>,
    pub(crate) saml_metadata_url: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) service_principal_names: Vec<String>,
    pub(crate) service_principal_type: Option<String>,
    pub(crate) sign_in_audience: Option<String>,
    #[serde(flatten)]
    pub(crate) settings: Settings,
}
