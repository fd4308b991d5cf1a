//! Between applications as they are declared and as Graph writes them.

use super::blocks::{
    Api, AppRole, FeatureTags, ImplicitGrant, OptionalClaim, OptionalClaims, PermissionScope, Redirects,
    RequiredResourceAccess, ResourceAccess, Web,
};
use super::{Application, wire};
use crate::id::ApplicationId;
use regprov_addr::AttributePath;
use regprov_provider::Partial;
use regprov_schema::Computed;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn some_set(set: BTreeSet<String>) -> Option<BTreeSet<String>> {
    Some(set).filter(|set| !set.is_empty())
}

/// The map from value to id, of what has a value.
fn ids<'a>(rows: impl Iterator<Item = (Option<&'a String>, &'a String)>) -> BTreeMap<String, String> {
    rows.filter_map(|(value, id)| Some((value.filter(|value| !value.is_empty())?.clone(), id.clone())))
        .collect()
}

impl Application {
    /// The tags that are wanted; `None` where the configuration leaves them to the directory.
    fn wanted_tags(&self) -> Option<BTreeSet<String>> {
        match (self.tags.get(), self.feature_tags.first()) {
            (Some(tags), _) => Some(tags.clone()),
            (None, Some(features)) => Some(features.tags()),
            (None, None) => None,
        }
    }

    /// The request that makes the application what it shall be.
    pub(super) fn settings(&self) -> wire::Settings {
        let claims = self
            .group_membership_claims
            .as_ref()
            .filter(|claims| !claims.is_empty());
        let redirects = |blocks: &[Redirects]| wire::Redirects {
            redirect_uris: blocks
                .first()
                .and_then(|block| block.redirect_uris.clone())
                .unwrap_or_default(),
        };
        wire::Settings {
            display_name: self.display_name.clone(),
            description: filled(self.description.clone()),
            group_membership_claims: claims
                .map(|claims| claims.iter().cloned().collect::<Vec<_>>().join(",")),
            identifier_uris: self.identifier_uris.clone().unwrap_or_default(),
            is_device_only_auth_supported: self.device_only_auth_enabled,
            is_fallback_public_client: self.fallback_public_client_enabled,
            notes: filled(self.notes.clone()),
            service_management_reference: filled(self.service_management_reference.clone()),
            sign_in_audience: self
                .sign_in_audience
                .clone()
                .or_else(|| Some("AzureADMyOrg".to_owned())),
            tags: self.wanted_tags(),
            optional_claims: self.optional_claims.first().map(wire::OptionalClaims::from),
            api: self.api.first().map_or_else(wire::Api::default, wire::Api::from),
            app_roles: self.app_role.iter().map(wire::AppRole::from).collect(),
            info: wire::Info {
                logo_url: None,
                marketing_url: filled(self.marketing_url.clone()),
                privacy_statement_url: filled(self.privacy_statement_url.clone()),
                support_url: filled(self.support_url.clone()),
                terms_of_service_url: filled(self.terms_of_service_url.clone()),
            },
            public_client: redirects(&self.public_client),
            required_resource_access: self
                .required_resource_access
                .iter()
                .map(wire::RequiredResourceAccess::from)
                .collect(),
            web: self.web.first().map_or_else(wire::Web::default, wire::Web::from),
            spa: redirects(&self.single_page_application),
        }
    }

