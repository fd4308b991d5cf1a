//! `azuread_service_principal`: the account of an application in this tenant.

mod blocks;
pub(crate) mod wire;

pub(crate) use blocks::{Features, PublishedRole, PublishedScope, SamlSingleSignOn};

use crate::application::FeatureTags;
use crate::client::{Client, attribute, quoted};
use crate::former::CLIENT_ID_BEFORE;
use crate::id::{DIRECTORY_TIMEOUTS, ServicePrincipalId};
use regprov_http::sanitize;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Observed, Partial, PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource,
    UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const TAGS: &[&str] = &["feature_tags", "features"];

/// The account of an application in this tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ServicePrincipal {
    /// The client id of its application.
    #[schema(replaces, meaning = Meaning::IgnoreCase, rules = &[Rule::Uuid], former = CLIENT_ID_BEFORE)]
    pub(crate) client_id: String,
    /// Whether it can sign in.
    #[schema(default = true)]
    pub(crate) account_enabled: Option<bool>,
    /// Other names of it.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) alternative_names: Option<BTreeSet<String>>,
    /// Whether users need a role to sign in to it.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) app_role_assignment_required: Option<bool>,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 1024)])]
    pub(crate) description: Option<String>,
    /// Where users sign in.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) login_url: Option<String>,
    /// Notes.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 1024)])]
    pub(crate) notes: Option<String>,
    /// Who is told that its certificate ends.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) notification_email_addresses: Option<BTreeSet<String>>,
    /// Object ids of its owners; where nothing is said, owners are left as they are.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(100)])]
    pub(crate) owners: Option<BTreeSet<String>>,
    /// How users sign in to it.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::OneOf(&["", "notSupported", "oidc", "password", "saml"])])]
    pub(crate) preferred_single_sign_on_mode: Option<String>,
    /// Tags.
    #[schema(optional, recomputed_by = TAGS, conflicts_with = TAGS)]
    pub(crate) tags: Computed<BTreeSet<String>>,
    /// Takes the service principal that is there already, and leaves it there when it is no longer wanted here.
    #[schema(local, meaning = Meaning::ZeroIsNull)]
    pub(crate) use_existing: Option<bool>,
    /// Tags by what they do.
    #[schema(block, computed)]
    pub(crate) feature_tags: Vec<FeatureTags>,
    /// The same, under the old names.
    #[schema(block, computed)]
    pub(crate) features: Vec<Features>,
    /// How it signs in by SAML.
    #[schema(block, max = 1)]
    pub(crate) saml_single_sign_on: Vec<SamlSingleSignOn>,
    /// The ids of its application's roles by their value.
    pub(crate) app_role_ids: Computed<BTreeMap<String, String>>,
    /// Its application's roles.
    pub(crate) app_roles: Computed<Vec<PublishedRole>>,
    /// The tenant of its application.
    pub(crate) application_tenant_id: Computed<String>,
    /// Its name: that of its application.
    pub(crate) display_name: Computed<String>,
    /// Its home page.
    pub(crate) homepage_url: Computed<String>,
    /// Where it is told that a user signed out.
    pub(crate) logout_url: Computed<String>,
    /// The ids of its application's scopes by their value.
    pub(crate) oauth2_permission_scope_ids: Computed<BTreeMap<String, String>>,
    /// Its application's scopes.
    pub(crate) oauth2_permission_scopes: Computed<Vec<PublishedScope>>,
    /// Its object id: what roles are given to.
    pub(crate) object_id: Computed<String>,
    /// Where answers may be sent to.
    pub(crate) redirect_uris: Computed<Vec<String>>,
    /// Where its SAML metadata is.
    pub(crate) saml_metadata_url: Computed<String>,
    /// Its names.
    pub(crate) service_principal_names: Computed<Vec<String>>,
    /// Who can sign in to it.
    pub(crate) sign_in_audience: Computed<String>,
    /// What it is.
    pub(crate) r#type: Computed<String>,
    /// Its id: `/servicePrincipals/{object id}`.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn some_set(set: BTreeSet<String>) -> Option<BTreeSet<String>> {
    Some(set).filter(|set| !set.is_empty())
}

