//! What a registry, or the way to it, refused.

use http::StatusCode;
use regprov_http::{Response, TransportError, TransportErrorKind, retry_after};
use serde::Deserialize;
use std::time::Duration;

/// What a caller must tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryErrorKind {
    /// The registry does not accept the credential: wrong, expired, or too new to be known everywhere.
    Unauthorized,
    /// The credential is good, and does not allow this.
    Denied,
    /// What was made a moment ago is not there yet: registry, repository, image.
    NotYetVisible,
    /// The registry asks for less haste.
    Throttled(Option<Duration>),
    /// The registry is out of order.
    Unavailable,
    /// No answer arrived.
    Network,
    /// What answers is no registry, or answers what a registry must not.
    NotARegistry,
    /// The registry asks for the credential to be sent elsewhere.
    UntrustedRealm,
    /// What came back is not what was pushed.
    Mismatch,
    /// The request was not accepted for another reason.
    Rejected,
    /// The registry does not offer this.
    Unsupported,
}

/// A registry's refusal, or none where no answer arrived.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct RegistryError {
    /// What a caller must tell apart.
    pub kind: RegistryErrorKind,
    /// What happened, in a sentence; holds the registry's own words, escaped, without secrets.
    pub message: String,
    /// The status of the answer, where there was one.
    pub status: Option<StatusCode>,
    /// What happened on the way.
    #[source]
    pub source: Option<TransportError>,
}

impl RegistryError {
    pub(crate) fn new(kind: RegistryErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            source: None,
        }
    }

    pub(crate) fn network(operation: &str, source: TransportError) -> Self {
        let kind = match source.kind {
            TransportErrorKind::Refused => RegistryErrorKind::Rejected,
            TransportErrorKind::BodyTooLarge => RegistryErrorKind::NotARegistry,
            TransportErrorKind::Connect
            | TransportErrorKind::Tls
            | TransportErrorKind::Timeout { .. }
            | TransportErrorKind::Reset { .. }
            | TransportErrorKind::Unauthenticated
            | TransportErrorKind::Other => RegistryErrorKind::Network,
        };
        Self {
            kind,
            message: format!("failed to {operation}: the registry gave no answer"),
            status: None,
            source: Some(source),
        }
    }

    /// The error that an answer means.
    pub(crate) fn from_answer(operation: &str, response: &Response, now: jiff::Timestamp) -> Self {
        let code = first_code(response);
        let kind = match response.status.as_u16() {
            401 => RegistryErrorKind::Unauthorized,
            403 => RegistryErrorKind::Denied,
            404 => match code.as_deref() {
                Some("NAME_UNKNOWN" | "MANIFEST_UNKNOWN" | "NOT_FOUND") => RegistryErrorKind::NotYetVisible,
                Some("DENIED") => RegistryErrorKind::Denied,
                Some(_) => RegistryErrorKind::Rejected,
                None => RegistryErrorKind::NotARegistry,
            },
            405 => RegistryErrorKind::Unsupported,
            429 => RegistryErrorKind::Throttled(retry_after(response, now)),
            500..=599 => RegistryErrorKind::Unavailable,
            200..=399 => RegistryErrorKind::NotARegistry,
            _ if code.as_deref() == Some("UNSUPPORTED") => RegistryErrorKind::Unsupported,
            _ => RegistryErrorKind::Rejected,
        };
        let words = registry_words(response);
        let message = format!(
            "failed to {operation}: the registry answered {} {words}",
            response.status.as_u16()
        );
        Self {
            kind,
            message: message.trim_end().to_owned(),
            status: Some(response.status),
            source: None,
        }
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

fn first_code(response: &Response) -> Option<String> {
    Some(response.json::<Errors>().ok()?.errors.into_iter().next()?.code)
}

/// The registry's own words, escaped.
fn registry_words(response: &Response) -> String {
    if let Ok(body) = response.json::<Errors>() {
        let entries: Vec<String> = body
            .errors
            .iter()
            .take(3)
            .map(|entry| format!("{}: {}", entry.code, entry.message))
            .collect();
        let words: String = entries.join("; ").chars().take(500).collect();
        return regprov_http::sanitize(&words);
    }
    let markup = response
        .header("content-type")
        .is_some_and(|media_type| media_type.contains("html"));
    if markup {
        "with a web page".to_owned()
    } else {
        response.excerpt(300)
    }
}
