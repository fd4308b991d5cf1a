//! `docker_access_token`: a personal access token. Its secret is told once.
//!
//! The service names tokens, and labels are not unique. Which tokens there were before is therefore noted in a first step: one
//! with our label that is there beside them after a lost answer, and is recorded nowhere, is ours.

use crate::client::{Client, Kind, VISIBILITY, attribute};
use crate::id::{Id, shape};
use crate::scopes;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, FindRequest, Finding, Observed,
    PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Once, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::Zeroizing;

shape!(
    /// A personal access token.
    TokenShape,
    "an access token",
    "uuid"
);

type TokenId = Id<TokenShape>;

/// A personal access token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct AccessToken {
    /// What it is for.
    #[schema(rules = &[Rule::Length(1, 100)])]
    pub(crate) token_label: String,
    /// What it may do: `repo:admin`, `repo:write`, `repo:read` or `repo:public_read`.
    #[schema(replaces, meaning = Meaning::Unordered, rules = &[Rule::MinItems(1), Rule::Check(scopes::check_personal)])]
    pub(crate) scopes: Vec<String>,
    /// When it ends.
    #[schema(replaces, meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) expires_at: Option<String>,
    /// Whether it can be used.
    #[schema(default = true)]
    pub(crate) is_active: Computed<bool>,
    /// The token. It is told when it is made, and never again.
    pub(crate) token: Once<String>,
    /// Its id.
    pub(crate) uuid: Computed<String>,
}

/// A token as the API writes it.
#[derive(Clone, Deserialize)]
pub(crate) struct Wire {
    pub(crate) uuid: String,
    #[serde(default)]
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) creator_ip: String,
    #[serde(default)]
    pub(crate) creator_ua: String,
    #[serde(default)]
    pub(crate) created_at: String,
    #[serde(default)]
    pub(crate) last_used: Option<String>,
    #[serde(default)]
    pub(crate) generated_by: String,
    #[serde(default)]
    pub(crate) is_active: bool,
    #[serde(default)]
    pub(crate) token: Option<Zeroizing<String>>,
    pub(crate) token_label: String,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) expires_at: Option<String>,
}

#[derive(Serialize)]
struct New<'a> {
    token_label: &'a str,
    scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<&'a str>,
}

#[derive(Serialize)]
struct Change<'a> {
    token_label: &'a str,
    is_active: bool,
}

/// How the note of the first step begins; ids follow.
const NOTE: &str = "before:";

/// The tokens of the account.
pub(crate) async fn list(client: &Client) -> Result<Vec<Wire>, Error> {
    let listed = client
        .api
        .list(&["access-tokens"], "list the access tokens")
        .await?;
    Ok(listed.unwrap_or_default())
}

/// The token of an id.
pub(crate) async fn get(client: &Client, uuid: &str) -> Result<Option<Wire>, Error> {
    client
        .api
        .get(&["access-tokens", uuid], "read the access token")
        .await
}

fn same_scopes(left: &[String], right: &[String]) -> bool {
    left.len() == right.len() && left.iter().all(|scope| right.contains(scope))
}

impl AccessToken {
    fn from_wire(wire: Wire, like: Option<&Self>) -> Self {
        let told = wire.token.filter(|token| !token.is_empty());
        let scopes = match like {
            Some(like) if same_scopes(&like.scopes, &wire.scopes) => like.scopes.clone(),
            _ => wire.scopes,
        };
        Self {
            token_label: wire.token_label,
            scopes,
            expires_at: wire.expires_at.filter(|text| !text.is_empty()),
            is_active: Computed::known(wire.is_active),
            token: match (told, like) {
                (Some(token), _) => Once::new(token.as_str().to_owned()),
                (None, Some(like)) => like.token.clone(),
                (None, None) => Once::default(),
            },
            uuid: Computed::known(wire.uuid),
        }
    }
}

impl Resource for AccessToken {
    const TYPE: &'static str = "docker_access_token";
    const CREATE: CreateClass = CreateClass::ServerNamed;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = TokenId;

