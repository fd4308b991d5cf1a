//! From settings to a connected client.

use crate::Services;
use crate::client::{Api, Client, Paced, Signer};
use crate::endpoints::Endpoint;
use crate::settings::{Method, SecretText, Settings, ignores_errors};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use regprov_http::{
    Authorize, Request, Token, TokenCache, TokenError, TokenErrorKind, TokenSource, Transport, sanitize,
};
use regprov_provider::{ConnectRequest, Connection, Error, ErrorKind};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Connects: chooses the method, learns the server's time, proves who we are.
pub(super) async fn connect(request: &ConnectRequest<'_>, services: &Services) -> Result<Connection, Error> {
    let ignore = ignores_errors(request);
    let connected = match Settings::read(request, &services.files) {
        Ok(settings) => connected(&settings, services, ignore).await,
        Err(error) => Err(error),
    };
    let project = services.project.clone();
    match connected {
        Ok((api, summary)) => Ok(Connection {
            client: Arc::new(Client::new(Ok(api), project)),
            summary,
            registry: None,
        }),
        Err(error) if ignore => {
            let message = "OVH API client is not initialized, check your provider credentials configuration";
            let unusable = Error::new(error.kind, format!("{message}: {}", error.message))
                .remedy(error.remedy.unwrap_or_default());
            Ok(Connection {
                client: Arc::new(Client::new(Err(unusable), project)),
                summary: "OVHcloud (not connected)".to_owned(),
                registry: None,
            })
        }
        Err(error) => Err(error),
    }
}

async fn connected(settings: &Settings, services: &Services, unproven: bool) -> Result<(Api, String), Error> {
    let endpoint = &settings.endpoint;
    let transport: Arc<dyn Transport> = match settings.rate {
        Some(rate) => Arc::new(Paced::new(
            Arc::clone(&services.transport),
            Arc::clone(&services.clock),
            rate,
        )),
        None => Arc::clone(&services.transport),
    };
    let mut offset = SignedDuration::ZERO;
    let authorized: Arc<dyn Transport> = match &settings.method {
        Method::Keys {
            application_key,
            application_secret,
            consumer_key,
        } => {
            services.redactor.register(application_secret);
            services.redactor.register(consumer_key);
            offset = ahead(&transport, endpoint, services).await?;
            Arc::new(Signer {
                inner: transport,
                application_key: application_key.clone(),
                application_secret: application_secret.clone(),
                consumer_key: consumer_key.clone(),
                offset,
                clock: Arc::clone(&services.clock),
            })
        }
        Method::ServiceAccount {
            client_id,
            client_secret,
        } => {
            services.redactor.register(client_secret);
            let source = ServiceAccount {
                transport: Arc::clone(&transport),
                url: endpoint
                    .token_url
                    .clone()
                    .expect("settings without one are refused"),
                client_id: client_id.clone(),
                client_secret: client_secret.clone(),
                services: services.clone(),
            };
            bearer(transport, Arc::new(source), endpoint, services)
        }
        Method::AccessToken(token) => {
            services.redactor.register(token);
            bearer(transport, Arc::new(Given(token.clone())), endpoint, services)
        }
    };
    let api = Api::new(authorized, endpoint.base.clone())
        .behind_by(offset)
        .with_headers(&settings.headers, settings.user_agent_extra.as_deref())?;
    let how = format!("{}, {}", sanitize(&endpoint.name), settings.method.name());
    if unproven {
        return Ok((api, format!("OVHcloud ({how})")));
    }
    let account = prove(&api).await?;
    Ok((api, format!("OVHcloud ({how}), as {account}")))
}

fn bearer(
    transport: Arc<dyn Transport>,
    source: Arc<dyn TokenSource>,
    endpoint: &Endpoint,
    services: &Services,
) -> Arc<dyn Transport> {
    let tokens = Arc::new(TokenCache::new(source, Arc::clone(&services.clock)));
    Arc::new(Authorize::new(
        transport,
        tokens,
        "ovh",
        endpoint.base.url().clone(),
    ))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    account: Option<String>,
}

