//! `azuread_application`: an application in the directory.
//!
//! It is made by an upsert whose key is the mark of the attempt (`uniqueName`), so that a repeated request leaves one object
//! and a lost answer is found. What Graph takes only in requests of their own follows: logo, owners, secret.

mod blocks;
mod mapping;
mod steps;
pub(crate) mod wire;

pub(crate) use steps::{owners, set_owners};

pub(crate) use blocks::{
    Api, AppRole, ApplicationSecret, FeatureTags, OptionalClaims, Redirects, RequiredResourceAccess, Web,
};

use crate::client::{Client, attribute, quoted};
use crate::former::{APPLICATION_DROPPED, CLIENT_ID_BEFORE, DISPLAY_NAME_BEFORE};
use crate::id::{ApplicationId, DIRECTORY_TIMEOUTS};
use regprov_http::sanitize;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Observed, PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource, RevokeRequest,
    Revoked, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema, Timeouts};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// An application in the directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
#[schema(dropped = APPLICATION_DROPPED)]
pub(crate) struct Application {
    /// Its name; need not be unique.
    #[schema(rules = &[Rule::Length(1, 256)], former = DISPLAY_NAME_BEFORE)]
    pub(crate) display_name: String,
    /// The ids of its roles by their value.
    #[schema(recomputed_by = &["app_role"])]
    pub(crate) app_role_ids: Computed<BTreeMap<String, String>>,
    /// Its client id.
    #[schema(former = CLIENT_ID_BEFORE)]
    pub(crate) client_id: Computed<String>,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 1024)])]
    pub(crate) description: Option<String>,
    /// Whether a device can sign in without a user.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) device_only_auth_enabled: Option<bool>,
    /// Whether and why Microsoft disabled it.
    pub(crate) disabled_by_microsoft: Computed<String>,
    /// Whether it is a public client where that cannot be told.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) fallback_public_client_enabled: Option<bool>,
    /// Which groups stand in tokens.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) group_membership_claims: Option<BTreeSet<String>>,
    /// Its id: `/applications/{object id}`.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
    /// URIs that name it.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) identifier_uris: Option<BTreeSet<String>>,
    /// Its picture, in base64; never read back.
    #[schema(local, meaning = Meaning::ZeroIsNull)]
    pub(crate) logo_image: Option<String>,
    /// Where its picture is.
    #[schema(recomputed_by = &["logo_image"])]
    pub(crate) logo_url: Computed<String>,
    /// Its marketing page.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) marketing_url: Option<String>,
    /// Notes.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) notes: Option<String>,
    /// The ids of its scopes by their value.
    #[schema(recomputed_by = &["api"])]
    pub(crate) oauth2_permission_scope_ids: Computed<BTreeMap<String, String>>,
    /// Whether tokens are sent by POST.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) oauth2_post_response_required: Option<bool>,
    /// Its object id.
    pub(crate) object_id: Computed<String>,
    /// Object ids of its owners; where nothing is said, owners are left as they are.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(100)])]
    pub(crate) owners: Option<BTreeSet<String>>,
    /// Whether another application of this name is an error.
    #[schema(local, default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) prevent_duplicate_names: Option<bool>,
    /// Its privacy statement.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) privacy_statement_url: Option<String>,
    /// The domain that vouches for it.
    pub(crate) publisher_domain: Computed<String>,
    /// A reference in a service management database.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) service_management_reference: Option<String>,
    /// Who can sign in to it.
    #[schema(default = "AzureADMyOrg", rules = &[Rule::OneOf(&["AzureADMyOrg", "AzureADMultipleOrgs",
        "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"])])]
    pub(crate) sign_in_audience: Option<String>,
    /// Its support page.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) support_url: Option<String>,
    /// Tags.
    #[schema(optional, recomputed_by = &["feature_tags"], conflicts_with = &["feature_tags"])]
    pub(crate) tags: Computed<BTreeSet<String>>,
    /// The template that it is made from.
    #[schema(optional, replaces, rules = &[Rule::Uuid])]
    pub(crate) template_id: Computed<String>,
    /// Its terms of service.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) terms_of_service_url: Option<String>,
    /// What it is as an API.
    #[schema(block, max = 1)]
    pub(crate) api: Vec<Api>,
    /// Its roles.
    #[schema(block)]
    pub(crate) app_role: BTreeSet<AppRole>,
    /// Tags by what they do.
    #[schema(block, computed)]
    pub(crate) feature_tags: Vec<FeatureTags>,
    /// Claims that tokens carry beside the usual ones.
    #[schema(block, max = 1)]
    pub(crate) optional_claims: Vec<OptionalClaims>,
    /// A secret.
    #[schema(block, max = 1)]
    pub(crate) password: BTreeSet<ApplicationSecret>,
    /// What it is as an installed application.
    #[schema(block, max = 1)]
    pub(crate) public_client: Vec<Redirects>,
    /// APIs that it needs access to.
    #[schema(block)]
    pub(crate) required_resource_access: BTreeSet<RequiredResourceAccess>,
    /// What it is as a single-page application.
    #[schema(block, max = 1)]
    pub(crate) single_page_application: Vec<Redirects>,
    /// What it is as a web application.
    #[schema(block, max = 1)]
    pub(crate) web: Vec<Web>,
}

