//! What a refusal means: the API's error bodies, and the kind that the engine acts on.

use http::{Method, StatusCode};
use regprov_addr::AttributePath;
use regprov_http::{BodyError, Request, Response, TransportError, TransportErrorKind, retry_after, sanitize};
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;

/// An error body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Fault {
    /// `Client::NotFound` and its like.
    pub(crate) class: String,
    /// What the service says.
    pub(crate) message: String,
    /// The service's code.
    pub(crate) error_code: Option<String>,
    /// What is missing, by kind.
    pub(crate) details: Option<BTreeMap<String, String>>,
}

/// What the service says where the account has no such project.
const NO_PROJECT: &str = "service does not exist";

/// What the service says where it is still at work on an object.
const WORKING: &[&str] = &["not ready", "being changed", "being created"];

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

/// An answer that is no success. `path`: below the API's base, for the rule that a consumer key lacks.
pub(crate) fn refused(
    response: &Response,
    (method, path): (&Method, &str),
    (does, operation): (Does, &'static str),
) -> Error {
    let fault: Fault = response.json().unwrap_or_default();
    let code = fault.error_code.clone().unwrap_or_default();
    let kind = kind(response, (&code, &fault.message), does);
    let said = if fault.message.is_empty() {
        response.status.to_string()
    } else {
        sanitize(&fault.message)
    };
    let mut error = Error::new(kind, format!("failed to {operation}: {said}")).operation(operation);
    error.status = Some(response.status.as_u16());
    error.request_id = response.header("x-ovh-queryid").map(sanitize);
    error.remedy = remedy(&error.kind, &fault, (method, path));
    error.code = Some(code)
        .filter(|code| !code.is_empty())
        .or(Some(fault.class).filter(|class| !class.is_empty()))
        .map(|code| sanitize(&code));
    error
}

fn kind(response: &Response, (code, message): (&str, &str), does: Does) -> ErrorKind {
    match response.status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthenticated,
        StatusCode::FORBIDDEN if matches!(code, "NOT_CREDENTIAL" | "INVALID_KEY" | "INVALID_CREDENTIAL") => {
            ErrorKind::Unauthenticated
        }
        StatusCode::FORBIDDEN => ErrorKind::Denied,
        StatusCode::BAD_REQUEST if code == "INVALID_SIGNATURE" => ErrorKind::Unauthenticated,
        StatusCode::BAD_REQUEST if code == "QUERY_TIME_OUT" => ErrorKind::Transient,
        StatusCode::BAD_REQUEST => ErrorKind::Invalid(None),
        StatusCode::NOT_FOUND if message.contains(NO_PROJECT) => {
            ErrorKind::Invalid(attribute("service_name"))
        }
        StatusCode::NOT_FOUND => ErrorKind::NotYetVisible,
        StatusCode::CONFLICT if message.contains("already") => ErrorKind::Exists(None),
        // It passes once the service is done: wait as long as the operation may take.
        StatusCode::CONFLICT if WORKING.iter().any(|word| message.contains(word)) => {
            ErrorKind::Throttled(None)
        }
        StatusCode::CONFLICT => ErrorKind::Conflict,
        StatusCode::TOO_MANY_REQUESTS => {
            ErrorKind::Throttled(retry_after(response, jiff::Timestamp::UNIX_EPOCH))
        }
        StatusCode::REQUEST_TIMEOUT => ErrorKind::Transient,
        status if status.is_server_error() && does == Does::Once => ErrorKind::Ambiguous,
        status if status.is_server_error() => ErrorKind::Transient,
        _ => ErrorKind::Failed,
    }
}

fn remedy(kind: &ErrorKind, fault: &Fault, (method, path): (&Method, &str)) -> Option<String> {
    let code = fault.error_code.as_deref().unwrap_or_default();
    let detail = |name: &str| {
        let details = fault.details.as_ref()?;
        details.get(name).map(|text| sanitize(text))
    };
    match kind {
        ErrorKind::Denied => Some(
            match (
                detail("unauthorizedActionsByIAM"),
                detail("unauthorizedActionsByAuthentication"),
            ) {
                (Some(actions), _) | (None, Some(actions)) => format!(
                    "Allow the actions {actions} on the project in an IAM policy of the service account or user."
                ),
                (None, None) => crate::rights::grant(method, path),
            },
        ),
        ErrorKind::Unauthenticated => Some(
            match code {
                "INVALID_SIGNATURE" => "Check `application_secret` (OVH_APPLICATION_SECRET): the signature that it makes is wrong.",
                "INVALID_KEY" => "Check `application_key` (OVH_APPLICATION_KEY), and that it is of this endpoint: keys of ovh-eu do not work at ovh-us.",
                "INVALID_CREDENTIAL" => "The consumer key has expired, was withdrawn or never validated. https://www.ovh.com/auth/api/createToken makes a new one.",
                "NOT_CREDENTIAL" => "Check `consumer_key` (OVH_CONSUMER_KEY), and that it belongs to the application key.",
                _ => "Check the credentials of the provider, and its endpoint.",
            }
            .to_owned(),
        ),
        ErrorKind::Invalid(_) if fault.message.contains(NO_PROJECT) => Some(
            "Check `service_name`: it is the id of the Public Cloud project, 32 hexadecimal digits, and of the account of this endpoint."
                .to_owned(),
        ),
        ErrorKind::Failed if fault.message.to_lowercase().contains("expired") => {
            Some("The service has expired or is suspended: look at it in the OVHcloud Control Panel.".to_owned())
        }
        _ => None,
    }
}
