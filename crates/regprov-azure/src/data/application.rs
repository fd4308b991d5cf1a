//! `azuread_application`: an application that is managed elsewhere.

use super::service_principal::ids;
use super::{named, single};
use crate::application::{FeatureTags, OptionalClaims, RequiredResourceAccess, owners, wire};
use crate::client::{Client, quoted};
use crate::fields::object_types;
use crate::former::CLIENT_ID_BEFORE;
use crate::id::ApplicationId;
use crate::service_principal::{PublishedRole, PublishedScope};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const ONE: &[&str] = &["client_id", "display_name", "identifier_uri", "object_id"];

/// An application that is managed elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ApplicationData {
    /// Its client id.
    #[schema(optional, exactly_one_of = ONE, rules = &[Rule::Uuid], former = CLIENT_ID_BEFORE)]
    client_id: Computed<String>,
    /// Its name.
    #[schema(optional, exactly_one_of = ONE)]
    display_name: Computed<String>,
    /// Its object id.
    #[schema(optional, exactly_one_of = ONE, rules = &[Rule::Uuid])]
    object_id: Computed<String>,
    /// One of its URIs.
    #[schema(optional, exactly_one_of = ONE)]
    identifier_uri: Computed<String>,
    /// What it is as an API.
    api: Computed<Vec<ApiData>>,
    /// The ids of its roles by value.
    app_role_ids: Computed<BTreeMap<String, String>>,
    /// Its roles.
    app_roles: Computed<Vec<PublishedRole>>,
    /// What it is for.
    description: Computed<String>,
    /// Whether a device can sign in without a user.
    device_only_auth_enabled: Computed<bool>,
    /// Whether and why Microsoft disabled it.
    disabled_by_microsoft: Computed<String>,
    /// Whether it is a public client where that cannot be told.
    fallback_public_client_enabled: Computed<bool>,
    /// Tags by what they do.
    feature_tags: Computed<Vec<FeatureTags>>,
    /// Which groups stand in tokens.
    group_membership_claims: Computed<Vec<String>>,
    /// Its URIs.
    identifier_uris: Computed<Vec<String>>,
    /// Where its picture is.
    logo_url: Computed<String>,
    /// Its marketing page.
    marketing_url: Computed<String>,
    /// Notes.
    notes: Computed<String>,
    /// The ids of its scopes by value.
    oauth2_permission_scope_ids: Computed<BTreeMap<String, String>>,
    /// Whether tokens are sent by POST.
    oauth2_post_response_required: Computed<bool>,
    /// Claims that tokens carry beside the usual ones.
    optional_claims: Computed<Vec<OptionalClaims>>,
    /// Its owners.
    owners: Computed<Vec<String>>,
    /// Its privacy statement.
    privacy_statement_url: Computed<String>,
    /// What it is as an installed application.
    public_client: Computed<Vec<RedirectsData>>,
    /// The domain that vouches for it.
    publisher_domain: Computed<String>,
    /// APIs that it needs access to.
    required_resource_access: Computed<Vec<RequiredResourceAccess>>,
    /// A reference in a service management database.
    service_management_reference: Computed<String>,
    /// Who can sign in to it.
    sign_in_audience: Computed<String>,
    /// What it is as a single-page application.
    single_page_application: Computed<Vec<RedirectsData>>,
    /// Its support page.
    support_url: Computed<String>,
    /// Tags.
    tags: Computed<BTreeSet<String>>,
    /// Its terms of service.
    terms_of_service_url: Computed<String>,
    /// What it is as a web application.
    web: Computed<Vec<WebData>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// What it is as an API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ApiData {
    /// Client ids that consent is bundled with.
    known_client_applications: Option<Vec<String>>,
    /// Whether claims may be mapped.
    mapped_claims_enabled: Option<bool>,
    /// The scopes.
    oauth2_permission_scopes: Option<Vec<PublishedScope>>,
    /// The version of the access tokens that it expects.
    requested_access_token_version: Option<i64>,
}

/// Where answers may be sent to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RedirectsData {
    /// The addresses.
    redirect_uris: Option<Vec<String>>,
}

/// What it is as a web application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct WebData {
    /// Its home page.
    homepage_url: Option<String>,
    /// Tokens without a code.
    implicit_grant: Option<Vec<ImplicitGrantData>>,
    /// Where it is told that a user signed out.
    logout_url: Option<String>,
    /// Where answers may be sent to.
    redirect_uris: Option<Vec<String>>,
}

/// Tokens without a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ImplicitGrantData {
    /// Access tokens.
    access_token_issuance_enabled: Option<bool>,
    /// Id tokens.
    id_token_issuance_enabled: Option<bool>,
}

object_types!(
    ApiData,
    RedirectsData,
    WebData,
    ImplicitGrantData,
    OptionalClaims,
    RequiredResourceAccess
);

fn text(text: Option<String>) -> Computed<String> {
    Computed::known(text.unwrap_or_default())
}

fn list(set: BTreeSet<String>) -> Vec<String> {
    set.into_iter().collect()
}

fn redirects(wire: wire::Redirects) -> Computed<Vec<RedirectsData>> {
    Computed::known(vec![RedirectsData {
        redirect_uris: Some(list(wire.redirect_uris)),
    }])
}

