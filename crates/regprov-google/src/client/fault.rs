//! What a refusal means: Google's error bodies, and the kind that the engine acts on.

use crate::endpoints::{Product, service};
use http::StatusCode;
use regprov_addr::AttributePath;
use regprov_http::{BodyError, Request, Response, TransportError, TransportErrorKind, retry_after, sanitize};
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// The reason of a service that does not exist, or that is not shown.
pub(crate) const NO_SERVICE: &str = "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED";

/// The services that are known to be enabled: where one still refuses, it has not heard of it yet.
#[derive(Default)]
pub(crate) struct Enabled(Mutex<BTreeSet<String>>);

impl Enabled {
    /// A service is enabled.
    pub(crate) fn note(&self, service: &str) {
        let mut enabled = self.0.lock().expect("no holder of this lock panics");
        enabled.insert(service.to_owned());
    }

    fn knows(&self, service: &str) -> bool {
        let enabled = self.0.lock().expect("no holder of this lock panics");
        enabled.contains(service)
    }
}

#[derive(Default, Deserialize)]
struct Envelope {
    #[serde(default)]
    error: Fault,
}

/// An error as services and operations write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fault {
    pub(crate) code: u16,
    pub(crate) message: String,
    pub(crate) status: String,
    pub(crate) errors: Vec<Legacy>,
    pub(crate) details: Vec<Detail>,
}

/// The reason as older services write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Legacy {
    reason: String,
}