    /// The application as it is. Blocks that say nothing stand where they were written.
    pub(super) fn from_wire(wire: wire::Application, like: Option<&Self>) -> Self {
        let settings = wire.settings;
        let tags = settings.tags.clone().unwrap_or_default();
        let written = |has: fn(&Self) -> bool| like.is_some_and(has);
        let roles: BTreeSet<AppRole> = settings.app_roles.iter().map(AppRole::from).collect();
        let api = Api::from(&settings.api);
        let web = Web::of(
            &settings.web,
            written(|like| like.web.first().is_some_and(|web| !web.implicit_grant.is_empty())),
        );
        Self {
            display_name: settings.display_name,
            app_role_ids: Computed::known(ids(roles.iter().map(|role| (role.value.as_ref(), &role.id)))),
            oauth2_permission_scope_ids: Computed::known(ids(api
                .oauth2_permission_scope
                .iter()
                .map(|scope| (scope.value.as_ref(), &scope.id)))),
            client_id: Computed::known(wire.app_id),
            description: filled(settings.description),
            device_only_auth_enabled: Some(settings.is_device_only_auth_supported.unwrap_or(false)),
            disabled_by_microsoft: Computed(Some(wire.disabled_by_microsoft_status.unwrap_or_default())),
            fallback_public_client_enabled: Some(settings.is_fallback_public_client.unwrap_or(false)),
            group_membership_claims: settings.group_membership_claims.and_then(|claims| {
                some_set(
                    claims
                        .split(',')
                        .map(|claim| claim.trim().to_owned())
                        .filter(|claim| !claim.is_empty())
                        .collect(),
                )
            }),
            id: Computed::known(ApplicationId::new([&wire.id]).to_string()),
            identifier_uris: some_set(settings.identifier_uris),
            logo_image: like.and_then(|like| like.logo_image.clone()),
            logo_url: Computed(Some(settings.info.logo_url.unwrap_or_default())),
            marketing_url: filled(settings.info.marketing_url),
            notes: filled(settings.notes),
            oauth2_post_response_required: like.and_then(|like| like.oauth2_post_response_required),
            object_id: Computed::known(wire.id),
            owners: like.and_then(|like| like.owners.clone()),
            prevent_duplicate_names: like.and_then(|like| like.prevent_duplicate_names),
            privacy_statement_url: filled(settings.info.privacy_statement_url),
            publisher_domain: Computed(Some(wire.publisher_domain.unwrap_or_default())),
            service_management_reference: filled(settings.service_management_reference),
            sign_in_audience: settings.sign_in_audience,
            support_url: filled(settings.info.support_url),
            template_id: Computed(Some(wire.application_template_id.unwrap_or_default())),
            terms_of_service_url: filled(settings.info.terms_of_service_url),
            feature_tags: FeatureTags::spelled(&tags, like.map_or(&[][..], |like| &like.feature_tags)),
            tags: Computed::known(tags),
            api: kept(api.says_something(), written(|like| !like.api.is_empty()), api),
            app_role: roles,
            optional_claims: settings.optional_claims.map_or_else(Vec::new, |claims| {
                let claims = OptionalClaims::from(&claims);
                kept(
                    claims.says_something(),
                    written(|like| !like.optional_claims.is_empty()),
                    claims,
                )
            }),
            password: like.map(|like| like.password.clone()).unwrap_or_default(),
            public_client: redirects(
                settings.public_client,
                written(|like| !like.public_client.is_empty()),
            ),
            required_resource_access: settings
                .required_resource_access
                .iter()
                .map(RequiredResourceAccess::from)
                .collect(),
            single_page_application: redirects(
                settings.spa,
                written(|like| !like.single_page_application.is_empty()),
            ),
            web: kept(web.says_something(), written(|like| !like.web.is_empty()), web),
        }
    }
}

