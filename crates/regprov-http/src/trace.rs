//! One log line per exchange: method, URL without its query, status, time taken, request id. Never a body.

use crate::clock::until;
use crate::{Clock, Request, Response, Transport, TransportError, sanitize};
use async_trait::async_trait;
use std::sync::Arc;

/// Tells `tracing` of every exchange.
pub struct Trace<T> {
    inner: T,
    clock: Arc<dyn Clock>,
}

impl<T> Trace<T> {
    /// Puts tracing around a transport.
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock }
    }
}

#[async_trait]
impl<T: Transport> Transport for Trace<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let (method, url, operation) = (request.method.clone(), request.shown_url(), request.operation);
        let start = self.clock.now();
        let outcome = self.inner.send(request).await;
        let ms = u64::try_from(until(start, self.clock.now()).as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(response) => tracing::debug!(
                %method, url, operation, ms,
                status = response.status.as_u16(),
                request_id = request_id(response).as_deref(),
                "http exchange"
            ),
            Err(error) => tracing::debug!(%method, url, operation, ms, kind = ?error.kind, "http failure"),
        }
        outcome
    }
}

/// The service's own name for this exchange, which its support asks for.
#[must_use]
pub fn request_id(response: &Response) -> Option<String> {
    [
        "x-ms-request-id",
        "request-id",
        "x-request-id",
        "x-ms-correlation-request-id",
        "x-amzn-requestid",
    ]
    .iter()
    .find_map(|name| response.header(name))
    .map(|id| sanitize(id).chars().take(128).collect())
}
