//! How people sign in, as Harbor tells and takes it.

use super::{ConfigAuth, SCOPES, mode};
use crate::configurations::{Told, value};
use crate::fields::filled;
use regprov_schema::{Computed, WriteOnly};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct Settings {
    auth_mode: Option<Told<String>>,
    primary_auth_mode: Option<Told<bool>>,
    oidc_name: Option<Told<String>>,
    oidc_endpoint: Option<Told<String>>,
    oidc_client_id: Option<Told<String>>,
    oidc_scope: Option<Told<String>>,
    oidc_groups_claim: Option<Told<String>>,
    oidc_admin_group: Option<Told<String>>,
    oidc_group_filter: Option<Told<String>>,
    oidc_user_claim: Option<Told<String>>,
    oidc_verify_cert: Option<Told<bool>>,
    oidc_auto_onboard: Option<Told<bool>>,
    oidc_logout: Option<Told<bool>>,
    ldap_url: Option<Told<String>>,
    ldap_base_dn: Option<Told<String>>,
    ldap_uid: Option<Told<String>>,
    ldap_search_dn: Option<Told<String>>,
    ldap_filter: Option<Told<String>>,
    ldap_group_base_dn: Option<Told<String>>,
    ldap_group_search_filter: Option<Told<String>>,
    ldap_group_attribute_name: Option<Told<String>>,
    ldap_group_admin_dn: Option<Told<String>>,
    ldap_group_membership_attribute: Option<Told<String>>,
    ldap_scope: Option<Told<usize>>,
    ldap_group_search_scope: Option<Told<usize>>,
    ldap_verify_cert: Option<Told<bool>>,
}

fn text(told: Option<Told<String>>) -> Option<String> {
    filled(value(told))
}

fn scope(told: Option<Told<usize>>) -> Option<String> {
    let name = SCOPES.get(value(told).unwrap_or(2)).copied();
    Some(name.unwrap_or("subtree").to_owned())
}

/// What nobody asked for is told all the same, and is no argument.
fn asked(told: Option<String>, like: Option<&Option<String>>) -> Option<String> {
    match like {
        Some(None) => None,
        Some(_) | None => told,
    }
}

impl Settings {
    /// The object; what belongs to another mode stays as it was recorded.
    pub(super) fn observed(self, like: Option<&ConfigAuth>) -> ConfigAuth {
        let told = value(self.auth_mode).unwrap_or_default();
        let (oidc, ldap) = (told == "oidc_auth", told == "ldap_auth");
        let spelled = like.filter(|like| mode(&like.auth_mode) == told);
        let mut object = like.cloned().unwrap_or_else(ConfigAuth::nothing);
        object.auth_mode = spelled.map_or(told, |like| like.auth_mode.clone());
        object.primary_auth_mode = Some(value(self.primary_auth_mode).unwrap_or(false));
        object.oidc_client_secret_wo = WriteOnly::default();
        object.id = Computed::known(crate::configurations::PATH.to_owned());
        if oidc {
            object.oidc_name = text(self.oidc_name);
            object.oidc_endpoint = text(self.oidc_endpoint);
            object.oidc_client_id = text(self.oidc_client_id);
            object.oidc_scope = text(self.oidc_scope);
            object.oidc_groups_claim = text(self.oidc_groups_claim);
            object.oidc_admin_group = text(self.oidc_admin_group);
            object.oidc_group_filter = text(self.oidc_group_filter);
            object.oidc_user_claim = text(self.oidc_user_claim);
            object.oidc_verify_cert = value(self.oidc_verify_cert);
            object.oidc_auto_onboard = value(self.oidc_auto_onboard);
            object.oidc_logout = Some(value(self.oidc_logout).unwrap_or(false));
        }
        if ldap {
            object.ldap_url = text(self.ldap_url);
            object.ldap_base_dn = text(self.ldap_base_dn);
            object.ldap_uid = text(self.ldap_uid);
            object.ldap_search_dn = text(self.ldap_search_dn);
            object.ldap_filter = asked(text(self.ldap_filter), like.map(|like| &like.ldap_filter));
            object.ldap_group_base_dn = asked(
                text(self.ldap_group_base_dn),
                like.map(|like| &like.ldap_group_base_dn),
            );
            object.ldap_group_filter = asked(
                text(self.ldap_group_search_filter),
                like.map(|like| &like.ldap_group_filter),
            );
            object.ldap_group_gid = asked(
                text(self.ldap_group_attribute_name),
                like.map(|like| &like.ldap_group_gid),
            );
            object.ldap_group_admin_dn = asked(
                text(self.ldap_group_admin_dn),
                like.map(|like| &like.ldap_group_admin_dn),
            );
            object.ldap_group_membership = text(self.ldap_group_membership_attribute);
            object.ldap_scope = scope(self.ldap_scope);
            object.ldap_group_scope = scope(self.ldap_group_search_scope);
            object.ldap_verify_cert = Some(value(self.ldap_verify_cert).unwrap_or(false));
        }
        object
    }
}