/// The blocks that say nothing on both sides: whether they stand or not is no difference.
pub(super) fn silent_blocks(prior: Partial<'_>, desired: Partial<'_>) -> Vec<AttributePath> {
    fn silent<T: DeserializeOwned>(sides: [Partial<'_>; 2], name: &str, says: fn(&T) -> bool) -> bool {
        sides
            .iter()
            .all(|side| typed(*side, name).is_some_and(|blocks: Vec<T>| !blocks.iter().any(says)))
    }
    let sides = [prior, desired];
    let rows = [
        ("api", silent(sides, "api", Api::says_something)),
        ("web", silent(sides, "web", Web::says_something)),
        (
            "optional_claims",
            silent(sides, "optional_claims", OptionalClaims::says_something),
        ),
        (
            "public_client",
            silent(sides, "public_client", Redirects::says_something),
        ),
        (
            "single_page_application",
            silent(sides, "single_page_application", Redirects::says_something),
        ),
    ];
    let mut paths: Vec<AttributePath> = rows
        .iter()
        .filter(|(_, silent)| *silent)
        .map(|(name, _)| AttributePath::root().name(*name))
        .collect();
    let grants = sides.map(|side| {
        let webs: Option<Vec<Web>> = typed(side, "web");
        webs.and_then(|webs| webs.into_iter().next())
            .map(|web| web.implicit_grant.iter().any(ImplicitGrant::says_something))
    });
    if grants == [Some(false), Some(false)] {
        paths.push(AttributePath::root().name("web").index(0).name("implicit_grant"));
    }
    paths
}

/// The blocks of a name, where all of them is known.
fn typed<T: DeserializeOwned>(object: Partial<'_>, name: &str) -> Option<Vec<T>> {
    let value = object.0.get(name).filter(|value| value.is_wholly_known())?;
    serde_json::from_value(regprov_value::to_json(value).ok()?).ok()
}

/// A block stands where it says something, or where it was written.
fn kept<T>(says_something: bool, written: bool, block: T) -> Vec<T> {
    if says_something || written {
        vec![block]
    } else {
        Vec::new()
    }
}

fn redirects(wire: wire::Redirects, written: bool) -> Vec<Redirects> {
    let block = Redirects {
        redirect_uris: some_set(wire.redirect_uris),
    };
    kept(block.redirect_uris.is_some(), written, block)
}

/// Whether there is anything in it: other tools record an empty set where nothing is said.
fn some(set: Option<&BTreeSet<String>>) -> bool {
    set.is_some_and(|set| !set.is_empty())
}

impl Api {
    fn says_something(&self) -> bool {
        some(self.known_client_applications.as_ref())
            || self.mapped_claims_enabled == Some(true)
            || self
                .requested_access_token_version
                .is_some_and(|version| version != 1)
            || !self.oauth2_permission_scope.is_empty()
    }
}

impl Web {
    fn says_something(&self) -> bool {
        let text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        text(&self.homepage_url)
            || text(&self.logout_url)
            || some(self.redirect_uris.as_ref())
            || self.implicit_grant.iter().any(ImplicitGrant::says_something)
    }

    fn of(wire: &wire::Web, written_grant: bool) -> Self {
        let grant = ImplicitGrant {
            access_token_issuance_enabled: Some(
                wire.implicit_grant_settings
                    .enable_access_token_issuance
                    .unwrap_or(false),
            ),
            id_token_issuance_enabled: Some(
                wire.implicit_grant_settings
                    .enable_id_token_issuance
                    .unwrap_or(false),
            ),
        };
        let on = grant.access_token_issuance_enabled == Some(true)
            || grant.id_token_issuance_enabled == Some(true);
        Self {
            homepage_url: filled(wire.home_page_url.clone()),
            logout_url: filled(wire.logout_url.clone()),
            redirect_uris: some_set(wire.redirect_uris.clone()),
            implicit_grant: kept(on, written_grant, grant),
        }
    }
}

impl Redirects {
    fn says_something(&self) -> bool {
        some(self.redirect_uris.as_ref())
    }
}

impl ImplicitGrant {
    fn says_something(&self) -> bool {
        self.access_token_issuance_enabled == Some(true) || self.id_token_issuance_enabled == Some(true)
    }
}

impl OptionalClaims {
    fn says_something(&self) -> bool {
        !(self.access_token.is_empty() && self.id_token.is_empty() && self.saml2_token.is_empty())
    }
}

impl From<&Api> for wire::Api {
    fn from(api: &Api) -> Self {
        Self {
            accept_mapped_claims: api.mapped_claims_enabled,
            known_client_applications: api.known_client_applications.clone().unwrap_or_default(),
            requested_access_token_version: api.requested_access_token_version,
            oauth2_permission_scopes: api
                .oauth2_permission_scope
                .iter()
                .map(wire::PermissionScope::from)
                .collect(),
        }
    }
}

impl From<&wire::Api> for Api {
    fn from(api: &wire::Api) -> Self {
        Self {
            known_client_applications: some_set(api.known_client_applications.clone()),
            mapped_claims_enabled: Some(api.accept_mapped_claims.unwrap_or(false)),
            requested_access_token_version: Some(api.requested_access_token_version.unwrap_or(1)),
            oauth2_permission_scope: api
                .oauth2_permission_scopes
                .iter()
                .map(PermissionScope::from)
                .collect(),
        }
    }
}

impl From<&PermissionScope> for wire::PermissionScope {
    fn from(scope: &PermissionScope) -> Self {
        Self {
            id: scope.id.clone(),
            admin_consent_description: filled(scope.admin_consent_description.clone()),
            admin_consent_display_name: filled(scope.admin_consent_display_name.clone()),
            is_enabled: Some(scope.enabled.unwrap_or(true)),
            kind: Some(scope.r#type.clone().unwrap_or_else(|| "User".to_owned())),
            user_consent_description: filled(scope.user_consent_description.clone()),
            user_consent_display_name: filled(scope.user_consent_display_name.clone()),
            value: filled(scope.value.clone()),
        }
    }
}

impl From<&wire::PermissionScope> for PermissionScope {
    fn from(scope: &wire::PermissionScope) -> Self {
        Self {
            id: scope.id.clone(),
            admin_consent_description: filled(scope.admin_consent_description.clone()),
            admin_consent_display_name: filled(scope.admin_consent_display_name.clone()),
            enabled: Some(scope.is_enabled.unwrap_or(true)),
            r#type: Some(scope.kind.clone().unwrap_or_else(|| "User".to_owned())),
            user_consent_description: filled(scope.user_consent_description.clone()),
            user_consent_display_name: filled(scope.user_consent_display_name.clone()),
            value: filled(scope.value.clone()),
        }
    }
}

impl From<&AppRole> for wire::AppRole {
    fn from(role: &AppRole) -> Self {
        Self {
            id: role.id.clone(),
            allowed_member_types: role.allowed_member_types.clone(),
            description: role.description.clone(),
            display_name: role.display_name.clone(),
            is_enabled: Some(role.enabled.unwrap_or(true)),
            value: filled(role.value.clone()),
        }
    }
}

impl From<&wire::AppRole> for AppRole {
    fn from(role: &wire::AppRole) -> Self {
        Self {
            id: role.id.clone(),
            allowed_member_types: role.allowed_member_types.clone(),
            description: role.description.clone(),
            display_name: role.display_name.clone(),
            enabled: Some(role.is_enabled.unwrap_or(true)),
            value: filled(role.value.clone()),
        }
    }
}

impl From<&Web> for wire::Web {
    fn from(web: &Web) -> Self {
        let grant = web.implicit_grant.first();
        Self {
            home_page_url: filled(web.homepage_url.clone()),
            logout_url: filled(web.logout_url.clone()),
            redirect_uris: web.redirect_uris.clone().unwrap_or_default(),
            implicit_grant_settings: wire::ImplicitGrant {
                enable_access_token_issuance: Some(
                    grant
                        .and_then(|grant| grant.access_token_issuance_enabled)
                        .unwrap_or(false),
                ),
                enable_id_token_issuance: Some(
                    grant
                        .and_then(|grant| grant.id_token_issuance_enabled)
                        .unwrap_or(false),
                ),
            },
        }
    }
}

impl From<&OptionalClaims> for wire::OptionalClaims {
    fn from(claims: &OptionalClaims) -> Self {
        let list = |claims: &[OptionalClaim]| claims.iter().map(wire::OptionalClaim::from).collect();
        Self {
            access_token: list(&claims.access_token),
            id_token: list(&claims.id_token),
            saml2_token: list(&claims.saml2_token),
        }
    }
}

impl From<&wire::OptionalClaims> for OptionalClaims {
    fn from(claims: &wire::OptionalClaims) -> Self {
        let list = |claims: &[wire::OptionalClaim]| claims.iter().map(OptionalClaim::from).collect();
        Self {
            access_token: list(&claims.access_token),
            id_token: list(&claims.id_token),
            saml2_token: list(&claims.saml2_token),
        }
    }
}

impl From<&OptionalClaim> for wire::OptionalClaim {
    fn from(claim: &OptionalClaim) -> Self {
        Self {
            name: claim.name.clone(),
            source: filled(claim.source.clone()),
            essential: Some(claim.essential.unwrap_or(false)),
            additional_properties: claim.additional_properties.clone().unwrap_or_default(),
        }
    }
}

impl From<&wire::OptionalClaim> for OptionalClaim {
    fn from(claim: &wire::OptionalClaim) -> Self {
        Self {
            name: claim.name.clone(),
            additional_properties: Some(claim.additional_properties.clone()).filter(|list| !list.is_empty()),
            essential: Some(claim.essential.unwrap_or(false)),
            source: filled(claim.source.clone()),
        }
    }
}

impl From<&RequiredResourceAccess> for wire::RequiredResourceAccess {
    fn from(access: &RequiredResourceAccess) -> Self {
        let row = |access: &ResourceAccess| wire::ResourceAccess {
            id: access.id.clone(),
            kind: access.r#type.clone(),
        };
        Self {
            resource_app_id: access.resource_app_id.clone(),
            resource_access: access.resource_access.iter().map(row).collect(),
        }
    }
}

impl From<&wire::RequiredResourceAccess> for RequiredResourceAccess {
    fn from(access: &wire::RequiredResourceAccess) -> Self {
        let row = |access: &wire::ResourceAccess| ResourceAccess {
            id: access.id.clone(),
            r#type: access.kind.clone(),
        };
        Self {
            resource_app_id: access.resource_app_id.clone(),
            resource_access: access.resource_access.iter().map(row).collect(),
        }
    }
}
