//! Failures as diagnostics.

use crate::WriteError;
use crate::codes::{CONNECT, EXISTS, SERVICE, STATE};
use regprov_addr::InstanceAddress;
use regprov_diag::Diagnostic;
use regprov_provider::{Error, ErrorKind};
use regprov_state::StateError;

/// A failure of a service while something was done to an instance.
#[must_use]
pub fn service_failure(address: &InstanceAddress, error: &Error) -> Diagnostic {
    let diagnostic = match &error.kind {
        ErrorKind::Exists(id) => exists(address, error, id.as_deref()),
        ErrorKind::Denied => Diagnostic::error(&SERVICE, "Permission denied by the service"),
        ErrorKind::Unauthenticated => Diagnostic::error(&CONNECT, "Credentials refused by the service"),
        ErrorKind::Invalid(path) => {
            let diagnostic = Diagnostic::error(&SERVICE, "Argument refused by the service");
            match path {
                Some(path) => diagnostic.argument(path),
                None => diagnostic,
            }
        }
        ErrorKind::Unsupported => Diagnostic::error(&SERVICE, "Not supported"),
        ErrorKind::NotYetVisible
        | ErrorKind::Throttled(_)
        | ErrorKind::Transient
        | ErrorKind::Ambiguous
        | ErrorKind::Conflict
        | ErrorKind::Failed => Diagnostic::error(&SERVICE, "Service request failed"),
    };
    let diagnostic = diagnostic.address(address).detail(detail(error));
    match &error.remedy {
        Some(remedy) => diagnostic.help(remedy.clone()),
        None => diagnostic,
    }
}

fn exists(address: &InstanceAddress, error: &Error, id: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error(&EXISTS, "Object already exists");
    match id {
        Some(id) if error.remedy.is_none() => diagnostic.help(format!(
            "If it is yours, take it over:\n\n    import {{\n      to = {address}\n      id = {id:?}\n    }}"
        )),
        Some(_) | None => diagnostic,
    }
}

/// A provider that cannot be connected.
#[must_use]
pub fn connect_failure(provider: &str, error: &Error) -> Diagnostic {
    let diagnostic = Diagnostic::error(&CONNECT, "Provider cannot be connected").detail(format!(
        "The provider {provider} cannot be connected: {}",
        detail(error)
    ));
    match &error.remedy {
        Some(remedy) => diagnostic.help(remedy.clone()),
        None => diagnostic,
    }
}

/// The sentences of an error: what was asked, what was answered.
#[must_use]
pub fn detail(error: &Error) -> String {
    let mut text = regprov_diag::escape_control(&error.message).into_owned();
    let facts: Vec<String> = [
        error.operation.clone(),
        error.status.map(|status| format!("status {status}")),
        error.code.clone(),
        error.request_id.as_ref().map(|id| format!("request id {id}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    if !facts.is_empty() {
        text.push_str(&format!(" ({})", regprov_diag::escape_control(&facts.join(", "))));
    }
    text
}

/// A state that could not be read or written.
#[must_use]
pub fn state_failure(error: &StateError) -> Diagnostic {
    Diagnostic::error(&STATE, error.summary()).detail(error.detail())
}

/// A write that did not end well.
#[must_use]
pub fn write_failure(address: &InstanceAddress, error: &WriteError) -> Diagnostic {
    match error {
        WriteError::Service(error) => service_failure(address, error),
        WriteError::State(error) => state_failure(error).address(address),
    }
}
