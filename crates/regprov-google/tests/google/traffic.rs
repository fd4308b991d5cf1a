//! Every request that the provider sends, and every answer of the sandbox, is as Google describes its APIs.

use async_trait::async_trait;
use regprov_emulator::GoogleExchange;
use regprov_http::{Request, Response, Transport, TransportError};
use std::sync::Arc;

/// A way to the sandbox on which every request and its answer is held against the descriptions.
pub(crate) struct Described(pub(crate) Arc<dyn Transport>);

#[async_trait]
impl Transport for Described {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sent = request.clone();
        let response = self.0.send(request).await?;
        is_as_described(&sent, &response);
        Ok(response)
    }
}

/// Fails where a request or its answer is not as the API is described. An error that a test injects has no body.
fn is_as_described(request: &Request, response: &Response) {
    let status = response.status.as_u16();
    if status >= 400 && response.body.is_empty() {
        return;
    }
    let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    let exchange = GoogleExchange {
        host: request.url.host_str().unwrap_or_default(),
        method: request.method.as_str(),
        path: request.url.path(),
        query: &query,
        sent: &request.body,
        status,
        told: &response.body,
    };
    let wrong = exchange.discrepancies();
    assert!(
        wrong.is_empty(),
        "{} {}: {wrong:?}: sent {}, told {}",
        request.method,
        request.url,
        String::from_utf8_lossy(&request.body),
        String::from_utf8_lossy(&response.body)
    );
}