/// The map from value to id, of what has a value.
fn ids<'a>(rows: impl Iterator<Item = (&'a Option<String>, &'a String)>) -> BTreeMap<String, String> {
    rows.filter_map(|(value, id)| Some((filled(value.as_ref())?, id.clone())))
        .collect()
}

impl ServicePrincipal {
    fn wanted_tags(&self) -> Option<BTreeSet<String>> {
        match (self.tags.get(), self.feature_tags.first(), self.features.first()) {
            (Some(tags), _, _) => Some(tags.clone()),
            (None, Some(tags), _) => Some(tags.tags()),
            (None, None, Some(features)) => Some(features.tags()),
            (None, None, None) => None,
        }
    }

    fn settings(&self) -> wire::Settings {
        let saml = self.saml_single_sign_on.first();
        wire::Settings {
            account_enabled: Some(self.account_enabled.unwrap_or(true)),
            alternative_names: self.alternative_names.clone().unwrap_or_default(),
            app_role_assignment_required: Some(self.app_role_assignment_required.unwrap_or(false)),
            description: filled(self.description.as_ref()),
            login_url: filled(self.login_url.as_ref()),
            notes: filled(self.notes.as_ref()),
            notification_email_addresses: self.notification_email_addresses.clone().unwrap_or_default(),
            preferred_single_sign_on_mode: filled(self.preferred_single_sign_on_mode.as_ref()),
            saml_single_sign_on_settings: saml.map(|saml| wire::Saml {
                relay_state: filled(saml.relay_state.as_ref()),
            }),
            tags: self.wanted_tags(),
        }
    }

    fn from_wire(wire: wire::ServicePrincipal, like: Option<&Self>) -> Self {
        let settings = &wire.settings;
        let tags = settings.tags.clone().unwrap_or_default();
        let relay = settings
            .saml_single_sign_on_settings
            .as_ref()
            .and_then(|saml| filled(saml.relay_state.as_ref()));
        let saml_written = like.is_some_and(|like| !like.saml_single_sign_on.is_empty());
        let text = |text: &Option<String>| Computed(Some(text.clone().unwrap_or_default()));
        let features = match like.and_then(|like| like.features.first()) {
            Some(written) if written.tags() == Features::of(&tags).tags() => written.clone(),
            Some(_) | None => Features::of(&tags),
        };
        Self {
            account_enabled: Some(settings.account_enabled.unwrap_or(true)),
            alternative_names: some_set(settings.alternative_names.clone()),
            app_role_assignment_required: Some(settings.app_role_assignment_required.unwrap_or(false)),
            description: filled(settings.description.as_ref()),
            login_url: filled(settings.login_url.as_ref()),
            notes: filled(settings.notes.as_ref()),
            notification_email_addresses: some_set(settings.notification_email_addresses.clone()),
            owners: like.and_then(|like| like.owners.clone()),
            preferred_single_sign_on_mode: filled(settings.preferred_single_sign_on_mode.as_ref()),
            use_existing: like.and_then(|like| like.use_existing),
            feature_tags: FeatureTags::spelled(&tags, like.map_or(&[][..], |like| &like.feature_tags)),
            features: vec![features],
            tags: Computed::known(tags),
            saml_single_sign_on: if relay.is_some() || saml_written {
                vec![SamlSingleSignOn { relay_state: relay }]
            } else {
                Vec::new()
            },
            app_role_ids: Computed::known(ids(wire.app_roles.iter().map(|role| (&role.value, &role.id)))),
            app_roles: Computed::known(wire.app_roles.iter().map(PublishedRole::from).collect()),
            application_tenant_id: text(&wire.app_owner_organization_id),
            homepage_url: text(&wire.homepage),
            logout_url: text(&wire.logout_url),
            oauth2_permission_scope_ids: Computed::known(ids(wire
                .oauth2_permission_scopes
                .iter()
                .map(|scope| (&scope.value, &scope.id)))),
            oauth2_permission_scopes: Computed::known(
                wire.oauth2_permission_scopes
                    .iter()
                    .map(PublishedScope::from)
                    .collect(),
            ),
            redirect_uris: Computed::known(wire.reply_urls.clone()),
            saml_metadata_url: text(&wire.saml_metadata_url),
            service_principal_names: Computed::known(wire.service_principal_names.clone()),
            sign_in_audience: text(&wire.sign_in_audience),
            r#type: text(&wire.service_principal_type),
            client_id: match like {
                Some(like) if like.client_id.eq_ignore_ascii_case(&wire.app_id) => like.client_id.clone(),
                Some(_) | None => wire.app_id,
            },
            display_name: Computed::known(wire.display_name),
            id: Computed::known(ServicePrincipalId::new([&wire.id]).to_string()),
            object_id: Computed::known(wire.id),
        }
    }

