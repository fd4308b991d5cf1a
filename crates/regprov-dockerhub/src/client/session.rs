//! Logging in. Whatever the secret is, `/v2/auth/token` takes it; older services have `/v2/users/login`.

use super::Kind;
use super::fault::said;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use jiff::Timestamp;
use regprov_http::{
    BaseUri, Redactor, Request, Response, Token, TokenError, TokenErrorKind, TokenSource, Transport, sanitize,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

const OPERATION: &str = "log in to Docker Hub";

/// What logging in takes.
pub(crate) struct Session {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) base: BaseUri,
    pub(crate) redactor: Redactor,
    pub(crate) username: String,
    pub(crate) secret: Zeroizing<String>,
}

#[derive(Serialize)]
struct Exchange<'a> {
    identifier: &'a str,
    secret: &'a str,
}

#[derive(Serialize)]
struct Login<'a> {
    username: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(alias = "token")]
    access_token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    login_2fa_token: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
}

/// When a token of the API ends, as it says itself.
pub(crate) fn expiry(token: &str) -> Option<Timestamp> {
    let claims = token.split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    Timestamp::from_second(claims.exp).ok()
}

#[async_trait]
impl TokenSource for Session {
    async fn fetch(&self, _audience: &str) -> Result<Token, TokenError> {
        log_in(self).await
    }
}

/// Gets a token. A refusal is final: the service locks names that fail again and again.
pub(crate) async fn log_in(session: &Session) -> Result<Token, TokenError> {
    let body = Exchange {
        identifier: &session.username,
        secret: &session.secret,
    };
    let mut response = ask(session, ["v2", "auth", "token"], &body).await?;
    if matches!(
        response.status,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    ) {
        let body = Login {
            username: &session.username,
            password: &session.secret,
        };
        response = ask(session, ["v2", "users", "login"], &body).await?;
    }
    if !response.status.is_success() {
        return Err(refused(session, &response));
    }
    let granted: Granted = response.json().map_err(|_| {
        TokenError::new(
            TokenErrorKind::Unavailable,
            "Docker Hub gave an answer that is no token. Check `host` (DOCKER_HUB_HOST)",
        )
    })?;
    session.redactor.register(&granted.access_token);
    let until = expiry(&granted.access_token).ok_or_else(|| {
        let text = "Docker Hub gave a token that does not say when it ends";
        TokenError::new(TokenErrorKind::Unavailable, text)
    })?;
    Ok(Token::new(granted.access_token.as_str(), until))
}

async fn ask<B: Serialize + Sync>(
    session: &Session,
    path: [&str; 3],
    body: &B,
) -> Result<Response, TokenError> {
    let unavailable = |text: String| TokenError::new(TokenErrorKind::Unavailable, text);
    let request = Request::new(Method::POST, session.base.segments(path), OPERATION)
        .idempotent()
        .sensitive()
        .json(body)
        .map_err(|error| unavailable(error.to_string()))?;
    session
        .transport
        .send(request)
        .await
        .map_err(|error| unavailable(format!("Docker Hub gave no answer: {}", error.message)))
}

fn refused(session: &Session, response: &Response) -> TokenError {
    let passes = response.status.is_server_error() || response.status == StatusCode::TOO_MANY_REQUESTS;
    let said = said(response);
    if passes {
        return TokenError::new(
            TokenErrorKind::Unavailable,
            format!("Docker Hub is out of order: {said}"),
        );
    }
    let name = sanitize(&session.username);
    let refused: Option<Refused> = response.json().ok();
    let second_factor = refused.is_some_and(|refused| refused.login_2fa_token.is_some());
    let text = if second_factor {
        format!(
            "the account {name} has two-factor authentication on, so its password alone does not log in. Put a personal access \
             token (https://app.docker.com/settings/personal-access-tokens) in `password` or DOCKER_PASSWORD. A token manages \
             repositories, and not tokens or organizations"
        )
    } else {
        let check = match Kind::of(&session.secret) {
            Kind::Organization => {
                "An organization access token logs in with the name of its organization as `username` (DOCKER_USERNAME), and \
                 not once it is revoked or has expired"
            }
            Kind::Personal => {
                "A personal access token logs in with the Docker ID of its owner as `username` (DOCKER_USERNAME), and not once \
                 it is revoked or has expired"
            }
            Kind::Password | Kind::Desktop => {
                "Check `username`, which is the Docker ID and not the e-mail address, and `password` (DOCKER_USERNAME, \
                 DOCKER_PASSWORD). After some failures Docker Hub locks the name for minutes"
            }
        };
        format!(
            "Docker Hub does not let {name} in with this {}: {said}. {check}",
            Kind::of(&session.secret).name()
        )
    };
    TokenError::new(TokenErrorKind::Rejected, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_itself_when_it_ends() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1767225600,"username":"alice"}"#);
        assert_eq!(
            expiry(&format!("e30.{claims}.x")),
            Some("2026-01-01T00:00:00Z".parse().unwrap())
        );
        assert_eq!(expiry("no token"), None);
    }
}
