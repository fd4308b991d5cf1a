//! Tokens: kept by audience, renewed before they expire, asked for once at a time.

use crate::base::same_origin;
use crate::clock::{after, until};
use crate::{Clock, Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// A bearer token.
pub struct Token {
    secret: Zeroizing<String>,
    expires_at: Timestamp,
}

impl Token {
    /// Wraps a token that expires at an instant.
    pub fn new(secret: impl Into<String>, expires_at: Timestamp) -> Self {
        Self {
            secret: Zeroizing::new(secret.into()),
            expires_at,
        }
    }

    /// The token, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.secret
    }

    /// When it expires.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(expires_at: {})", self.expires_at)
    }
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenErrorKind {
    /// The identity is wrong, expired or not allowed: asking again does not help.
    Rejected,
    /// The token service could not be reached, or was out of order.
    Unavailable,
    /// The identity is not configured, or its source is missing.
    NotConfigured,
}

/// No token could be had.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct TokenError {
    /// Why.
    pub kind: TokenErrorKind,
    /// What happened and what to do, in sentences; no secret in it.
    pub message: String,
    /// What the token service or the network said.
    #[source]
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl TokenError {
    /// An error without a deeper cause.
    pub fn new(kind: TokenErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// The same error, with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

/// Gets tokens from where they are issued.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// Asks for a new token.
    ///
    /// # Errors
    ///
    /// There is none to be had.
    async fn fetch(&self, audience: &str) -> Result<Token, TokenError>;
}

/// Keeps the tokens of one identity, by audience.
///
/// Guarantees: for one audience at most one request is under way; who waits for it shares its outcome, be it a
/// token or an error. A token is renewed when less than five minutes, or a fifth of its life, remain.
pub struct TokenCache {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    entries: Mutex<BTreeMap<String, Arc<Entry>>>,
}

#[derive(Default)]
struct Entry {
    /// How many requests have ended. Read before waiting, to tell whether an error is of the awaited request.
    ended: Mutex<u64>,
    slot: tokio::sync::Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    token: Option<(Arc<Token>, Timestamp)>,
    error: Option<TokenError>,
}

impl TokenCache {
    /// An empty cache over a source.
    pub fn new(source: Arc<dyn TokenSource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            entries: Mutex::new(BTreeMap::new()),
        }
    }

    /// A token that is good for a while, from the cache or the source.
    ///
    /// # Errors
    ///
    /// The source has none.
    pub async fn get(&self, audience: &str) -> Result<Arc<Token>, TokenError> {
        let entry = self.entry(audience);
        let seen = *entry.ended.lock().expect("no holder of this lock panics");
        let mut slot = entry.slot.lock().await;
        let now = self.clock.now();
        if let Some((token, renew_at)) = &slot.token
            && now < *renew_at
        {
            return Ok(Arc::clone(token));
        }
        let ended = *entry.ended.lock().expect("no holder of this lock panics");
        if let (true, Some(error)) = (ended != seen, &slot.error) {
            return Err(error.clone());
        }
        let outcome = self.source.fetch(audience).await;
        *entry.ended.lock().expect("no holder of this lock panics") += 1;
        match outcome {
            Ok(token) => {
                let token = Arc::new(token);
                let life = until(now, token.expires_at);
                let margin = Duration::from_secs(300).min(life / 5);
                *slot = Slot {
                    token: Some((Arc::clone(&token), after(now, life - margin))),
                    error: None,
                };
                Ok(token)
            }
            Err(error) => {
                *slot = Slot {
                    token: None,
                    error: Some(error.clone()),
                };
                Err(error)
            }
        }
    }

    /// Forgets a token that was refused, unless it has been renewed meanwhile.
    pub async fn forget(&self, audience: &str, refused: &Token) {
        let entry = self.entry(audience);
        let mut slot = entry.slot.lock().await;
        if slot
            .token
            .as_ref()
            .is_some_and(|(token, _)| token.reveal() == refused.reveal())
        {
            slot.token = None;
        }
    }

    fn entry(&self, audience: &str) -> Arc<Entry> {
        let mut entries = self.entries.lock().expect("no holder of this lock panics");
        Arc::clone(entries.entry(audience.to_owned()).or_default())
    }
}

/// Adds a bearer token to requests to one origin, and to no other.
///
/// An answer 401 makes it forget the token and ask once more with a new one.
pub struct Authorize<T> {
    inner: T,
    tokens: Arc<TokenCache>,
    audience: String,
    origin: Url,
}

impl<T> Authorize<T> {
    /// Authorizes requests to the origin of `origin` with tokens for the audience.
    pub fn new(inner: T, tokens: Arc<TokenCache>, audience: impl Into<String>, origin: Url) -> Self {
        Self {
            inner,
            tokens,
            audience: audience.into(),
            origin,
        }
    }

    async fn token(&self, request: &Request) -> Result<Arc<Token>, TransportError> {
        self.tokens.get(&self.audience).await.map_err(|error| {
            let message = format!("failed to {}: no access token", request.operation);
            TransportError::new(TransportErrorKind::Unauthenticated, message).with_source(error)
        })
    }
}

#[async_trait]
impl<T: Transport> Transport for Authorize<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if !same_origin(&request.url, &self.origin) {
            return self.inner.send(request).await;
        }
        let token = self.token(&request).await?;
        let response = self.inner.send(with_bearer(&request, &token)?).await?;
        if response.status != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.tokens.forget(&self.audience, &token).await;
        let renewed = self.token(&request).await?;
        if renewed.reveal() == token.reveal() {
            return Ok(response);
        }
        self.inner.send(with_bearer(&request, &renewed)?).await
    }
}

fn with_bearer(request: &Request, token: &Token) -> Result<Request, TransportError> {
    let text = Zeroizing::new(format!("Bearer {}", token.reveal()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| {
        let message = format!(
            "failed to {}: the access token holds a character that a header cannot",
            request.operation
        );
        TransportError::new(TransportErrorKind::Unauthenticated, message)
    })?;
    value.set_sensitive(true);
    let mut request = request.clone();
    request.headers.insert(AUTHORIZATION, value);
    Ok(request)
}