impl ConfigAuth {
    /// The object of which nothing is known but its defaults.
    fn nothing() -> Self {
        Self {
            auth_mode: String::new(),
            primary_auth_mode: None,
            oidc_name: None,
            oidc_endpoint: None,
            oidc_client_id: None,
            oidc_scope: None,
            oidc_groups_claim: None,
            oidc_admin_group: None,
            oidc_group_filter: None,
            oidc_user_claim: None,
            oidc_verify_cert: None,
            oidc_auto_onboard: None,
            oidc_logout: Some(false),
            oidc_client_secret: regprov_schema::Secret::none(),
            oidc_client_secret_wo: WriteOnly::default(),
            oidc_client_secret_wo_version: None,
            ldap_url: None,
            ldap_base_dn: None,
            ldap_uid: None,
            ldap_search_dn: None,
            ldap_filter: None,
            ldap_group_base_dn: None,
            ldap_group_filter: None,
            ldap_group_gid: None,
            ldap_group_admin_dn: None,
            ldap_group_membership: Some("memberof".to_owned()),
            ldap_group_uid: None,
            ldap_search_password: regprov_schema::Secret::none(),
            ldap_verify_cert: Some(false),
            ldap_scope: Some("subtree".to_owned()),
            ldap_group_scope: Some("subtree".to_owned()),
            id: Computed(None),
        }
    }
}

/// A PUT: what is not sent stays.
#[derive(Default, Serialize)]
pub(super) struct Write<'a> {
    auth_mode: &'a str,
    primary_auth_mode: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_groups_claim: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_admin_group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_group_filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_user_claim: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_client_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_verify_cert: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_auto_onboard: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oidc_logout: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_base_dn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_search_dn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_group_base_dn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_group_search_filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_group_attribute_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_group_admin_dn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_group_membership_attribute: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_search_password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_scope: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_group_search_scope: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ldap_verify_cert: Option<bool>,
}

fn depth(name: &Option<String>) -> Option<usize> {
    let name = name.as_deref().unwrap_or("subtree");
    SCOPES.iter().position(|known| *known == name)
}

impl<'a> Write<'a> {
    pub(super) fn of(object: &'a ConfigAuth) -> Self {
        let common = Self {
            auth_mode: mode(&object.auth_mode),
            primary_auth_mode: object.primary_auth_mode.unwrap_or(false),
            ..Self::default()
        };
        match mode(&object.auth_mode) {
            "oidc_auth" => common.oidc(object),
            "ldap_auth" => common.ldap(object),
            _ => common,
        }
    }

    fn oidc(self, object: &'a ConfigAuth) -> Self {
        let given = object.oidc_client_secret_wo.0.reveal();
        let secret = given.or_else(|| object.oidc_client_secret.reveal());
        Self {
            oidc_name: object.oidc_name.as_deref(),
            oidc_endpoint: object.oidc_endpoint.as_deref(),
            oidc_client_id: object.oidc_client_id.as_deref(),
            oidc_scope: object.oidc_scope.as_deref(),
            oidc_groups_claim: object.oidc_groups_claim.as_deref(),
            oidc_admin_group: object.oidc_admin_group.as_deref(),
            oidc_group_filter: object.oidc_group_filter.as_deref(),
            oidc_user_claim: object.oidc_user_claim.as_deref(),
            oidc_client_secret: secret.map(String::as_str),
            oidc_verify_cert: Some(object.oidc_verify_cert.unwrap_or(false)),
            oidc_auto_onboard: Some(object.oidc_auto_onboard.unwrap_or(false)),
            oidc_logout: Some(object.oidc_logout.unwrap_or(false)),
            ..self
        }
    }

    fn ldap(self, object: &'a ConfigAuth) -> Self {
        Self {
            ldap_url: object.ldap_url.as_deref(),
            ldap_base_dn: object.ldap_base_dn.as_deref(),
            ldap_uid: object.ldap_uid.as_deref(),
            ldap_search_dn: object.ldap_search_dn.as_deref(),
            ldap_filter: object.ldap_filter.as_deref(),
            ldap_group_base_dn: object.ldap_group_base_dn.as_deref(),
            ldap_group_search_filter: object.ldap_group_filter.as_deref(),
            ldap_group_attribute_name: object.ldap_group_gid.as_deref(),
            ldap_group_admin_dn: object.ldap_group_admin_dn.as_deref(),
            ldap_group_membership_attribute: object.ldap_group_membership.as_deref(),
            ldap_search_password: object.ldap_search_password.reveal().map(String::as_str),
            ldap_scope: depth(&object.ldap_scope),
            ldap_group_search_scope: depth(&object.ldap_group_scope),
            ldap_verify_cert: Some(object.ldap_verify_cert.unwrap_or(false)),
            ..self
        }
    }
}
