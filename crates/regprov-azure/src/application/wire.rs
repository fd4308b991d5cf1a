//! Applications as Graph writes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The attributes that are read and written. `null` unsets.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    pub(crate) display_name: String,
    pub(crate) description: Option<String>,
    pub(crate) group_membership_claims: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) identifier_uris: BTreeSet<String>,
    pub(crate) is_device_only_auth_supported: Option<bool>,
    pub(crate) is_fallback_public_client: Option<bool>,
    pub(crate) notes: Option<String>,
    pub(crate) service_management_reference: Option<String>,
    pub(crate) sign_in_audience: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<BTreeSet<String>>,
    pub(crate) optional_claims: Option<OptionalClaims>,
    pub(crate) api: Api,
    #[serde(deserialize_with = "nullable")]
    pub(crate) app_roles: Vec<AppRole>,
    pub(crate) info: Info,
    pub(crate) public_client: Redirects,
    #[serde(deserialize_with = "nullable")]
    pub(crate) required_resource_access: Vec<RequiredResourceAccess>,
    pub(crate) web: Web,
    pub(crate) spa: Redirects,
}

/// `null` is the empty value.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) disabled_by_microsoft_status: Option<String>,
    pub(crate) publisher_domain: Option<String>,
    pub(crate) application_template_id: Option<String>,
    #[serde(flatten)]
    pub(crate) settings: Settings,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Api {
    pub(crate) accept_mapped_claims: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) known_client_applications: BTreeSet<String>,
    pub(crate) requested_access_token_version: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) oauth2_permission_scopes: Vec<PermissionScope>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PermissionScope {
    pub(crate) id: String,
    pub(crate) admin_consent_description: Option<String>,
    pub(crate) admin_consent_display_name: Option<String>,
    pub(crate) is_enabled: Option<bool>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) user_consent_description: Option<String>,
    pub(crate) user_consent_display_name: Option<String>,
    pub(crate) value: Option<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AppRole {
    pub(crate) id: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) allowed_member_types: BTreeSet<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) description: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) display_name: String,
    pub(crate) is_enabled: Option<bool>,
    pub(crate) value: Option<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Info {
    #[serde(skip_serializing)]
    pub(crate) logo_url: Option<String>,
    pub(crate) marketing_url: Option<String>,
    pub(crate) privacy_statement_url: Option<String>,
    pub(crate) support_url: Option<String>,
    pub(crate) terms_of_service_url: Option<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Redirects {
    #[serde(deserialize_with = "nullable")]
    pub(crate) redirect_uris: BTreeSet<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Web {
    pub(crate) home_page_url: Option<String>,
    pub(crate) logout_url: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) redirect_uris: BTreeSet<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) implicit_grant_settings: ImplicitGrant,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ImplicitGrant {
    pub(crate) enable_access_token_issuance: Option<bool>,
    pub(crate) enable_id_token_issuance: Option<bool>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OptionalClaims {
    #[serde(deserialize_with = "nullable")]
    pub(crate) access_token: Vec<OptionalClaim>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) id_token: Vec<OptionalClaim>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) saml2_token: Vec<OptionalClaim>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OptionalClaim {
    pub(crate) name: String,
    pub(crate) source: Option<String>,
    pub(crate) essential: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) additional_properties: Vec<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequiredResourceAccess {
    pub(crate) resource_app_id: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) resource_access: Vec<ResourceAccess>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ResourceAccess {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// Roles and scopes alone: those that shall go or change must be disabled first.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Disable {
    pub(crate) app_roles: Vec<AppRole>,
    pub(crate) api: DisableScopes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DisableScopes {
    pub(crate) oauth2_permission_scopes: Vec<PermissionScope>,
}

/// A directory object.
#[derive(Deserialize)]
pub(crate) struct Object {
    pub(crate) id: String,
}

/// A reference to a directory object.
#[derive(Serialize)]
pub(crate) struct Reference {
    #[serde(rename = "@odata.id")]
    pub(crate) id: String,
}

/// What only the beta version knows.
#[derive(Serialize, Deserialize)]
pub(crate) struct Beta {
    #[serde(rename = "oauth2RequirePostResponse")]
    pub(crate) oauth2_require_post_response: Option<bool>,
}
