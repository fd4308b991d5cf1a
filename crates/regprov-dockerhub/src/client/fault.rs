//! What a refusal means: the API's error bodies, and the kind that the engine acts on.

use super::Kind;
use http::StatusCode;
use jiff::Timestamp;
use regprov_addr::AttributePath;
use regprov_http::{BodyError, Request, Response, TransportError, TransportErrorKind, retry_after, sanitize};
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// An error body: the services behind the routes each have their own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Fault {
    detail: Option<String>,
    message: Option<String>,
    text: Option<String>,
    fields: Option<BTreeMap<String, Vec<String>>>,
}

/// The path of an argument.
pub(crate) fn attribute(name: &str) -> Option<AttributePath> {
    Some(AttributePath::root().name(name))
}

/// What a request does at the service, for what its failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// It changes nothing, or may be repeated.
    Repeatable,
    /// A repeat may make a second object.
    Once,
}

impl Does {
    pub(super) fn of(request: &Request) -> Self {
        if request.idempotent {
            Self::Repeatable
        } else {
            Self::Once
        }
    }
}

/// No answer arrived.
pub(crate) fn unanswered(error: &TransportError, does: Does, operation: &str) -> Error {
    let kind = match error.kind {
        TransportErrorKind::Unauthenticated => ErrorKind::Unauthenticated,
        TransportErrorKind::Refused | TransportErrorKind::Tls => ErrorKind::Failed,
        TransportErrorKind::Connect
        | TransportErrorKind::Timeout { .. }
        | TransportErrorKind::Reset { .. }
        | TransportErrorKind::BodyTooLarge
        | TransportErrorKind::Other => {
            if error.outcome_is_ambiguous() && does == Does::Once {
                ErrorKind::Ambiguous
            } else {
                ErrorKind::Transient
            }
        }
    };
    let mut message = format!("failed to {operation}: {}", error.message);
    if let (ErrorKind::Unauthenticated, Some(source)) = (&kind, &error.source) {
        message = format!("failed to {operation}: {source}");
    }
    Error::new(kind, message).operation(operation)
}

/// An answer of success that cannot be read, or a body that cannot be written.
pub(crate) fn unreadable(does: Does, operation: &str, error: &BodyError) -> Error {
    let kind = match (error, does) {
        (BodyError::Encode(_) | BodyError::Header(_), _) => ErrorKind::Failed,
        (BodyError::Decode { .. }, Does::Repeatable) => ErrorKind::Transient,
        (BodyError::Decode { .. }, Does::Once) => ErrorKind::Ambiguous,
    };
    Error::new(kind, format!("failed to {operation}: {error}")).operation(operation)
}

/// What an answer that is no success says, as one text.
pub(crate) fn said(response: &Response) -> String {
    let fault: Fault = response.json().unwrap_or_default();
    if let Some((field, texts)) = fault.fields.as_ref().and_then(|fields| fields.first_key_value()) {
        let text = texts.first().map_or("it is refused", String::as_str);
        return sanitize(&format!("{field}: {text}"));
    }
    let told = [fault.detail, fault.message, fault.text];
    match told.into_iter().flatten().find(|text| !text.is_empty()) {
        Some(text) => sanitize(&text),
        None => response.status.to_string(),
    }
}

/// How long the service wants not to be asked.
pub(crate) fn wait(response: &Response, now: Timestamp) -> Option<Duration> {
    let until = |name: &str| {
        let second: i64 = response.header(name)?.parse().ok()?;
        let at = Timestamp::from_second(second).ok()?;
        Duration::try_from(at.duration_since(now)).ok()
    };
    retry_after(response, now)
        .or_else(|| until("x-retry-after"))
        .or_else(|| until("x-ratelimit-reset"))
}

/// An answer that is no success.
pub(crate) fn refused(
    response: &Response,
    (caller, path): (Kind, &[&str]),
    (does, operation, now): (Does, &'static str, Timestamp),
) -> Error {
    let said = said(response);
    let kind = kind(response, &said, (does, now));
    let remedy = remedy(response.status, caller, path);
    let mut error = Error::new(kind, format!("failed to {operation}: {said}")).operation(operation);
    error.status = Some(response.status.as_u16());
    error.remedy = remedy;
    error
}

fn kind(response: &Response, said: &str, (does, now): (Does, Timestamp)) -> ErrorKind {
    match response.status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthenticated,
        StatusCode::PAYMENT_REQUIRED => ErrorKind::Failed,
        StatusCode::FORBIDDEN => ErrorKind::Denied,
        StatusCode::BAD_REQUEST if said.to_lowercase().contains("already exists") => ErrorKind::Exists(None),
        StatusCode::CONFLICT => ErrorKind::Exists(None),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => ErrorKind::Invalid(None),
        StatusCode::NOT_FOUND => ErrorKind::NotYetVisible,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled(wait(response, now)),
        StatusCode::REQUEST_TIMEOUT => ErrorKind::Transient,
        status if status.is_server_error() && does == Does::Once => ErrorKind::Ambiguous,
        status if status.is_server_error() => ErrorKind::Transient,
        _ => ErrorKind::Failed,
    }
}

fn remedy(status: StatusCode, caller: Kind, path: &[&str]) -> Option<String> {
    let tokens = matches!(path, ["access-tokens", ..] | ["orgs", _, "access-tokens", ..]);
    let text = match (status, caller) {
        (StatusCode::PAYMENT_REQUIRED, _) => {
            "The plan of the account allows no more of these. Delete one, make the repository public, or upgrade the plan."
        }
        (StatusCode::UNAUTHORIZED, _) => {
            "Check `username` and `password` (DOCKER_USERNAME, DOCKER_PASSWORD). A token that was revoked or has expired is refused."
        }
        (StatusCode::FORBIDDEN, Kind::Personal | Kind::Organization) if tokens => {
            "Tokens do not manage tokens. Connect with the password of the account (of an owner, for an organization) in \
             `password` or DOCKER_PASSWORD. An account with a second factor cannot do that: make the token at \
             https://app.docker.com/settings instead."
        }
        (StatusCode::FORBIDDEN, Kind::Personal)
            if path.first() == Some(&"orgs") || path.first() == Some(&"invites") =>
        {
            "A personal access token does not manage organizations. Connect with the password of an owner, or with an \
             organization access token that has the scopes for it."
        }
        (StatusCode::FORBIDDEN, Kind::Personal) => {
            "The personal access token needs the scope `repo:admin` (Read, Write, Delete), and its owner must be allowed to \
             manage the repository."
        }
        (StatusCode::FORBIDDEN, Kind::Organization) => {
            "The organization access token lacks a scope for this. Its owners add scopes at https://app.docker.com."
        }
        (StatusCode::FORBIDDEN, Kind::Password | Kind::Desktop) => {
            "The account is no owner of the organization, or has no right in the namespace: have an owner change its role."
        }
        _ => return None,
    };
    Some(text.to_owned())
}