    /// The decided values of an object that stands, under what was written now.
    fn with_decided(desired: &Self, prior: &Self) -> Self {
        let tags = desired
            .wanted_tags()
            .or_else(|| prior.tags.0.clone())
            .unwrap_or_default();
        Self {
            feature_tags: FeatureTags::spelled(&tags, &desired.feature_tags),
            features: vec![match desired.features.first() {
                Some(written) if written.tags() == Features::of(&tags).tags() => written.clone(),
                Some(_) | None => Features::of(&tags),
            }],
            tags: Computed::known(tags),
            app_role_assignment_required: Some(desired.app_role_assignment_required.unwrap_or(false)),
            app_role_ids: prior.app_role_ids.clone(),
            app_roles: prior.app_roles.clone(),
            application_tenant_id: prior.application_tenant_id.clone(),
            display_name: prior.display_name.clone(),
            homepage_url: prior.homepage_url.clone(),
            logout_url: prior.logout_url.clone(),
            oauth2_permission_scope_ids: prior.oauth2_permission_scope_ids.clone(),
            oauth2_permission_scopes: prior.oauth2_permission_scopes.clone(),
            object_id: prior.object_id.clone(),
            redirect_uris: prior.redirect_uris.clone(),
            saml_metadata_url: prior.saml_metadata_url.clone(),
            service_principal_names: prior.service_principal_names.clone(),
            sign_in_audience: prior.sign_in_audience.clone(),
            r#type: prior.r#type.clone(),
            id: prior.id.clone(),
            ..desired.clone()
        }
    }
}

/// The service principal of a client id.
pub(crate) async fn by_client_id(
    client: &Client,
    client_id: &str,
) -> Result<Option<wire::ServicePrincipal>, Error> {
    let path = format!("/servicePrincipals(appId={})", quoted(client_id));
    client
        .graph
        .get("look for the service principal", &path, &[])
        .await
}

impl Resource for ServicePrincipal {
    const TYPE: &'static str = "azuread_service_principal";
    const VERSION: u64 = 1;
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = Duration::from_secs(120);
    const TIMEOUTS: Timeouts = DIRECTORY_TIMEOUTS;
    type Client = Client;
    type Id = ServicePrincipalId;

