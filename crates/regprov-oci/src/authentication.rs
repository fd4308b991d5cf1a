//! Tokens of a registry's token service.

use crate::challenge::Challenge;
use crate::error::{RegistryError, RegistryErrorKind};
use crate::host::is_trusted_realm;
use crate::{Credential, RegistryClient};
use http::Method;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use regprov_http::{Request, Response};
use serde::Deserialize;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// A token for a scope.
#[derive(Clone)]
pub(crate) struct ScopedToken {
    pub(crate) secret: Zeroizing<String>,
    pub(crate) good_until: Timestamp,
}

/// How the registry wants to be asked, as its first answer said.
#[derive(Clone, Debug)]
pub(crate) enum Scheme {
    /// As anyone.
    Open,
    Basic,
    Bearer {
        realm: Url,
        service: Option<String>,
    },
}

impl Scheme {
    /// Chooses among the challenges of the first answer. Bearer is preferred, as clients do.
    pub(crate) fn choose(registry: &Url, challenges: &[Challenge]) -> Result<Self, RegistryError> {
        let bearer = challenges.iter().find_map(|challenge| match challenge {
            Challenge::Bearer { realm, service, .. } => Some((realm, service)),
            Challenge::Basic => None,
        });
        let Some((realm, service)) = bearer else {
            return match challenges.first() {
                Some(_) => Ok(Self::Basic),
                None => Err(RegistryError::new(
                    RegistryErrorKind::NotARegistry,
                    "failed to log in: the registry asks for a kind of login that is not known here",
                )),
            };
        };
        let parsed = registry
            .join(realm)
            .ok()
            .filter(|url| is_trusted_realm(registry, url));
        let Some(url) = parsed else {
            let message = format!(
                "refused to log in: the registry asks for the credential to be sent to {}, which is neither the registry \
                 nor in its domain",
                regprov_http::sanitize(realm.split('?').next().unwrap_or_default())
            );
            return Err(RegistryError::new(RegistryErrorKind::UntrustedRealm, message));
        };
        Ok(Self::Bearer {
            realm: url,
            service: service.clone(),
        })
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<Zeroizing<String>>,
    access_token: Option<Zeroizing<String>>,
    expires_in: Option<u64>,
}

const OPERATION: &str = "get a token of the registry";

impl RegistryClient {
    /// A token for the scope, from the cache or the token service.
    pub(crate) async fn token(
        &self,
        realm: &Url,
        service: Option<&str>,
        scope: Option<&str>,
    ) -> Result<ScopedToken, RegistryError> {
        let key = scope.unwrap_or_default().to_owned();
        let now = self.clock.now();
        if let Some(token) = self.tokens().get(&key).filter(|token| now < token.good_until) {
            return Ok(token.clone());
        }
        let mut response = if self.holds_identity_token() {
            self.token_by_form(realm, service, scope).await?
        } else {
            self.token_by_query(realm, service, scope).await?
        };
        if matches!(response.status.as_u16(), 404 | 405)
            && self.credential.is_some()
            && !self.holds_identity_token()
        {
            response = self.token_by_form(realm, service, scope).await?;
        }
        let token = self.read_token(&response)?;
        self.tokens().insert(key, token.clone());
        Ok(token)
    }

    /// The user name `<token>` says that the secret is a refresh token, as in docker's credential helpers.
    fn holds_identity_token(&self) -> bool {
        self.credential
            .as_ref()
            .is_some_and(|credential| credential.username() == "<token>")
    }

    async fn token_by_query(
        &self,
        realm: &Url,
        service: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Response, RegistryError> {
        let mut url = realm.clone();
        {
            let mut query = url.query_pairs_mut();
            for (name, value) in [("service", service), ("scope", scope)] {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
            if let Some(credential) = &self.credential {
                query.append_pair("account", credential.username());
            }
        }
        let mut request = Request::get(url, OPERATION).sensitive();
        if let Some(credential) = &self.credential {
            request = basic(request, credential)?;
        }
        self.transport
            .send(request)
            .await
            .map_err(|error| RegistryError::network(OPERATION, error))
    }

    async fn token_by_form(
        &self,
        realm: &Url,
        service: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Response, RegistryError> {
        let Some(credential) = &self.credential else {
            return Err(RegistryError::new(
                RegistryErrorKind::Unauthorized,
                "failed to log in: no credential",
            ));
        };
        let mut form = vec![("client_id", "regprov")];
        if self.holds_identity_token() {
            form.extend([
                ("grant_type", "refresh_token"),
                ("refresh_token", credential.secret()),
            ]);
        } else {
            form.extend([
                ("grant_type", "password"),
                ("username", credential.username()),
                ("password", credential.secret()),
            ]);
        }
        form.extend(service.map(|service| ("service", service)));
        form.extend(scope.map(|scope| ("scope", scope)));
        // Asking for a token twice has the effect of asking once.
        let request = Request::new(Method::POST, realm.clone(), OPERATION)
            .form(&form)
            .sensitive()
            .idempotent();
        self.transport
            .send(request)
            .await
            .map_err(|error| RegistryError::network(OPERATION, error))
    }

    fn read_token(&self, response: &Response) -> Result<ScopedToken, RegistryError> {
        let now = self.clock.now();
        if !response.status.is_success() {
            let mut error = self.refusal(OPERATION, response);
            // A token service refuses a wrong secret with any of these.
            if matches!(response.status.as_u16(), 400 | 401 | 403) {
                error.kind = RegistryErrorKind::Unauthorized;
            }
            return Err(error);
        }
        let answer: Option<TokenAnswer> = response.json().ok();
        let life = answer.as_ref().and_then(|answer| answer.expires_in).unwrap_or(60);
        let secret = answer
            .and_then(|answer| answer.token.or(answer.access_token))
            .filter(|token| !token.is_empty());
        let Some(secret) = secret else {
            let message = format!("failed to {OPERATION}: its answer holds no token");
            return Err(RegistryError::new(RegistryErrorKind::NotARegistry, message));
        };
        self.redactor.register(&secret);
        let good_for = Duration::from_secs(life.min(86_400)).mul_f64(0.8);
        let good_until = now.checked_add(good_for).unwrap_or(now);
        Ok(ScopedToken { secret, good_until })
    }
}

/// Adds user name and secret.
pub(crate) fn basic(request: Request, credential: &Credential) -> Result<Request, RegistryError> {
    request
        .secret_header(AUTHORIZATION, &credential.basic())
        .map_err(|_| {
            RegistryError::new(
                RegistryErrorKind::Rejected,
                "failed to log in: the credential cannot be sent in a header",
            )
        })
}
