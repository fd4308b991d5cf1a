//! Sandbox isolation: nothing leaves this machine.

use crate::base::is_loopback;
use crate::{Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;

/// Refuses every request whose host is not loopback, before a socket is opened.
#[derive(Debug)]
pub struct LoopbackOnly<T> {
    inner: T,
}

impl<T> LoopbackOnly<T> {
    /// Isolates a transport.
    pub const fn new(inner: T) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<T: Transport> Transport for LoopbackOnly<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if is_loopback(&request.url) {
            return self.inner.send(request).await;
        }
        let message = format!(
            "the sandbox refuses to {}: {} is not on this machine; nothing was sent",
            request.operation,
            request.shown_url()
        );
        Err(TransportError::new(TransportErrorKind::Refused, message))
    }
}