    fn id(object: &Self) -> Option<TokenId> {
        let uuid = object.uuid.get().filter(|uuid| !uuid.starts_with(NOTE));
        TokenId::known([uuid.map(String::as_str)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let read = get(request.client, request.id.part(0)).await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::from_wire(wire, request.prior))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        if request.step.is_none() {
            let before = list(client).await?;
            let ids: Vec<&str> = before.iter().map(|wire| wire.uuid.as_str()).collect();
            return Ok(Created::Step(Self {
                uuid: Computed::known(format!("{NOTE}{}", ids.join(","))),
                ..desired.clone()
            }));
        }
        let _turn = client.turn.lock().await;
        let new = New {
            token_label: &desired.token_label,
            scopes: &desired.scopes,
            expires_at: desired.expires_at.as_deref().filter(|text| !text.is_empty()),
        };
        let wire: Wire = client
            .api
            .create(&["access-tokens"], &new, "make the access token")
            .await?;
        client.made(&wire.uuid);
        Ok(Created::Done(Self::from_wire(wire, Some(desired))))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (prior, desired) = (request.prior, request.desired);
        let change = Change {
            token_label: &desired.token_label,
            is_active: desired.is_active.get().copied().unwrap_or(true),
        };
        let path = ["access-tokens", request.id.part(0)];
        let wire: Wire = request
            .client
            .api
            .patch(&path, &change, "change the access token")
            .await?;
        let like = Self {
            token: prior.token.clone(),
            ..desired.clone()
        };
        Ok(Created::Done(Self::from_wire(wire, Some(&like))))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = ["access-tokens", request.id.part(0)];
        request
            .client
            .api
            .delete(&path, "revoke the access token")
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<TokenId>, Error> {
        let (client, desired) = (request.client, request.desired);
        let note = request.step.and_then(|step| step.uuid.get());
        // Without a note nothing was sent.
        let Some(before) = note.and_then(|note| note.strip_prefix(NOTE)) else {
            return Ok(Vec::new());
        };
        let _turn = client.turn.lock().await;
        let listed = list(client).await?;
        let ours = listed.iter().filter(|wire| {
            wire.token_label == desired.token_label
                && same_scopes(&wire.scopes, &desired.scopes)
                && !before.split(',').any(|known| known == wire.uuid)
                && !client.has_made(&wire.uuid)
        });
        Ok(ours
            .filter_map(|wire| TokenId::known([Some(&wire.uuid)]))
            .collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let (client, desired) = (request.client, request.desired);
        let mut findings: Vec<Finding> = by_password(client, "personal access tokens")
            .into_iter()
            .collect();
        if request.prior.is_none() {
            findings.extend(ended(desired.text("expires_at"), client.api.now()));
        }
        findings
    }
}

/// A finding where we are connected by a token: tokens do not manage tokens.
pub(crate) fn by_password(client: &Client, what: &str) -> Option<Finding> {
    matches!(client.kind, Kind::Personal | Kind::Organization).then(|| Finding {
        fatal: true,
        path: None,
        summary: "Tokens do not manage tokens".to_owned(),
        detail: format!(
            "The provider is connected as {} by a {}, and Docker Hub lets nobody manage {what} with one.",
            regprov_http::sanitize(&client.username),
            client.kind.name()
        ),
        remedy: Some(
            "Connect with the password of the account in `password` or DOCKER_PASSWORD. An account with a second factor cannot: \
             make the token at https://app.docker.com/settings, and leave this resource away."
                .to_owned(),
        ),
    })
}

/// A finding about an end that lies behind.
pub(crate) fn ended(expires_at: Option<&str>, now: jiff::Timestamp) -> Option<Finding> {
    let at: jiff::Timestamp = expires_at?.parse().ok()?;
    (at <= now).then(|| Finding {
        fatal: true,
        path: attribute("expires_at"),
        summary: "Token would have expired".to_owned(),
        detail: format!("`expires_at` is {at}, which lies behind: Docker Hub refuses such a token."),
        remedy: Some("Write an instant that lies ahead, or leave `expires_at` away.".to_owned()),
    })
}
