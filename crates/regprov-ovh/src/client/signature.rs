//! Signed requests: `$1$` and the SHA-1 of secret, consumer key, method, URL, body and the server's time.

use async_trait::async_trait;
use http::HeaderName;
use jiff::SignedDuration;
use regprov_http::{Clock, Request, Response, Transport, TransportError, TransportErrorKind};
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Signs requests.
pub(crate) struct Signer {
    pub(crate) inner: Arc<dyn Transport>,
    pub(crate) application_key: String,
    pub(crate) application_secret: Zeroizing<String>,
    pub(crate) consumer_key: Zeroizing<String>,
    /// How far our clock is ahead of the server's.
    pub(crate) offset: SignedDuration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Signer {
    fn signature(&self, request: &Request, stamp: &str) -> String {
        let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        let parts: [&[u8]; 6] = [
            self.application_secret.as_bytes(),
            self.consumer_key.as_bytes(),
            request.method.as_str().as_bytes(),
            request.url.as_str().as_bytes(),
            &request.body,
            stamp.as_bytes(),
        ];
        for (index, part) in parts.into_iter().enumerate() {
            if index > 0 {
                context.update(b"+");
            }
            context.update(part);
        }
        format!("$1${}", hex::encode(context.finish()))
    }
}

#[async_trait]
impl Transport for Signer {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let now = self.clock.now();
        let there = now.checked_sub(self.offset).unwrap_or(now);
        let stamp = there.as_second().to_string();
        let signature = self.signature(&request, &stamp);
        let signed = request
            .header(
                HeaderName::from_static("x-ovh-application"),
                &self.application_key,
            )
            .and_then(|request| request.header(HeaderName::from_static("x-ovh-timestamp"), &stamp))
            .and_then(|request| {
                request.secret_header(HeaderName::from_static("x-ovh-consumer"), &self.consumer_key)
            })
            .and_then(|request| request.secret_header(HeaderName::from_static("x-ovh-signature"), &signature))
            .map_err(|error| TransportError::new(TransportErrorKind::Unauthenticated, error.to_string()))?;
        self.inner.send(signed).await
    }
}
