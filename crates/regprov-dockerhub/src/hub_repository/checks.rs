//! Checks of repositories while planning.

use super::{HubRepository, get};
use crate::client::{Client, attribute};
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Finding, PreflightRequest};
use regprov_value::Value;
use serde::de::IgnoredAny;

/// The rule for the name of a repository.
pub(super) fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let fits = text
        .split(['.', '_', '-'])
        .all(|part| !part.is_empty() && part.chars().all(plain));
    if (2..=255).contains(&text.len()) && fits {
        return Ok(());
    }
    let hint = if text.contains('/') {
        " The namespace goes into `namespace`."
    } else if text.chars().any(|letter| letter.is_ascii_uppercase()) {
        " Capital letters are not allowed."
    } else {
        ""
    };
    Err(format!(
        "`{}` is no name of a repository at Docker Hub: it is 2 to 255 small letters and digits, with single `.`, `_` or `-` \
         between them.{hint}",
        sanitize(text)
    ))
}

/// The rule for a namespace.
pub(super) fn namespace(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_');
    if !text.is_empty() && text.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no namespace of Docker Hub: it is a Docker ID or the name of an organization, in small letters.",
        sanitize(text)
    ))
}

/// What a refused create means.
pub(super) fn refused(error: Error, desired: &HubRepository) -> Error {
    match error.kind {
        ErrorKind::Exists(_) => Error {
            kind: ErrorKind::Exists(Some(format!("{}/{}", desired.namespace, desired.name))),
            ..error
        },
        ErrorKind::NotYetVisible => no_namespace(&desired.namespace),
        _ => error,
    }
}

/// The error where a namespace is not there.
fn no_namespace(namespace: &str) -> Error {
    let message = format!(
        "there is neither an account nor an organization `{}` at Docker Hub",
        sanitize(namespace)
    );
    Error::new(ErrorKind::Invalid(attribute("namespace")), message)
        .remedy("Write the Docker ID, or make the organization at https://app.docker.com first.")
}

/// Checks the namespace, and whether the repository is there already: a push makes one.
pub(super) async fn preflight(request: &PreflightRequest<'_, HubRepository>) -> Vec<Finding> {
    let desired = request.desired;
    let place = desired.text("namespace").zip(desired.text("name"));
    let Some((namespace, name)) = place.filter(|_| request.prior.is_none()) else {
        return Vec::new();
    };
    let replaced = request
        .replaced
        .is_some_and(|old| old.namespace == namespace && old.name == name);
    if replaced {
        return Vec::new();
    }
    match get(request.client, namespace, name).await {
        // That it cannot be created is told by planning itself, with what takes it over; where it came from is known here.
        Ok(Some(wire)) => vec![Finding {
            fatal: false,
            path: attribute("name"),
            summary: "Repository is there already".to_owned(),
            detail: format!(
                "The repository {namespace}/{name} is at Docker Hub already ({}, {} pulls): a push makes a repository too, and so \
                 does the web page.",
                if wire.is_private { "private" } else { "public" },
                wire.pull_count
            ),
            remedy: Some("Taking it over changes nothing in it but what this configuration says.".to_owned()),
        }],
        Ok(None) => absent_namespace(request.client, namespace)
            .await
            .into_iter()
            .collect(),
        Err(_) => Vec::new(),
    }
}

async fn absent_namespace(client: &Client, namespace: &str) -> Option<Finding> {
    if namespace == client.username {
        return None;
    }
    let path = ["namespaces", namespace, "repositories"];
    let listed: Result<Option<IgnoredAny>, Error> = client
        .api
        .get(&path, "list the repositories of the namespace")
        .await;
    if !matches!(listed, Ok(None)) {
        return None;
    }
    let error = no_namespace(namespace);
    Some(Finding {
        fatal: true,
        path: attribute("namespace"),
        summary: "No such namespace".to_owned(),
        detail: format!(
            "There is neither an account nor an organization `{}` at Docker Hub.",
            sanitize(namespace)
        ),
        remedy: error.remedy,
    })
}
