//! `azuread_service_principal`: a service principal that is managed elsewhere.

use super::{named, single};
use crate::application::FeatureTags;
use crate::client::{Client, quoted};
use crate::former::CLIENT_ID_BEFORE;
use crate::id::ServicePrincipalId;
use crate::service_principal::{Features, PublishedRole, PublishedScope, SamlSingleSignOn, wire};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const ONE: &[&str] = &["client_id", "display_name", "object_id"];

/// A service principal that is managed elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ServicePrincipalData {
    /// The client id of its application.
    #[schema(optional, exactly_one_of = ONE, rules = &[Rule::Uuid], former = CLIENT_ID_BEFORE)]
    client_id: Computed<String>,
    /// Its name.
    #[schema(optional, exactly_one_of = ONE)]
    display_name: Computed<String>,
    /// Its object id.
    #[schema(optional, exactly_one_of = ONE, rules = &[Rule::Uuid])]
    object_id: Computed<String>,
    /// Whether it can sign in.
    account_enabled: Computed<bool>,
    /// Other names of it.
    alternative_names: Computed<Vec<String>>,
    /// Whether users need a role.
    app_role_assignment_required: Computed<bool>,
    /// The ids of the roles by value.
    app_role_ids: Computed<BTreeMap<String, String>>,
    /// The roles.
    app_roles: Computed<Vec<PublishedRole>>,
    /// The tenant of its application.
    application_tenant_id: Computed<String>,
    /// What it is for.
    description: Computed<String>,
    /// Tags by what they do.
    feature_tags: Computed<Vec<FeatureTags>>,
    /// The same, under the old names.
    #[schema(deprecated = "it is called `feature_tags` now")]
    features: Computed<Vec<Features>>,
    /// Its home page.
    homepage_url: Computed<String>,
    /// Where users sign in.
    login_url: Computed<String>,
    /// Where it is told that a user signed out.
    logout_url: Computed<String>,
    /// Notes.
    notes: Computed<String>,
    /// Who is told that its certificate ends.
    notification_email_addresses: Computed<Vec<String>>,
    /// The ids of the scopes by value.
    oauth2_permission_scope_ids: Computed<BTreeMap<String, String>>,
    /// The scopes.
    oauth2_permission_scopes: Computed<Vec<PublishedScope>>,
    /// How users sign in to it.
    preferred_single_sign_on_mode: Computed<String>,
    /// Where answers may be sent to.
    redirect_uris: Computed<Vec<String>>,
    /// Where its SAML metadata is.
    saml_metadata_url: Computed<String>,
    /// How it signs in by SAML.
    saml_single_sign_on: Computed<Vec<SamlSingleSignOn>>,
    /// Its names.
    service_principal_names: Computed<Vec<String>>,
    /// Who can sign in to it.
    sign_in_audience: Computed<String>,
    /// Tags.
    tags: Computed<Vec<String>>,
    /// What it is.
    r#type: Computed<String>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

fn list(set: &BTreeSet<String>) -> Computed<Vec<String>> {
    Computed::known(set.iter().cloned().collect())
}

fn text(text: Option<String>) -> Computed<String> {
    Computed::known(text.unwrap_or_default())
}

/// The map from value to id, of what has a value.
pub(super) fn ids<'a>(
    rows: impl Iterator<Item = (&'a Option<String>, &'a String)>,
) -> Computed<BTreeMap<String, String>> {
    let rows =
        rows.filter_map(|(value, id)| Some((value.clone().filter(|text| !text.is_empty())?, id.clone())));
    Computed::known(rows.collect())
}

impl From<wire::ServicePrincipal> for ServicePrincipalData {
    fn from(wire: wire::ServicePrincipal) -> Self {
        let settings = wire.settings;
        let tags = settings.tags.unwrap_or_default();
        let saml = settings
            .saml_single_sign_on_settings
            .map(|saml| SamlSingleSignOn {
                relay_state: Some(saml.relay_state.unwrap_or_default()),
            });
        Self {
            account_enabled: Computed(settings.account_enabled),
            alternative_names: list(&settings.alternative_names),
            app_role_assignment_required: Computed::known(
                settings.app_role_assignment_required.unwrap_or(false),
            ),
            app_role_ids: ids(wire.app_roles.iter().map(|role| (&role.value, &role.id))),
            app_roles: Computed::known(wire.app_roles.iter().map(PublishedRole::from).collect()),
            application_tenant_id: text(wire.app_owner_organization_id),
            description: text(settings.description),
            feature_tags: Computed::known(vec![FeatureTags::of(&tags)]),
            features: Computed::known(vec![Features::of(&tags)]),
            homepage_url: text(wire.homepage),
            login_url: text(settings.login_url),
            logout_url: text(wire.logout_url),
            notes: text(settings.notes),
            notification_email_addresses: list(&settings.notification_email_addresses),
            oauth2_permission_scope_ids: ids(wire
                .oauth2_permission_scopes
                .iter()
                .map(|scope| (&scope.value, &scope.id))),
            oauth2_permission_scopes: Computed::known(
                wire.oauth2_permission_scopes
                    .iter()
                    .map(PublishedScope::from)
                    .collect(),
            ),
            preferred_single_sign_on_mode: text(settings.preferred_single_sign_on_mode),
            redirect_uris: Computed::known(wire.reply_urls),
            saml_metadata_url: text(wire.saml_metadata_url),
            saml_single_sign_on: Computed::known(saml.into_iter().collect()),
            service_principal_names: Computed::known(wire.service_principal_names),
            sign_in_audience: text(wire.sign_in_audience),
            tags: list(&tags),
            r#type: text(wire.service_principal_type),
            client_id: Computed::known(wire.app_id),
            display_name: Computed::known(wire.display_name),
            id: Computed::known(ServicePrincipalId::new([&wire.id]).to_string()),
            object_id: Computed::known(wire.id),
        }
    }
}

impl DataSource for ServicePrincipalData {
    const TYPE: &'static str = "azuread_service_principal";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let by = named(&[
            ("client_id", config.client_id.get()),
            ("display_name", config.display_name.get()),
            ("object_id", config.object_id.get()),
        ])?;
        let found: Vec<wire::ServicePrincipal> = if by.0 == "object_id" {
            let path = ServicePrincipalId::new([by.1]).to_string();
            client
                .graph
                .get("read the service principal", &path, &[])
                .await?
                .into_iter()
                .collect()
        } else {
            let name = if by.0 == "client_id" {
                "appId"
            } else {
                "displayName"
            };
            let filter = format!("{name} eq {}", quoted(by.1));
            let query = [("$filter", filter.as_str())];
            let listed = client
                .graph
                .list("look for the service principal", "/servicePrincipals", &query)
                .await?;
            listed.unwrap_or_default()
        };
        let wire = single(found, "service principal", by)?;
        client.known.service_principal(&wire.id);
        Ok(wire.into())
    }
}
