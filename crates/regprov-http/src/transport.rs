//! The one trait.

use crate::{Request, Response, TransportError};
use async_trait::async_trait;
use std::sync::Arc;

/// Carries one request and brings its answer.
///
/// Guarantees: an answer of any status is `Ok`; `Err` means that no complete answer arrived, and
/// [`TransportError::outcome_is_ambiguous`] tells whether the request may have been carried out.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends the request.
    ///
    /// # Errors
    ///
    /// No complete answer arrived, or the request was refused before it was sent.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        (**self).send(request).await
    }
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Box<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        (**self).send(request).await
    }
}
