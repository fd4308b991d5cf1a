//! `docker_org_access_token`: a token of an organization. Its secret is told once.
//!
//! As with personal tokens, those that there were before are noted in a first step.

mod checks;

use crate::client::{Client, VISIBILITY};
use crate::id::{Id, shape};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, FindRequest, Finding, Observed,
    PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, FieldType, Meaning, Once, Rule, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::Zeroizing;

shape!(
    /// A token of an organization.
    TokenShape,
    "an organization access token",
    "org_name/id"
);

type TokenId = Id<TokenShape>;

/// A token of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OrgAccessToken {
    /// The organization.
    #[schema(replaces)]
    pub(crate) org_name: String,
    /// What it is for.
    #[schema(rules = &[Rule::Length(1, 100)])]
    pub(crate) label: String,
    /// More about it.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// What it may do, and where.
    #[schema(rules = &[Rule::MinItems(1), Rule::Check(checks::resources)])]
    pub(crate) resources: Vec<Granted>,
    /// When it ends.
    #[schema(replaces, meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) expires_at: Option<String>,
    /// The token. It is told when it is made, and never again.
    pub(crate) token: Once<String>,
    /// Its id.
    pub(crate) id: Computed<String>,
}

/// Scopes on a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Granted {
    /// `TYPE_REPO` or `TYPE_ORG`.
    #[serde(rename = "type")]
    pub(crate) r#type: String,
    /// A repository, several by `*`, or the organization.
    pub(crate) path: String,
    /// What it may do there.
    pub(crate) scopes: Vec<String>,
}

impl FieldType for Granted {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

/// A token as the API writes it. Lists leave the resources out.
#[derive(Clone, Deserialize)]
struct Wire {
    id: String,
    label: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
    #[serde(default)]
    token: Option<Zeroizing<String>>,
    #[serde(default)]
    resources: Option<Vec<Granted>>,
}

#[derive(Serialize)]
struct New<'a> {
    label: &'a str,
    description: &'a str,
    resources: &'a [Granted],
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<&'a str>,
}

#[derive(Serialize)]
struct Change<'a> {
    label: &'a str,
    description: &'a str,
    resources: &'a [Granted],
}

/// How the note of the first step begins; ids follow.
const NOTE: &str = "before:";

async fn list(client: &Client, organization: &str) -> Result<Vec<Wire>, Error> {
    let path = ["orgs", organization, "access-tokens"];
    let listed = client
        .api
        .list(&path, "list the access tokens of the organization")
        .await?;
    Ok(listed.unwrap_or_default())
}

impl OrgAccessToken {
    fn from_wire(organization: &str, wire: Wire, like: Option<&Self>) -> Self {
        let told = wire.token.filter(|token| !token.is_empty());
        Self {
            org_name: organization.to_owned(),
            label: wire.label,
            description: wire.description.filter(|text| !text.is_empty()),
            resources: wire
                .resources
                .or_else(|| like.map(|like| like.resources.clone()))
                .unwrap_or_default(),
            expires_at: wire.expires_at.filter(|text| !text.is_empty()),
            token: match (told, like) {
                (Some(token), _) => Once::new(token.as_str().to_owned()),
                (None, Some(like)) => like.token.clone(),
                (None, None) => Once::default(),
            },
            id: Computed::known(wire.id),
        }
    }

    fn described(&self) -> &str {
        self.description.as_deref().unwrap_or_default()
    }
}

impl Resource for OrgAccessToken {
    const TYPE: &'static str = "docker_org_access_token";
    const CREATE: CreateClass = CreateClass::ServerNamed;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = TokenId;

    fn id(object: &Self) -> Option<TokenId> {
        let id = object.id.get().filter(|id| !id.starts_with(NOTE));
        TokenId::known([Some(&object.org_name), id.map(String::as_str)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (organization, id) = (request.id.part(0), request.id.part(1));
        let path = ["orgs", organization, "access-tokens", id];
        let read: Option<Wire> = request
            .client
            .api
            .get(&path, "read the access token of the organization")
            .await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::from_wire(organization, wire, request.prior))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let organization = desired.org_name.as_str();
        if request.step.is_none() {
            let before = list(client, organization).await?;
            let ids: Vec<&str> = before.iter().map(|wire| wire.id.as_str()).collect();
            return Ok(Created::Step(Self {
                id: Computed::known(format!("{NOTE}{}", ids.join(","))),
                ..desired.clone()
            }));
        }
        let _turn = client.turn.lock().await;
        let new = New {
            label: &desired.label,
            description: desired.described(),
            resources: &desired.resources,
            expires_at: desired.expires_at.as_deref().filter(|text| !text.is_empty()),
        };
        let path = ["orgs", organization, "access-tokens"];
        let made: Result<Wire, Error> = client
            .api
            .create(&path, &new, "make the access token of the organization")
            .await;
        let wire = made.map_err(|error| checks::refused(error, organization))?;
        client.made(&wire.id);
        Ok(Created::Done(Self::from_wire(organization, wire, Some(desired))))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (prior, desired) = (request.prior, request.desired);
        let change = Change {
            label: &desired.label,
            description: desired.described(),
            resources: &desired.resources,
        };
        let path = ["orgs", request.id.part(0), "access-tokens", request.id.part(1)];
        let wire: Wire = request
            .client
            .api
            .patch(&path, &change, "change the access token of the organization")
            .await?;
        let like = Self {
            token: prior.token.clone(),
            ..desired.clone()
        };
        Ok(Created::Done(Self::from_wire(
            &desired.org_name,
            wire,
            Some(&like),
        )))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = ["orgs", request.id.part(0), "access-tokens", request.id.part(1)];
        request
            .client
            .api
            .delete(&path, "revoke the access token of the organization")
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<TokenId>, Error> {
        let (client, desired) = (request.client, request.desired);
        let note = request.step.and_then(|step| step.id.get());
        // Without a note nothing was sent.
        let Some(before) = note.and_then(|note| note.strip_prefix(NOTE)) else {
            return Ok(Vec::new());
        };
        let _turn = client.turn.lock().await;
        let listed = list(client, &desired.org_name).await?;
        let ours = listed.iter().filter(|wire| {
            wire.label == desired.label
                && wire.description.as_deref().unwrap_or_default() == desired.described()
                && !before.split(',').any(|known| known == wire.id)
                && !client.has_made(&wire.id)
        });
        Ok(ours
            .filter_map(|wire| TokenId::known([Some(&desired.org_name), Some(&wire.id)]))
            .collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(&request).await
    }
}