/// A detail of an error; only some have a reason.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Detail {
    reason: String,
    violations: Vec<Violation>,
    #[serde(rename = "fieldViolations")]
    field_violations: Vec<FieldViolation>,
    metadata: Metadata,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct FieldViolation {
    field: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Violation {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    permission: String,
    service: String,
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
    /// A repeat may be refused, or make a second object.
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

/// An answer that is no success.
pub(crate) fn refused(
    response: &Response,
    from: (Product, &Enabled),
    (does, operation): (Does, &'static str),
) -> Error {
    let fault = response.json::<Envelope>().unwrap_or_default().error;
    let said = if fault.message.is_empty() {
        response.status.to_string()
    } else {
        sanitize(&fault.message)
    };
    let kind = match kind(response.status, &fault, from) {
        ErrorKind::Throttled(_) => ErrorKind::Throttled(retry_after(response, jiff::Timestamp::UNIX_EPOCH)),
        ErrorKind::Transient if does == Does::Once => ErrorKind::Ambiguous,
        kind => kind,
    };
    let mut error = Error::new(kind, format!("failed to {operation}: {said}")).operation(operation);
    error.status = Some(response.status.as_u16());
    error.remedy = remedy(&error.kind, &fault, from.0);
    error.code = code(&fault);
    error
}

/// An operation that failed.
pub(crate) fn of_operation(fault: &Fault, from: (Product, &Enabled), operation: &'static str) -> Error {
    // Operations number their errors as gRPC does.
    let status = match fault.code {
        3 => StatusCode::BAD_REQUEST,
        5 => StatusCode::NOT_FOUND,
        6 | 10 => StatusCode::CONFLICT,
        7 => StatusCode::FORBIDDEN,
        8 => StatusCode::TOO_MANY_REQUESTS,
        9 => StatusCode::BAD_REQUEST,
        16 => StatusCode::UNAUTHORIZED,
        13 | 14 => StatusCode::SERVICE_UNAVAILABLE,
        code => StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let kind = match kind(status, fault, from) {
        ErrorKind::Transient | ErrorKind::Throttled(_) => ErrorKind::Failed,
        kind => kind,
    };
    let mut error = Error::new(
        kind,
        format!("failed to {operation}: {}", sanitize(&fault.message)),
    );
    error.remedy = remedy(&error.kind, fault, from.0);
    error.code = code(fault);
    error
}

fn code(fault: &Fault) -> Option<String> {
    let reasons = fault.details.iter().map(|detail| &detail.reason);
    let legacy = fault.errors.iter().map(|error| &error.reason);
    reasons
        .chain([&fault.status])
        .chain(legacy)
        .find(|text| !text.is_empty())
        .map(|text| sanitize(text))
}

/// The service that a refusal says is not enabled.
fn disabled(fault: &Fault, product: Product) -> Option<String> {
    let detail = fault
        .details
        .iter()
        .find(|detail| detail.reason == "SERVICE_DISABLED");
    let says =
        fault.message.contains("has not been used in project") || fault.message.contains("it is disabled");
    if detail.is_none() && !says {
        return None;
    }
    let named = detail.map(|detail| detail.metadata.service.clone());
    let linked = fault.message.split_once("/apis/api/").map(|(_, rest)| {
        let end = rest.find('/').unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    named
        .into_iter()
        .chain(linked)
        .find(|name| !name.is_empty())
        .or_else(|| Some(service(product)))
}

/// The field that a refusal is about; empty where it names none.
fn field(fault: &Fault) -> &str {
    let violations = fault.details.iter().flat_map(|detail| &detail.field_violations);
    let mut fields = violations.map(|violation| violation.field.as_str());
    fields.next().unwrap_or_default()
}

fn kind(status: StatusCode, fault: &Fault, (product, enabled): (Product, &Enabled)) -> ErrorKind {
    let message = fault.message.as_str();
    match status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthenticated,
        StatusCode::FORBIDDEN if message.starts_with("Quota exceeded") => ErrorKind::Throttled(None),
        StatusCode::FORBIDDEN => match disabled(fault, product) {
            Some(service) if enabled.knows(&service) => ErrorKind::NotYetVisible,
            Some(_) | None => ErrorKind::Denied,
        },
        StatusCode::NOT_FOUND => ErrorKind::NotYetVisible,
        // A member that was made a moment ago.
        StatusCode::BAD_REQUEST if message.contains("does not exist") => ErrorKind::NotYetVisible,
        StatusCode::BAD_REQUEST if message.contains("activation or deactivation is in progress") => {
            ErrorKind::Throttled(None)
        }
        StatusCode::BAD_REQUEST if fault.status == "FAILED_PRECONDITION" => ErrorKind::Failed,
        StatusCode::BAD_REQUEST => ErrorKind::invalid_field(field(fault)),
        StatusCode::CONFLICT if fault.status == "ALREADY_EXISTS" || message.contains("already exists") => {
            ErrorKind::Exists(None)
        }
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => ErrorKind::Conflict,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled(None),
        StatusCode::REQUEST_TIMEOUT => ErrorKind::Transient,
        status if status.is_server_error() => ErrorKind::Transient,
        _ => ErrorKind::Failed,
    }
}

fn remedy(kind: &ErrorKind, fault: &Fault, product: Product) -> Option<String> {
    let forbids = |constraint: &str| {
        fault.message.contains(constraint)
            || fault
                .details
                .iter()
                .flat_map(|detail| &detail.violations)
                .any(|violation| violation.kind.contains(constraint))
    };
    match kind {
        ErrorKind::Denied => Some(match disabled(fault, product) {
            Some(service) => {
                let service = sanitize(&service);
                let block = service.split('.').next().unwrap_or_default();
                format!(
                    "Enable it: declare\n\n    resource \"google_project_service\" \"{block}\" {{\n      service = \"{service}\"\n    }}\n\n\
                     and let this object depend on it; or run `gcloud services enable {service}`. The project needs billing for some services."
                )
            }
            None if fault.details.iter().any(|detail| detail.reason == NO_SERVICE) => {
                "Check the name of the service: `gcloud services list --available` lists those that there are. One that exists needs \
                 a role such as roles/serviceusage.serviceUsageAdmin."
                    .to_owned()
            }
            None => {
                let permission = fault
                    .details
                    .iter()
                    .map(|detail| detail.metadata.permission.as_str())
                    .find(|permission| !permission.is_empty());
                match permission {
                    Some(permission) => format!(
                        "Grant a role with the permission {}, and check that the project's id is right: a project that does not \
                         exist is refused alike.",
                        sanitize(permission)
                    ),
                    None => "Grant a role that allows it, and check that the project's id is right: a project that does not exist is \
                             refused alike."
                        .to_owned(),
                }
            }
        }),
        ErrorKind::Unauthenticated => {
            Some("Sign in again: gcloud auth application-default login; or check `credentials`.".to_owned())
        }
        ErrorKind::Failed if fault.message.to_lowercase().contains("billing") => Some(
            "Link the project to a billing account: gcloud billing projects link PROJECT --billing-account=ACCOUNT".to_owned(),
        ),
        ErrorKind::Failed if forbids("disableServiceAccountKeyCreation") || fault.message.contains("Key creation is not allowed") => {
            Some(
                "An organization policy forbids keys. Use workload identity federation, which needs none: see examples/google-keyless. \
                 Or ask for an exception from the constraint iam.disableServiceAccountKeyCreation."
                    .to_owned(),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(message: &str) -> Fault {
        Fault {
            message: message.to_owned(),
            ..Fault::default()
        }
    }

    const OFF: &str = "Artifact Registry API has not been used in project 1 before or it is disabled. Enable it by visiting \
                       https://console.developers.google.com/apis/api/artifactregistry.googleapis.com/overview?project=1 then retry.";

    #[test]
    fn an_api_that_was_enabled_is_waited_for_and_another_is_not() {
        let enabled = Enabled::default();
        let of = |enabled: &Enabled| {
            kind(
                StatusCode::FORBIDDEN,
                &fault(OFF),
                (Product::ArtifactRegistry, enabled),
            )
        };
        assert_eq!(of(&enabled), ErrorKind::Denied);
        enabled.note("artifactregistry.googleapis.com");
        assert_eq!(of(&enabled), ErrorKind::NotYetVisible);
    }

    #[test]
    fn a_disabled_api_is_answered_with_the_block_that_enables_it() {
        let remedy = remedy(&ErrorKind::Denied, &fault(OFF), Product::ArtifactRegistry).unwrap();
        assert!(remedy.contains("resource \"google_project_service\" \"artifactregistry\""));
    }

    #[test]
    fn a_policy_against_keys_is_answered_with_federation() {
        let told = fault("Key creation is not allowed on this service account.");
        assert!(
            remedy(&ErrorKind::Failed, &told, Product::Iam)
                .unwrap()
                .contains("federation")
        );
    }

    #[test]
    fn only_what_collides_is_a_conflict() {
        let enabled = Enabled::default();
        let of = |status, message| kind(status, &fault(message), (Product::Iam, &enabled));
        assert_eq!(
            of(StatusCode::CONFLICT, "There were concurrent policy changes."),
            ErrorKind::Conflict
        );
        assert_eq!(of(StatusCode::PRECONDITION_FAILED, ""), ErrorKind::Conflict);
        assert_eq!(
            of(StatusCode::BAD_REQUEST, "Invalid role"),
            ErrorKind::Invalid(None)
        );
    }
}