/// The first call proves who we are once, where the provider is configured, and not at each of its resources.
async fn prove(api: &Api) -> Result<String, Error> {
    let read: Result<Option<Details>, Error> = api.get(&["auth", "details"], "read who we are").await;
    match read {
        Ok(details) => {
            let account = details.and_then(|details| details.account);
            Ok(account.map_or_else(|| "unnamed".to_owned(), |account| sanitize(&account)))
        }
        // The consumer key may do its work and yet not ask who it is.
        Err(error) if error.kind == ErrorKind::Denied => Ok("unnamed".to_owned()),
        Err(error) => Err(Error {
            message: format!("OVH client seems to be misconfigured: {}", error.message),
            ..error
        }),
    }
}

/// How far our clock is ahead of the server's.
async fn ahead(
    transport: &Arc<dyn Transport>,
    endpoint: &Endpoint,
    services: &Services,
) -> Result<SignedDuration, Error> {
    let api = Api::new(Arc::clone(transport), endpoint.base.clone());
    let read: Result<Option<i64>, Error> = api.get(&["auth", "time"], "read the time of the API").await;
    let failed = |why: String, kind: ErrorKind| {
        let message = format!("the OVH API is not reachable: failed to get /auth/time response: {why}");
        Error::new(kind, message).remedy("Check `endpoint` (OVH_ENDPOINT) and the network.")
    };
    let seconds = match read {
        Ok(Some(seconds)) => seconds,
        Ok(None) => return Err(failed("it is not there".to_owned(), ErrorKind::Failed)),
        Err(error) => return Err(failed(error.message, error.kind)),
    };
    let there = Timestamp::from_second(seconds)
        .map_err(|_| failed("it is no instant".to_owned(), ErrorKind::Failed))?;
    Ok(services.clock.now().duration_since(there))
}

/// A token that was given.
struct Given(SecretText);

#[async_trait]
impl TokenSource for Given {
    async fn fetch(&self, _audience: &str) -> Result<Token, TokenError> {
        Ok(Token::new(self.0.as_str(), Timestamp::MAX))
    }
}

/// The tokens of a service account.
struct ServiceAccount {
    transport: Arc<dyn Transport>,
    url: Url,
    client_id: String,
    client_secret: SecretText,
    services: Services,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    #[serde(default)]
    expires_in: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

#[async_trait]
impl TokenSource for ServiceAccount {
    async fn fetch(&self, _audience: &str) -> Result<Token, TokenError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.as_str()),
            ("scope", "all"),
        ];
        let request = Request::new(
            http::Method::POST,
            self.url.clone(),
            "get a token of the service account",
        )
        .form(&form)
        .idempotent()
        .sensitive();
        let unavailable = |message: String| TokenError::new(TokenErrorKind::Unavailable, message);
        let response =
            self.transport.send(request).await.map_err(|error| {
                unavailable(format!("the token service gave no answer: {}", error.message))
            })?;
        if !response.status.is_success() {
            let refused: Refused = response.json().unwrap_or_default();
            let said = sanitize(self.services.redactor.scrub(&refused.error_description).as_ref());
            let message = format!(
                "the token service refused the service account {} ({}): {said}. Check `client_id` (OVH_CLIENT_ID) and \
                 `client_secret` (OVH_CLIENT_SECRET), and that they are of this endpoint",
                sanitize(&self.client_id),
                sanitize(&refused.error)
            );
            let passes = response.status.is_server_error() || response.status.as_u16() == 429;
            let kind = if passes {
                TokenErrorKind::Unavailable
            } else {
                TokenErrorKind::Rejected
            };
            return Err(TokenError::new(kind, message));
        }
        let granted: Granted = response
            .json()
            .map_err(|_| unavailable("the token service gave an answer that is no token".to_owned()))?;
        self.services.redactor.register(&granted.access_token);
        let life = Duration::from_secs(granted.expires_in.unwrap_or(3600));
        let now = self.services.clock.now();
        Ok(Token::new(
            granted.access_token.as_str(),
            now.checked_add(life).unwrap_or(Timestamp::MAX),
        ))
    }
}