    fn id(object: &Self) -> Option<ServicePrincipalId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, path) = (request.client, request.id.to_string());
        let read: Option<wire::ServicePrincipal> =
            client.graph.get("read the service principal", &path, &[]).await?;
        let Some(wire) = read else {
            return Ok(Observed::Absent);
        };
        observed(client, wire, request.prior).await
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        if request.wanted.len() < 2 {
            return None;
        }
        Some(read_many(&request).await)
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        if let Some(step) = request.step {
            let path = step.id.get().cloned().unwrap_or_default();
            crate::application::set_owners(client, &path, &desired.owners.clone().unwrap_or_default())
                .await?;
            return Ok(Created::Done(step.clone()));
        }
        let made = match make(client, desired).await {
            Err(error) if matches!(error.kind, ErrorKind::Exists(_)) => taken(client, desired, error).await?,
            made => made?,
        };
        client.known.service_principal(&made.id);
        let object = Self::from_wire(made, Some(desired));
        if desired.owners.as_ref().is_some_and(|owners| !owners.is_empty()) {
            return Ok(Created::Step(object));
        }
        Ok(Created::Done(object))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired, path) = (request.client, request.desired, request.id.to_string());
        client
            .graph
            .patch("change the service principal", &path, &desired.settings())
            .await?;
        if let Some(owners) = desired
            .owners
            .as_ref()
            .filter(|_| desired.owners != request.prior.owners)
        {
            crate::application::set_owners(client, &path, owners).await?;
        }
        Ok(Created::Done(Self::with_decided(desired, request.prior)))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if request
            .prior
            .is_some_and(|prior| prior.use_existing == Some(true))
        {
            // It was there before us, so it stays.
            return Ok(Deleted::Gone);
        }
        request
            .client
            .graph
            .delete("delete the service principal", &request.id.to_string())
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<ServicePrincipalId>, Error> {
        let found = by_client_id(request.client, &request.desired.client_id).await?;
        Ok(found
            .map(|wire| ServicePrincipalId::new([&wire.id]))
            .into_iter()
            .collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let adopts = request.desired.truth("use_existing") == Some(true);
        let Some(client_id) = request
            .desired
            .text("client_id")
            .filter(|_| request.prior.is_none() && !adopts)
        else {
            return Vec::new();
        };
        let (fatal, detail, remedy) = match by_client_id(request.client, client_id).await {
            Ok(None) => return Vec::new(),
            // It is the one that is replaced.
            Ok(Some(there))
                if request
                    .replaced
                    .is_some_and(|old| old.object_id.get() == Some(&there.id)) =>
            {
                return Vec::new();
            }
            Ok(Some(there)) => (
                true,
                format!(
                    "The application {} has a service principal already.",
                    sanitize(client_id)
                ),
                Some(format!(
                    "Import it with the id /servicePrincipals/{}, or set `use_existing = true`.",
                    sanitize(&there.id)
                )),
            ),
            Err(error) => (
                false,
                format!(
                    "Whether there is a service principal already could not be asked: {}",
                    error.message
                ),
                error.remedy,
            ),
        };
        let summary = if fatal {
            "Service principal exists"
        } else {
            "Service principal not checked"
        };
        vec![Finding {
            fatal,
            path: attribute("client_id"),
            summary: summary.to_owned(),
            detail,
            remedy,
        }]
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        // The public provider records a block without content where there is none.
        let name = "saml_single_sign_on";
        let silent = |object: Partial<'_>| {
            let blocks = object.known(name).and_then(Value::as_items);
            blocks.is_some_and(|blocks| {
                blocks
                    .iter()
                    .all(|block| Partial(block).text("relay_state").is_none_or(str::is_empty))
            })
        };
        let is_silent = request.prior.is_some_and(silent) && silent(request.desired);
        Advice {
            suppress: is_silent.then(|| attribute(name)).into_iter().flatten().collect(),
            ..Advice::default()
        }
    }

    fn upgrade(_version: u64, mut attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        crate::id::upgrade_directory_id(&mut attributes, "/servicePrincipals/");
        Ok(attributes)
    }

    fn parse_import(_client: &Client, text: &str) -> Result<ServicePrincipalId, Error> {
        if text.trim().parse::<uuid::Uuid>().is_ok() {
            return Ok(ServicePrincipalId::new([text.trim()]));
        }
        text.parse()
    }
}