impl From<wire::Application> for ApplicationData {
    fn from(wire: wire::Application) -> Self {
        let settings = wire.settings;
        let tags = settings.tags.unwrap_or_default();
        let claims = settings.group_membership_claims.unwrap_or_default();
        let claims = claims
            .split(',')
            .map(str::trim)
            .filter(|claim| !claim.is_empty())
            .map(str::to_owned);
        let scopes = &settings.api.oauth2_permission_scopes;
        let grant = ImplicitGrantData {
            access_token_issuance_enabled: settings.web.implicit_grant_settings.enable_access_token_issuance,
            id_token_issuance_enabled: settings.web.implicit_grant_settings.enable_id_token_issuance,
        };
        Self {
            oauth2_permission_scope_ids: ids(scopes.iter().map(|scope| (&scope.value, &scope.id))),
            api: Computed::known(vec![ApiData {
                oauth2_permission_scopes: Some(scopes.iter().map(PublishedScope::from).collect()),
                known_client_applications: Some(list(settings.api.known_client_applications)),
                mapped_claims_enabled: Some(settings.api.accept_mapped_claims.unwrap_or(false)),
                requested_access_token_version: Some(
                    settings.api.requested_access_token_version.unwrap_or(1),
                ),
            }]),
            app_role_ids: ids(settings.app_roles.iter().map(|role| (&role.value, &role.id))),
            app_roles: Computed::known(settings.app_roles.iter().map(PublishedRole::from).collect()),
            description: text(settings.description),
            device_only_auth_enabled: Computed::known(
                settings.is_device_only_auth_supported.unwrap_or(false),
            ),
            disabled_by_microsoft: text(wire.disabled_by_microsoft_status),
            fallback_public_client_enabled: Computed::known(
                settings.is_fallback_public_client.unwrap_or(false),
            ),
            feature_tags: Computed::known(vec![FeatureTags::of(&tags)]),
            group_membership_claims: Computed::known(claims.collect()),
            identifier_uris: Computed::known(list(settings.identifier_uris)),
            identifier_uri: Computed(None),
            logo_url: text(settings.info.logo_url),
            marketing_url: text(settings.info.marketing_url),
            notes: text(settings.notes),
            oauth2_post_response_required: Computed(None),
            optional_claims: Computed::known(
                settings
                    .optional_claims
                    .iter()
                    .map(OptionalClaims::from)
                    .collect(),
            ),
            owners: Computed(None),
            privacy_statement_url: text(settings.info.privacy_statement_url),
            public_client: redirects(settings.public_client),
            publisher_domain: text(wire.publisher_domain),
            required_resource_access: Computed::known(
                settings
                    .required_resource_access
                    .iter()
                    .map(RequiredResourceAccess::from)
                    .collect(),
            ),
            service_management_reference: text(settings.service_management_reference),
            sign_in_audience: text(settings.sign_in_audience),
            single_page_application: redirects(settings.spa),
            support_url: text(settings.info.support_url),
            tags: Computed::known(tags),
            terms_of_service_url: text(settings.info.terms_of_service_url),
            web: Computed::known(vec![WebData {
                homepage_url: Some(settings.web.home_page_url.unwrap_or_default()),
                implicit_grant: Some(vec![grant]),
                logout_url: Some(settings.web.logout_url.unwrap_or_default()),
                redirect_uris: Some(list(settings.web.redirect_uris)),
            }]),
            client_id: Computed::known(wire.app_id),
            display_name: Computed::known(settings.display_name),
            id: Computed::known(ApplicationId::new([&wire.id]).to_string()),
            object_id: Computed::known(wire.id),
        }
    }
}

impl DataSource for ApplicationData {
    const TYPE: &'static str = "azuread_application";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let by = named(&[
            ("client_id", config.client_id.get()),
            ("display_name", config.display_name.get()),
            ("identifier_uri", config.identifier_uri.get()),
            ("object_id", config.object_id.get()),
        ])?;
        let filter = match by {
            ("client_id", id) => Some(format!("appId eq {}", quoted(id))),
            ("display_name", name) => Some(format!("displayName eq {}", quoted(name))),
            ("identifier_uri", uri) => Some(format!("identifierUris/any(uri:uri eq {})", quoted(uri))),
            (_, _) => None,
        };
        let found: Vec<wire::Application> = match &filter {
            None => {
                let path = ApplicationId::new([by.1]).to_string();
                client
                    .graph
                    .get("read the application", &path, &[])
                    .await?
                    .into_iter()
                    .collect()
            }
            Some(filter) => {
                let query = [("$filter", filter.as_str())];
                client
                    .graph
                    .list("look for the application", "/applications", &query)
                    .await?
                    .unwrap_or_default()
            }
        };
        let mut object = Self::from(single(found, "application", by)?);
        object.identifier_uri = config.identifier_uri.clone();
        let path = object.id.get().cloned().unwrap_or_default();
        let wants = |name: &str| {
            request
                .wanted
                .is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name))
        };
        if wants("owners") {
            object.owners = Computed::known(owners(client, &path).await?.into_iter().collect());
        }
        if wants("oauth2_post_response_required") {
            let query = [("$select", "oauth2RequirePostResponse")];
            let beta: Option<wire::Beta> = client
                .graph
                .get_beta("read the application", &path, &query)
                .await?;
            let required = beta
                .and_then(|beta| beta.oauth2_require_post_response)
                .unwrap_or(false);
            object.oauth2_post_response_required = Computed::known(required);
        }
        Ok(object)
    }
}
