//! Personal access tokens, and who is logged in.

use crate::access_token;
use crate::client::{Client, attribute};
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// A personal access token, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct AccessToken {
    /// Its id.
    uuid: String,
    /// The client that it is for.
    client_id: Option<String>,
    /// When it was made.
    created_at: Option<String>,
    /// From where.
    creator_ip: Option<String>,
    /// With what.
    creator_ua: Option<String>,
    /// When it ends.
    expires_at: Option<String>,
    /// How it was made.
    generated_by: Option<String>,
    /// Whether it can be used.
    is_active: Option<bool>,
    /// When it was last used.
    last_used: Option<String>,
    /// What it may do.
    scopes: Option<Vec<String>>,
    /// Empty: it is told once only.
    token: Option<String>,
    /// What it is for.
    token_label: Option<String>,
}

impl DataSource for AccessToken {
    const TYPE: &'static str = "docker_access_token";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let uuid = request.config.uuid;
        let wire = access_token::get(request.client, &uuid).await?.ok_or_else(|| {
            let message = format!(
                "the account {} has no access token {}",
                request.client.username,
                regprov_http::sanitize(&uuid)
            );
            Error::new(ErrorKind::Invalid(attribute("uuid")), message)
                .remedy("`docker_access_tokens` lists the ids of those that there are.")
        })?;
        Ok(Self {
            uuid: wire.uuid,
            client_id: Some(wire.client_id),
            created_at: Some(wire.created_at),
            creator_ip: Some(wire.creator_ip),
            creator_ua: Some(wire.creator_ua),
            expires_at: wire.expires_at,
            generated_by: Some(wire.generated_by),
            is_active: Some(wire.is_active),
            last_used: wire.last_used,
            scopes: Some(wire.scopes),
            token: Some(String::new()),
            token_label: Some(wire.token_label),
        })
    }
}

/// The personal access tokens of the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct AccessTokens {
    /// Their ids.
    uuids: Option<Vec<String>>,
}

impl DataSource for AccessTokens {
    const TYPE: &'static str = "docker_access_tokens";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let listed = access_token::list(request.client).await?;
        Ok(Self {
            uuids: Some(listed.into_iter().map(|wire| wire.uuid).collect()),
        })
    }
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Login {
    /// The Docker ID, or the organization of an access token.
    username: Computed<String>,
}

impl DataSource for Login {
    const TYPE: &'static str = "docker_login";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        Ok(Self {
            username: Computed::known(request.client.username.clone()),
        })
    }
}