/// The object, with its owners where they were written.
async fn observed(
    client: &Client,
    wire: wire::ServicePrincipal,
    prior: Option<&ServicePrincipal>,
) -> Result<Observed<ServicePrincipal>, Error> {
    client.known.service_principal(&wire.id);
    let path = ServicePrincipalId::new([&wire.id]).to_string();
    let mut object = ServicePrincipal::from_wire(wire, prior);
    if object.owners.as_ref().is_some_and(|owners| !owners.is_empty()) {
        object.owners = Some(crate::application::owners(client, &path).await?);
    }
    Ok(Observed::Present(object))
}

async fn read_many(
    request: &ReadManyRequest<'_, ServicePrincipal>,
) -> Result<Vec<Observed<ServicePrincipal>>, Error> {
    let paths: Vec<String> = request.wanted.iter().map(|(id, _)| id.to_string()).collect();
    let read: Vec<Option<wire::ServicePrincipal>> = request
        .client
        .graph
        .get_many("read the service principals", &paths)
        .await?;
    let mut found = Vec::with_capacity(read.len());
    for (read, (_, prior)) in read.into_iter().zip(request.wanted) {
        found.push(match read {
            Some(wire) => observed(request.client, wire, prior.as_ref()).await?,
            None => Observed::Absent,
        });
    }
    Ok(found)
}

async fn make(client: &Client, desired: &ServicePrincipal) -> Result<wire::ServicePrincipal, Error> {
    let body = wire::Create {
        app_id: desired.client_id.clone(),
        settings: desired.settings(),
    };
    client
        .graph
        .post("create the service principal", "/servicePrincipals", &body)
        .await
}

/// The application has one already: it is taken over where that is wanted.
async fn taken(
    client: &Client,
    desired: &ServicePrincipal,
    error: Error,
) -> Result<wire::ServicePrincipal, Error> {
    let Some(there) = by_client_id(client, &desired.client_id).await? else {
        return Err(error);
    };
    let path = ServicePrincipalId::new([&there.id]).to_string();
    if desired.use_existing != Some(true) {
        let message = format!("the application has a service principal already: {path}");
        let remedy = format!("Import it with the id {path}, or set `use_existing = true`.");
        return Err(Error {
            kind: ErrorKind::Exists(Some(path)),
            message,
            ..error
        }
        .remedy(remedy));
    }
    let settings = desired.settings();
    client
        .graph
        .patch("change the service principal", &path, &settings)
        .await?;
    let tags = settings.tags.clone().or_else(|| there.settings.tags.clone());
    Ok(wire::ServicePrincipal {
        settings: wire::Settings { tags, ..settings },
        ..there
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_answer_of_graph_becomes_an_object() {
        let wire: wire::ServicePrincipal = serde_json::from_str(
            r#"{"id":"o","accountEnabled":true,"alternativeNames":[],"appDescription":null,"appDisplayName":"pusher","appId":"c",
            "appOwnerOrganizationId":"t","appRoleAssignmentRequired":false,"appRoles":[],"description":null,"displayName":"pusher",
            "homepage":null,"loginUrl":null,"logoutUrl":null,"notes":null,"notificationEmailAddresses":[],"oauth2PermissionScopes":[],
            "preferredSingleSignOnMode":null,"replyUrls":[],"samlMetadataUrl":null,"samlSingleSignOnSettings":null,
            "servicePrincipalNames":["c"],"servicePrincipalType":"Application","signInAudience":"AzureADMyOrg","tags":[],
            "keyCredentials":[],"passwordCredentials":[]}"#,
        )
        .unwrap();
        let principal = ServicePrincipal::from_wire(wire, None);
        assert_eq!(principal.id.0.as_deref(), Some("/servicePrincipals/o"));
        assert_eq!(principal.object_id.0.as_deref(), Some("o"));
        assert!(principal.saml_single_sign_on.is_empty());
        assert_eq!(principal.features[0].visible_to_users, Some(true));
        assert_eq!(ServicePrincipal::with_decided(&principal, &principal), principal);
    }
}
