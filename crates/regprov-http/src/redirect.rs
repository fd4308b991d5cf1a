//! Redirects, followed by our rules: never to plain HTTP, never with credentials to another host.

use crate::base::{is_loopback, is_safe, same_origin};
use crate::message::shown;
use crate::{Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use http::header::{ACCEPT, LOCATION, RANGE, USER_AGENT};
use http::{Method, StatusCode};
use url::Url;

/// Follows redirects of reading requests. Redirects of other methods are handed to the caller as they are.
#[derive(Debug)]
pub struct Redirect<T> {
    inner: T,
    limit: usize,
}

impl<T> Redirect<T> {
    /// Follows at most five redirects.
    pub const fn new(inner: T) -> Self {
        Self { inner, limit: 5 }
    }
}

#[async_trait]
impl<T: Transport> Transport for Redirect<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut request = request;
        for _ in 0..=self.limit {
            let follows = request.method == Method::GET || request.method == Method::HEAD;
            let response = self.inner.send(request.clone()).await?;
            if !follows || !is_redirect(response.status) {
                return Ok(response);
            }
            let Some(location) = response.header(LOCATION.as_str()) else {
                return Ok(response);
            };
            request = redirected(request, location)?;
        }
        let message = format!(
            "failed to {}: more than {} redirects",
            request.operation, self.limit
        );
        Err(TransportError::new(TransportErrorKind::Refused, message))
    }
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn redirected(mut request: Request, location: &str) -> Result<Request, TransportError> {
    let refused = |why: String| {
        let message = format!(
            "failed to {}: {} redirects {why}",
            request.operation,
            request.shown_url()
        );
        TransportError::new(TransportErrorKind::Refused, message)
    };
    let target: Url = request
        .url
        .join(location)
        .map_err(|_| refused("to what is not a URL".into()))?;
    if !is_safe(&target) {
        return Err(refused(format!("to {}, which is not HTTPS", shown(&target))));
    }
    if is_loopback(&target) && !is_loopback(&request.url) {
        return Err(refused("to this machine".into()));
    }
    if request.url.scheme() == "https" && target.scheme() == "http" {
        return Err(refused("from HTTPS to HTTP".into()));
    }
    if !same_origin(&request.url, &target) {
        // Only what is known to be harmless crosses over: no Authorization, no cookie, no API key of any name.
        let mut kept = http::HeaderMap::new();
        for name in [ACCEPT, USER_AGENT, RANGE] {
            if let Some(value) = request.headers.get(&name) {
                kept.insert(name, value.clone());
            }
        }
        request.headers = kept;
    }
    request.url = target;
    Ok(request)
}
