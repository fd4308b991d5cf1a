//! Managed identity: the metadata service of a virtual machine or container.

use super::Login;
use super::token_endpoint::{Lenient, expiry, unreachable};
use crate::settings::SecretText;
use http::header::HeaderName;
use jiff::Timestamp;
use regprov_http::{Request, Token, TokenError, TokenErrorKind};
use serde::Deserialize;
use url::Url;

/// Where the metadata service is, and as whom to ask.
pub(crate) struct ManagedIdentity {
    /// The address of its token path.
    pub(crate) endpoint: Option<String>,
    /// Its api-version.
    pub(crate) api_version: Option<String>,
    /// The client id of a user-assigned identity.
    pub(crate) client_id: Option<String>,
}

const ENDPOINT: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const API_VERSION: &str = "2018-02-01";

#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    expires_on: Option<Lenient>,
    expires_in: Option<Lenient>,
}

/// Asks the metadata service.
pub(super) async fn fetch(
    login: &Login,
    identity: &ManagedIdentity,
    audience: &str,
) -> Result<Token, TokenError> {
    let endpoint = identity.endpoint.as_deref().unwrap_or(ENDPOINT);
    let mut url = Url::parse(endpoint).map_err(|error| {
        TokenError::new(TokenErrorKind::NotConfigured, "`msi_endpoint` is not a URL").with_source(error)
    })?;
    url.query_pairs_mut()
        .append_pair(
            "api-version",
            identity.api_version.as_deref().unwrap_or(API_VERSION),
        )
        .append_pair("resource", audience);
    if let Some(client) = &identity.client_id {
        url.query_pairs_mut().append_pair("client_id", client);
    }
    let request = Request::get(url, "get a token of the managed identity").sensitive();
    let request = request
        .header(HeaderName::from_static("metadata"), "true")
        .map_err(|error| {
            TokenError::new(TokenErrorKind::NotConfigured, "the request could not be made").with_source(error)
        })?;
    let response = login
        .services
        .transport
        .send(request)
        .await
        .map_err(unreachable)?;
    if !response.status.is_success() {
        let message = format!(
            "the metadata service gave no token: it answered {}. Check that this machine has a managed identity, and that \
             `client_id` is one of its user-assigned identities.",
            response.status
        );
        let kind = match response.status.as_u16() {
            429 | 500.. => TokenErrorKind::Unavailable,
            _ => TokenErrorKind::Rejected,
        };
        return Err(TokenError::new(kind, message));
    }
    let granted: Granted = response.json().map_err(|error| {
        TokenError::new(
            TokenErrorKind::Unavailable,
            "the metadata service gave an answer that is no token",
        )
        .with_source(error)
    })?;
    let now = login.services.clock.now();
    let on = granted.expires_on.as_ref().and_then(Lenient::number);
    let expires = on.and_then(|second| Timestamp::from_second(second).ok());
    let life = granted
        .expires_in
        .as_ref()
        .and_then(Lenient::number)
        .unwrap_or(3600);
    Ok(Token::new(
        granted.access_token.as_str(),
        expires.unwrap_or_else(|| expiry(now, life)),
    ))
}
