//! Tokens of other issuers that prove who we are: static, from a file, from GitHub Actions or Azure DevOps.

use super::token_endpoint::unreachable;
use crate::Services;
use crate::settings::{SecretText, read_file};
use http::header::{ACCEPT, AUTHORIZATION};
use regprov_http::{Request, TokenError, TokenErrorKind};
use serde::Deserialize;
use url::Url;

/// The audience that Entra wants in a foreign token.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// Where a foreign token comes from.
pub(crate) enum Source {
    /// It was given.
    Static(SecretText),
    /// A file, read anew for every request: a projected token is renewed there.
    File(String),
    /// The token service of GitHub Actions.
    GitHub { url: String, token: SecretText },
    /// The token service of Azure DevOps.
    AzureDevOps {
        url: String,
        token: SecretText,
        connection: String,
    },
}

/// Gets the foreign token.
pub(super) async fn fetch(source: &Source, services: &Services) -> Result<SecretText, TokenError> {
    let token = match source {
        Source::Static(token) => token.clone(),
        Source::File(path) => read_file(path, "oidc_token_file_path")
            .map_err(|error| TokenError::new(TokenErrorKind::NotConfigured, error.message))?,
        Source::GitHub { url, token } => github(url, token, services).await?,
        Source::AzureDevOps {
            url,
            token,
            connection,
        } => azure_devops(url, token, connection, services).await?,
    };
    services.redactor.register(&token);
    Ok(token)
}

async fn github(url: &str, token: &SecretText, services: &Services) -> Result<SecretText, TokenError> {
    #[derive(Deserialize)]
    struct Answer {
        value: SecretText,
    }
    let mut url = parsed(url)?;
    if !url.query_pairs().any(|(name, _)| name == "audience") {
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
    }
    let request = Request::get(url, "get an identity token from GitHub Actions");
    let answer: Answer = ask(request, token, services, "GitHub Actions").await?;
    Ok(answer.value)
}

async fn azure_devops(
    url: &str,
    token: &SecretText,
    connection: &str,
    services: &Services,
) -> Result<SecretText, TokenError> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "oidcToken")]
        token: SecretText,
    }
    let mut url = parsed(url)?;
    url.query_pairs_mut()
        .append_pair("api-version", "7.1")
        .append_pair("serviceConnectionId", connection)
        .append_pair("audience", AUDIENCE);
    let request =
        Request::new(http::Method::POST, url, "get an identity token from Azure DevOps").idempotent();
    let request = request.bytes("", "application/json");
    let answer: Answer = ask(request, token, services, "Azure DevOps").await?;
    Ok(answer.token)
}

async fn ask<T: for<'de> Deserialize<'de>>(
    request: Request,
    token: &SecretText,
    services: &Services,
    issuer: &str,
) -> Result<T, TokenError> {
    let bearer = SecretText::new(format!("bearer {}", token.as_str()));
    let request = request.sensitive().header(ACCEPT, "application/json");
    let request = request.and_then(|request| request.secret_header(AUTHORIZATION, &bearer));
    let request = request.map_err(|error| {
        TokenError::new(
            TokenErrorKind::NotConfigured,
            "`oidc_request_token` holds a character that a header cannot",
        )
        .with_source(error)
    })?;
    let response = services.transport.send(request).await.map_err(unreachable)?;
    if !response.status.is_success() {
        let message = format!(
            "{issuer} gave no identity token: it answered {}. Check that the workflow has the permission to ask for one \
             (`permissions: id-token: write`), and `oidc_request_url` and `oidc_request_token`.",
            response.status
        );
        return Err(TokenError::new(TokenErrorKind::Rejected, message));
    }
    response.json().map_err(|error| {
        let message = format!("{issuer} gave an answer that holds no identity token");
        TokenError::new(TokenErrorKind::Unavailable, message).with_source(error)
    })
}

fn parsed(url: &str) -> Result<Url, TokenError> {
    Url::parse(url).map_err(|error| {
        TokenError::new(TokenErrorKind::NotConfigured, "`oidc_request_url` is not a URL").with_source(error)
    })
}
