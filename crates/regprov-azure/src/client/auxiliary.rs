//! Tokens of further tenants: requests that touch resources of several carry one of each.

use async_trait::async_trait;
use http::header::{HeaderName, HeaderValue};
use regprov_http::{BaseUri, Request, Response, TokenCache, Transport, TransportError, TransportErrorKind};
use zeroize::Zeroizing;

/// Adds the tokens of further tenants to requests to one origin.
pub(crate) struct Auxiliary<T> {
    pub(crate) inner: T,
    /// One cache per tenant.
    pub(crate) tokens: Vec<TokenCache>,
    pub(crate) audience: String,
    pub(crate) origin: BaseUri,
}

#[async_trait]
impl<T: Transport> Transport for Auxiliary<T> {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        if !self.tokens.is_empty() && self.origin.owns(&request.url) {
            let failed = |operation: &str| {
                let message = format!("failed to {operation}: no access token of an auxiliary tenant");
                TransportError::new(TransportErrorKind::Unauthenticated, message)
            };
            let mut text = Zeroizing::new(String::new());
            for tokens in &self.tokens {
                let token = tokens.get(&self.audience).await;
                let token = token.map_err(|error| failed(request.operation).with_source(error))?;
                if !text.is_empty() {
                    text.push_str("; ");
                }
                text.push_str("Bearer ");
                text.push_str(token.reveal());
            }
            let mut value = HeaderValue::from_str(&text).map_err(|_| failed(request.operation))?;
            value.set_sensitive(true);
            request
                .headers
                .insert(HeaderName::from_static("x-ms-authorization-auxiliary"), value);
        }
        self.inner.send(request).await
    }
}
