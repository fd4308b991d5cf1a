//! What can go wrong at a service, by what the engine does about it.

use regprov_addr::AttributePath;
use std::time::Duration;

/// A failure of one operation at a service. It never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What the engine does about it.
    pub kind: ErrorKind,
    /// What went wrong, as a sentence; what the service said is in it.
    pub message: String,
    /// What to do, as a sentence or a command.
    pub remedy: Option<String>,
    /// What was asked: `PUT registries/NAME`.
    pub operation: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The service's own error code.
    pub code: Option<String>,
    /// The service's request id, for its support.
    pub request_id: Option<String>,
}

/// What the engine does about an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something made a moment ago is not visible yet: wait, with a cap.
    NotYetVisible,
    /// Too many requests: wait as long as the service says.
    Throttled(Option<Duration>),
    /// It may pass: ask again.
    Transient,
    /// The write may have happened: look before asking again.
    Ambiguous,
    /// Something else changed the object at the same time: read, then ask again.
    Conflict,
    /// The object exists already and may not be ours. Holds its import id where that is known.
    Exists(Option<String>),
    /// The credential may not do this.
    Denied,
    /// The credential itself is missing, wrong or expired.
    Unauthenticated,
    /// An argument is refused.
    Invalid(Option<AttributePath>),
    /// The service or regprov cannot do this.
    Unsupported,
    /// It failed for good.
    Failed,
}

impl Error {
    /// An error of a kind with a sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            remedy: None,
            operation: None,
            status: None,
            code: None,
            request_id: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds what was asked.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }
}
