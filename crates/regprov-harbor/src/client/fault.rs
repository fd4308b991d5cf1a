//! What a refusal means: Harbor's error bodies, and the kind that the engine acts on.

use http::{Method, StatusCode};
use regprov_addr::AttributePath;
use regprov_http::{
    BodyError, Response, TransportError, TransportErrorKind, request_id, retry_after, sanitize,
};
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;

#[derive(Deserialize)]
struct Faults {
    errors: Vec<Fault>,
}

/// One entry of an error body.
#[derive(Default, Deserialize)]
struct Fault {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Fault {
    fn of(response: &Response) -> Self {
        let faults = response.json::<Faults>().ok();
        faults
            .and_then(|faults| faults.errors.into_iter().next())
            .unwrap_or_default()
    }
}

/// The path of an argument.
pub(crate) fn attribute(name: &str) -> Option<AttributePath> {
    Some(AttributePath::root().name(name))
}

/// No answer arrived.
pub(super) fn unanswered(error: &TransportError, method: &Method, operation: &str) -> Error {
    let reads = method.is_safe();
    let kind = match error.kind {
        TransportErrorKind::Unauthenticated => ErrorKind::Unauthenticated,
        TransportErrorKind::Refused | TransportErrorKind::Tls => ErrorKind::Failed,
        TransportErrorKind::BodyTooLarge if reads => ErrorKind::Failed,
        TransportErrorKind::Other if reads => ErrorKind::Transient,
        TransportErrorKind::Connect
        | TransportErrorKind::Timeout { .. }
        | TransportErrorKind::Reset { .. }
        | TransportErrorKind::BodyTooLarge
        | TransportErrorKind::Other => {
            if error.outcome_is_ambiguous() && !reads {
                ErrorKind::Ambiguous
            } else {
                ErrorKind::Transient
            }
        }
    };
    let failure = Error::new(kind, error.message.clone()).operation(operation);
    match error.kind {
        TransportErrorKind::Tls => failure.remedy(
            "Give the certificate authority of this Harbor in a PEM file that REGPROV_CA_BUNDLE names. With `insecure = true` \
             in the provider configuration any certificate is accepted, and anyone on the way can read the password.",
        ),
        _ => failure,
    }
}

/// What a request does at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// It changes nothing.
    Read,
    /// It changes something: an answer of success that cannot be read does not say what.
    Write,
}

/// An answer of success that cannot be read, or a body that cannot be written.
pub(super) fn unreadable(does: Does, operation: &str, error: &BodyError) -> Error {
    let kind = match (error, does) {
        (BodyError::Encode(_) | BodyError::Header(_), _) => ErrorKind::Failed,
        (BodyError::Decode { .. }, Does::Read) => ErrorKind::Transient,
        (BodyError::Decode { .. }, Does::Write) => ErrorKind::Ambiguous,
    };
    Error::new(kind, format!("failed to {operation}: {error}")).operation(operation)
}

/// An answer that is no success.
pub(super) fn refused(response: &Response, method: &Method, operation: &str) -> Error {
    let fault = Fault::of(response);
    let kind = kind(response, &fault, method);
    let said = if fault.message.is_empty() {
        response.status.to_string()
    } else {
        sanitize(&fault.message)
    };
    let code = if fault.code.is_empty() {
        response.status.as_u16().to_string()
    } else {
        sanitize(&fault.code)
    };
    let mut error = Error::new(kind, format!("failed to {operation}: {code}: {said}")).operation(operation);
    error.status = Some(response.status.as_u16());
    error.request_id = request_id(response);
    error.remedy = remedy(&error.kind, &fault);
    error.code = Some(code);
    error
}

fn kind(response: &Response, fault: &Fault, method: &Method) -> ErrorKind {
    match response.status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthenticated,
        StatusCode::FORBIDDEN => ErrorKind::Denied,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if is_route(fault) => ErrorKind::Unsupported,
        StatusCode::CONFLICT => ErrorKind::Exists(None),
        StatusCode::TOO_MANY_REQUESTS => {
            ErrorKind::Throttled(retry_after(response, jiff::Timestamp::UNIX_EPOCH))
        }
        StatusCode::REQUEST_TIMEOUT => ErrorKind::Transient,
        status if status.is_server_error() && method == Method::POST => ErrorKind::Ambiguous,
        status if status.is_server_error() => ErrorKind::Transient,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => ErrorKind::Invalid(None),
        _ => ErrorKind::Failed,
    }
}

/// Whether it is the path itself that this Harbor does not know: it is older than what was asked.
fn is_route(fault: &Fault) -> bool {
    fault.message.starts_with("path ") && fault.message.ends_with("was not found")
}

fn remedy(kind: &ErrorKind, fault: &Fault) -> Option<String> {
    let text = match kind {
        ErrorKind::Denied if fault.message.contains("read only mode") => {
            "An administrator has to end the read-only mode of this Harbor first (configuration `read_only`)."
        }
        ErrorKind::Denied if fault.message.contains("CSRF token") => {
            "A session needs a fresh `session_id`; a username and password are better fit for regprov."
        }
        ErrorKind::Denied => {
            "Sign in as a system administrator, or as a user or robot account with this permission. Robot accounts can \
             manage neither the configuration nor the CVE allowlist of the system, and cannot change other robot accounts."
        }
        ErrorKind::Unauthenticated => {
            "Check `username` and `password` (HARBOR_USERNAME, HARBOR_PASSWORD). A robot account signs in with its full name, \
             and not once it is disabled or has expired; an OIDC user with the CLI secret of the user profile."
        }
        ErrorKind::Unsupported => "This Harbor is too old for it: upgrade it, or leave the type out.",
        _ => return None,
    };
    Some(text.to_owned())
}
