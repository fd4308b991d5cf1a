//! The endpoints that give tokens: OAuth, the security token service, the lending of service accounts.

use crate::Services;
use http::Method;
use http::header::AUTHORIZATION;
use jiff::{SignedDuration, Timestamp};
use regprov_http::{BaseUri, Request, Response, Token, TokenError, TokenErrorKind, sanitize};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

/// Asks for tokens.
pub(crate) struct Exchange {
    services: Services,
    /// Where service accounts lend their rights.
    credentials: BaseUri,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    #[serde(default)]
    expires_in: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lent {
    access_token: Zeroizing<String>,
    expire_time: Option<String>,
}

#[derive(Serialize)]
struct Lending<'a> {
    scope: &'a [&'a str],
    lifetime: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delegates: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error_description: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusedCall {
    error: RefusedCallOf,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusedCallOf {
    message: String,
}

impl Exchange {
    /// Asks through the services' transport.
    pub(crate) fn new(services: Services, credentials: BaseUri) -> Self {
        Self {
            services,
            credentials,
        }
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// A request that no log may quote.
    pub(super) async fn send(&self, request: Request) -> Result<Response, TokenError> {
        let operation = request.operation;
        let request = request.idempotent().sensitive();
        let response = self.services.transport.send(request).await.map_err(|error| {
            TokenError::new(
                TokenErrorKind::Unavailable,
                format!("failed to {operation}: {}", error.message),
            )
        })?;
        if response.status.is_success() {
            return Ok(response);
        }
        let said = response
            .json::<Refused>()
            .map(|refused| refused.error_description)
            .ok()
            .filter(|text| !text.is_empty())
            .or_else(|| {
                response
                    .json::<RefusedCall>()
                    .ok()
                    .map(|refused| refused.error.message)
            });
        let said = said.unwrap_or_default();
        let passes = response.status.is_server_error() || response.status.as_u16() == 429;
        Err(TokenError::new(
            if passes {
                TokenErrorKind::Unavailable
            } else {
                TokenErrorKind::Rejected
            },
            format!(
                "failed to {operation}: {} ({})",
                sanitize(&self.services.redactor.scrub(&said)),
                response.status
            ),
        ))
    }

    /// A token for a form.
    pub(super) async fn granted(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        operation: &'static str,
    ) -> Result<Token, TokenError> {
        let request = Request::new(Method::POST, url.clone(), operation).form(form);
        let response = self.send(request).await?;
        self.token(&response)
    }

    /// The token of an answer.
    pub(super) fn token(&self, response: &Response) -> Result<Token, TokenError> {
        let granted: Granted = response.json().map_err(|error| unreadable(&error))?;
        self.services.redactor.register(&granted.access_token);
        let life = SignedDuration::from_secs(granted.expires_in.unwrap_or(3600));
        let expires = self.now().checked_add(life).unwrap_or(Timestamp::MAX);
        Ok(Token::new(granted.access_token.as_str(), expires))
    }

    /// Where a service account lends its rights.
    pub(super) fn lending(&self, email: &str) -> Result<Url, TokenError> {
        Ok(self
            .credentials
            .path(&format!("projects/-/serviceAccounts/{email}:generateAccessToken")))
    }

    /// A token of a service account, for someone who may ask it to lend its rights.
    pub(super) async fn lend(
        &self,
        url: Url,
        (lender, delegates): (&str, &[String]),
        scopes: &[&str],
    ) -> Result<Token, TokenError> {
        let body = Lending {
            scope: scopes,
            lifetime: "3600s",
            delegates: delegates
                .iter()
                .map(|name| format!("projects/-/serviceAccounts/{name}"))
                .collect(),
        };
        let bearer = Zeroizing::new(format!("Bearer {lender}"));
        let request = Request::new(
            Method::POST,
            url,
            "get a token of the service account that lends its rights",
        )
        .json(&body)
        .and_then(|request| request.secret_header(AUTHORIZATION, &bearer))
        .map_err(|error| unreadable(&error))?;
        let response = self.send(request).await?;
        let lent: Lent = response.json().map_err(|error| unreadable(&error))?;
        self.services.redactor.register(&lent.access_token);
        let hour = SignedDuration::from_hours(1);
        let expires = lent.expire_time.and_then(|text| text.parse().ok());
        Ok(Token::new(
            lent.access_token.as_str(),
            expires.unwrap_or_else(|| self.now().checked_add(hour).unwrap_or(Timestamp::MAX)),
        ))
    }
}

pub(super) fn unreadable(error: &dyn std::error::Error) -> TokenError {
    TokenError::new(TokenErrorKind::Unavailable, error.to_string())
}
