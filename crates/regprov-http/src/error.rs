//! Why no answer arrived.

use std::error::Error;
use std::fmt;

/// What stopped a request, as far as a caller must tell cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportErrorKind {
    /// No connection could be made: name resolution, refused, unreachable. Nothing was sent.
    Connect,
    /// The TLS handshake failed: an untrusted certificate, an old protocol. Nothing was sent.
    Tls,
    /// Time ran out.
    Timeout {
        /// Whether the request may have reached the server.
        sent: bool,
    },
    /// The connection broke.
    Reset {
        /// Whether the request may have reached the server.
        sent: bool,
    },
    /// The answer is larger than the limit. The request was carried out.
    BodyTooLarge,
    /// Our own rules forbid this request: isolation, a redirect to elsewhere, plain HTTP. Nothing was sent.
    Refused,
    /// No token could be had for the request. Nothing was sent.
    Unauthenticated,
    /// Anything else.
    Other,
}

/// A request that brought no complete answer.
pub struct TransportError {
    /// What stopped it.
    pub kind: TransportErrorKind,
    /// What happened, in words; never holds a query, a header or a body.
    pub message: String,
    /// The underlying error.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// An error without a deeper cause.
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// The same error, with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the server may have carried the request out although no answer arrived.
    #[must_use]
    pub const fn outcome_is_ambiguous(&self) -> bool {
        match self.kind {
            TransportErrorKind::Timeout { sent } | TransportErrorKind::Reset { sent } => sent,
            TransportErrorKind::BodyTooLarge | TransportErrorKind::Other => true,
            TransportErrorKind::Connect
            | TransportErrorKind::Tls
            | TransportErrorKind::Refused
            | TransportErrorKind::Unauthenticated => false,
        }
    }

    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self.kind {
            TransportErrorKind::Connect
            | TransportErrorKind::Timeout { .. }
            | TransportErrorKind::Reset { .. } => true,
            TransportErrorKind::Tls
            | TransportErrorKind::BodyTooLarge
            | TransportErrorKind::Refused
            | TransportErrorKind::Unauthenticated
            | TransportErrorKind::Other => false,
        }
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .finish()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