impl Resource for Application {
    const TYPE: &'static str = "azuread_application";
    const VERSION: u64 = 2;
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = Duration::from_secs(120);
    const TIMEOUTS: Timeouts = DIRECTORY_TIMEOUTS;
    type Client = Client;
    type Id = ApplicationId;

    fn id(object: &Self) -> Option<ApplicationId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, path) = (request.client, request.id.to_string());
        let read: Option<wire::Application> = client.graph.get("read the application", &path, &[]).await?;
        let Some(wire) = read else {
            return Ok(Observed::Absent);
        };
        let object = Self::from_wire(wire, request.prior);
        steps::with_separate_parts(client, &path, object, request.prior)
            .await
            .map(Observed::Present)
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        if request.wanted.len() < 2 {
            return None;
        }
        Some(steps::read_many(&request).await)
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        match request.step {
            None => steps::create(&request).await,
            Some(step) => steps::complete(request.client, step, request.desired, request.mark).await,
        }
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        steps::update(&request).await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        request
            .client
            .graph
            .delete("delete the application", &request.id.to_string())
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<ApplicationId>, Error> {
        let found = steps::by_key(request.client, &request.mark.text).await?;
        Ok(found
            .map(|wire| ApplicationId::new([&wire.id]))
            .into_iter()
            .collect())
    }

    async fn revoke(request: RevokeRequest<'_, Self>) -> Result<Revoked, Error> {
        steps::revoke(&request).await
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let mut advice = Advice::default();
        if request.prior.is_none() && request.config.text("template_id").is_some() {
            advice.findings.push(Finding {
                fatal: true,
                path: attribute("template_id"),
                summary: "Argument is not supported".to_owned(),
                detail: "Graph makes an application from a template together with its service principal, in a request \
                         that regprov does not make."
                    .to_owned(),
                remedy: Some("Leave `template_id` away, or make the application in the portal and import it.".to_owned()),
            });
        }
        if let Some(prior) = request.prior {
            advice.suppress = mapping::silent_blocks(prior, request.desired);
        }
        advice
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let unique = request.desired.truth("prevent_duplicate_names") == Some(true);
        match request.desired.text("display_name") {
            Some(name) if unique && request.prior.is_none_or(|prior| prior.display_name != name) => {
                duplicate(request.client, name, request.prior)
                    .await
                    .into_iter()
                    .collect()
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn upgrade(_version: u64, mut attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        crate::id::upgrade_directory_id(&mut attributes, "/applications/");
        Ok(attributes)
    }

    fn parse_import(_client: &Client, text: &str) -> Result<ApplicationId, Error> {
        if text.trim().parse::<uuid::Uuid>().is_ok() {
            return Ok(ApplicationId::new([text.trim()]));
        }
        text.parse()
    }
}

/// Another application of the name.
async fn duplicate(client: &Client, name: &str, prior: Option<&Application>) -> Option<Finding> {
    let filter = format!("displayName eq {}", quoted(name));
    let query = [("$filter", filter.as_str()), ("$select", "id")];
    let listed: Result<Option<Vec<wire::Object>>, Error> = client
        .graph
        .list("look for applications of the name", "/applications", &query)
        .await;
    let (fatal, detail) = match listed {
        Ok(found) => {
            let ours = prior.and_then(|prior| prior.object_id.get());
            let other = found
                .unwrap_or_default()
                .into_iter()
                .find(|found| Some(&found.id) != ours)?;
            (
                true,
                format!(
                    "An application `{}` exists already; its object id is {}.",
                    sanitize(name),
                    sanitize(&other.id)
                ),
            )
        }
        Err(error) if error.kind == ErrorKind::Denied => (
            false,
            format!(
                "Whether another application has the name could not be asked: {}",
                error.message
            ),
        ),
        Err(error) => (false, error.message),
    };
    Some(Finding {
        fatal,
        path: attribute("display_name"),
        summary: if fatal {
            "Application name is taken"
        } else {
            "Name not checked"
        }
        .to_owned(),
        detail,
        remedy: fatal.then(|| {
            "Choose another `display_name`, import that application, or drop `prevent_duplicate_names`."
                .to_owned()
        }),
    })
}

#[cfg(test)]
mod tests;
