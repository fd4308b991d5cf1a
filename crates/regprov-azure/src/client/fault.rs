//! What a refusal means: the services' error bodies, and the kind that the engine acts on.

use http::{Method, StatusCode};
use regprov_addr::AttributePath;
use regprov_http::{
    BodyError, Response, TransportError, TransportErrorKind, request_id, retry_after, sanitize,
};
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;

/// Which service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// The resource manager.
    Arm,
    /// Microsoft Graph.
    Graph,
}

/// An error body: code and message.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Fault {
    /// The service's code.
    #[serde(default)]
    pub(crate) code: String,
    /// What it says.
    #[serde(default)]
    pub(crate) message: String,
    /// What it is about.
    #[serde(default)]
    pub(crate) target: Option<String>,
    /// More of the same.
    #[serde(default)]
    pub(crate) details: Option<Vec<Fault>>,
}

#[derive(Deserialize)]
struct Enveloped {
    error: Fault,
}

impl Fault {
    /// The error of an answer, in any of the shapes that the services have.
    pub(crate) fn of(response: &Response) -> Self {
        if let Ok(enveloped) = response.json::<Enveloped>() {
            return enveloped.error;
        }
        response.json().unwrap_or_default()
    }

    /// The field that it is about; empty where it names none.
    fn field(&self) -> &str {
        let details = self
            .details
            .iter()
            .flatten()
            .filter_map(|detail| detail.target.as_deref());
        self.target
            .as_deref()
            .into_iter()
            .chain(details)
            .next()
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
    let mut message = format!("failed to {operation}: {}", error.message);
    if let Some(source) = &error.source {
        let deeper = source.to_string();
        if error.kind == TransportErrorKind::Unauthenticated && !message.contains(&deeper) {
            message = format!("failed to {operation}: {deeper}");
        }
    }
    Error::new(kind, message).operation(operation)
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
pub(super) fn refused(area: Area, response: &Response, method: &Method, operation: &str) -> Error {
    let fault = Fault::of(response);
    let kind = kind(area, response, &fault, method);
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
    error.remedy = remedy(area, &error.kind, &fault);
    error.code = Some(code);
    error
}

fn kind(area: Area, response: &Response, fault: &Fault, method: &Method) -> ErrorKind {
    match response.status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthenticated,
        StatusCode::FORBIDDEN if is_lag(area, fault) => ErrorKind::NotYetVisible,
        StatusCode::FORBIDDEN => ErrorKind::Denied,
        StatusCode::NOT_FOUND if fault.code == "SubscriptionNotFound" => ErrorKind::Failed,
        // A parent that was made a moment ago is seen within seconds; one with a typing error never is.
        StatusCode::NOT_FOUND if area == Area::Arm => ErrorKind::Transient,
        StatusCode::NOT_FOUND => ErrorKind::NotYetVisible,
        StatusCode::CONFLICT => conflict(fault),
        StatusCode::PRECONDITION_FAILED => ErrorKind::Conflict,
        StatusCode::TOO_MANY_REQUESTS => {
            ErrorKind::Throttled(retry_after(response, jiff::Timestamp::UNIX_EPOCH))
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::FAILED_DEPENDENCY => ErrorKind::Transient,
        status if status.is_server_error() && method == Method::POST => ErrorKind::Ambiguous,
        status if status.is_server_error() => ErrorKind::Transient,
        StatusCode::BAD_REQUEST if is_lag(area, fault) => ErrorKind::NotYetVisible,
        StatusCode::BAD_REQUEST => ErrorKind::invalid_field(fault.field()),
        _ => ErrorKind::Failed,
    }
}

/// A directory object that was made a moment ago is not everywhere yet.
fn is_lag(area: Area, fault: &Fault) -> bool {
    let text = fault.message.as_str();
    match area {
        Area::Arm => matches!(
            fault.code.as_str(),
            "PrincipalNotFound" | "LinkedAuthorizationFailed"
        ),
        Area::Graph => {
            text.contains("does not reference a valid application object")
                || text.contains("must in the local tenant")
                || text.contains("must be in the local tenant")
        }
    }
}

fn conflict(fault: &Fault) -> ErrorKind {
    match fault.code.as_str() {
        "RoleAssignmentExists"
        | "RegistryNameAlreadyInUse"
        | "Request_MultipleObjectsWithSameKeyValue"
        | "NameAlreadyInUse" => ErrorKind::Exists(None),
        "TokenNotActive" => ErrorKind::NotYetVisible,
        "ScopeLocked" => ErrorKind::Denied,
        "RoleAssignmentUpdateNotPermitted" | "InvalidResourceGroupLocation" | "InvalidResourceLocation" => {
            ErrorKind::Invalid(None)
        }
        _ => ErrorKind::Conflict,
    }
}

fn remedy(area: Area, kind: &ErrorKind, fault: &Fault) -> Option<String> {
    match (area, kind) {
        (Area::Arm, ErrorKind::Denied) if fault.code == "ScopeLocked" => {
            Some("Remove the lock: `az lock list`, then `az lock delete`.".to_owned())
        }
        (Area::Arm, ErrorKind::Denied) => Some(denied(&fault.message)),
        (Area::Graph, ErrorKind::Denied) => Some(
            "Grant the identity that runs regprov the Microsoft Graph permission Application.ReadWrite.OwnedBy (or \
             Application.ReadWrite.All), with admin consent."
                .to_owned(),
        ),
        (_, ErrorKind::Unauthenticated) => Some("Sign in again, and check the tenant.".to_owned()),
        (Area::Arm, ErrorKind::Failed) if fault.code == "SubscriptionNotFound" => {
            Some("Check `subscription_id` (ARM_SUBSCRIPTION_ID): `az account list`.".to_owned())
        }
        (Area::Arm, ErrorKind::Transient) if fault.code == "ResourceGroupNotFound" => {
            Some("Check the name of the resource group: `az group list`.".to_owned())
        }
        (_, _) => None,
    }
}

/// Which permission is missing where, from ARM's sentence.
fn denied(message: &str) -> String {
    let quoted = |after: &str| {
        let rest = message.split_once(after)?.1;
        rest.split_once('\'').map(|(text, _)| sanitize(text))
    };
    match (quoted("action '"), quoted("scope '")) {
        (Some(action), Some(scope)) if action.to_ascii_lowercase().contains("roleassignments/") => format!(
            "Ask an owner of {scope} for the role `Role Based Access Control Administrator` or `User Access Administrator` \
             there: it allows {action}."
        ),
        (Some(action), Some(scope)) => {
            format!("Ask an owner of {scope} for a role that allows {action} there, `Contributor` for one.")
        }
        (_, _) => "Ask an owner of the subscription for a role that allows it.".to_owned(),
    }
}
