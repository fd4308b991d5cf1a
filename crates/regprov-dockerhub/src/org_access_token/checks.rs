//! Checks of an organization's tokens while planning.

use super::OrgAccessToken;
use crate::access_token::{by_password, ended};
use crate::client::attribute;
use crate::{data, scopes};
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Finding, PreflightRequest};
use regprov_value::Value;
use serde::de::IgnoredAny;

/// The rule for the resources of a token.
pub(super) fn resources(value: &Value) -> Result<(), String> {
    for granted in value.as_items().unwrap_or_default() {
        let text = |name: &str| granted.get(name).and_then(Value::as_str);
        let Some(kind) = text("type") else { continue };
        if !matches!(kind, "TYPE_REPO" | "TYPE_ORG") {
            return Err(format!(
                "`{}` is no type of a resource: it is `TYPE_REPO` for repositories, or `TYPE_ORG` for the organization.",
                sanitize(kind)
            ));
        }
        if let Some(path) = text("path") {
            check_path(kind, path)?;
        }
        let scopes = granted
            .get("scopes")
            .and_then(Value::as_items)
            .unwrap_or_default();
        let wrong = scopes
            .iter()
            .filter_map(Value::as_str)
            .find_map(|scope| scopes::wrong(kind, scope));
        if let Some(text) = wrong {
            return Err(text);
        }
    }
    Ok(())
}

fn check_path(kind: &str, path: &str) -> Result<(), String> {
    match (kind, path.contains('/')) {
        ("TYPE_REPO", false) => Err(format!(
            "`{}` is no path of repositories: write `ORG/NAME`, `ORG/*` for all of the organization, or `*/*/public` for all that \
             are public.",
            sanitize(path)
        )),
        ("TYPE_ORG", true) => Err(format!(
            "`{}` is no path of an organization: write its name alone.",
            sanitize(path)
        )),
        _ => Ok(()),
    }
}

/// What a refused create means.
pub(super) fn refused(error: Error, organization: &str) -> Error {
    match error.kind {
        ErrorKind::NotYetVisible => data::no_organization(organization),
        _ if error.message.contains("not available on the plan") => plan(error),
        ErrorKind::Invalid(_) if error.message.contains("not found") => error.remedy(
            "A repository must be there before a token names it. Write `docker_hub_repository.NAME.id` as the `path`, so that it is \
             made first, or `ORG/*` for all that there are and will be.",
        ),
        _ => error,
    }
}

fn plan(error: Error) -> Error {
    error.remedy(PLAN)
}

/// What to do on a plan without these tokens.
const PLAN: &str = "Organization access tokens come with the plans Team and Business. Upgrade the organization, or use a \
                    `docker_access_token` of an account that is a member of it.";

/// Checks how we are connected, the plan, and that repositories are there.
pub(super) async fn preflight(request: &PreflightRequest<'_, OrgAccessToken>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    let mut findings: Vec<Finding> = by_password(client, "the tokens of organizations")
        .into_iter()
        .collect();
    let Some(organization) = desired.text("org_name").filter(|_| findings.is_empty()) else {
        return findings;
    };
    if request.prior.is_some() {
        return findings;
    }
    findings.extend(ended(desired.text("expires_at"), client.api.now()));
    let path = ["orgs", organization, "access-tokens"];
    let listed: Result<Option<IgnoredAny>, Error> = client
        .api
        .get(&path, "list the access tokens of the organization")
        .await;
    let finding = match listed {
        Ok(Some(_)) => None,
        Ok(None) => {
            let error = data::no_organization(organization);
            Some(("org_name", "No such organization", error))
        }
        Err(error) if error.message.contains("not available on the plan") => {
            Some(("org_name", "Plan without organization access tokens", plan(error)))
        }
        Err(error) if error.kind == ErrorKind::Denied => {
            Some(("org_name", "Not an owner of the organization", error))
        }
        Err(_) => None,
    };
    findings.extend(finding.map(|(name, summary, error)| Finding {
        fatal: true,
        path: attribute(name),
        summary: summary.to_owned(),
        detail: format!("Docker Hub would refuse the token: {}.", error.message),
        remedy: error.remedy,
    }));
    findings.extend(unlisted(request));
    findings.extend(elsewhere(request, organization));
    findings
}

/// An error where a token is to reach what its organization does not have.
fn elsewhere(request: &PreflightRequest<'_, OrgAccessToken>, organization: &str) -> Option<Finding> {
    let resources = request.desired.known("resources")?.as_items()?;
    let paths = resources
        .iter()
        .filter_map(|granted| granted.get("path").and_then(Value::as_str));
    let path = paths
        .filter(|path| *path != "*/*/public")
        .find(|path| path.split('/').next() != Some(organization))?;
    Some(Finding {
        fatal: true,
        path: attribute("resources"),
        summary: "Not of the organization".to_owned(),
        detail: format!(
            "A token of {} reaches what is of {0} alone, and `{}` is not.",
            sanitize(organization),
            sanitize(path)
        ),
        remedy: Some(format!(
            "Write `{0}/NAME` or `{0}/*`; `*/*/public` is for all public repositories.",
            sanitize(organization)
        )),
    })
}

/// A warning where a token for all repositories cannot list the private ones.
fn unlisted(request: &PreflightRequest<'_, OrgAccessToken>) -> Option<Finding> {
    let resources = request.desired.known("resources")?.as_items()?;
    let scopes = |granted: &Value| -> Vec<String> {
        let scopes = granted
            .get("scopes")
            .and_then(Value::as_items)
            .unwrap_or_default();
        scopes
            .iter()
            .filter_map(|scope| scope.as_str().map(str::to_owned))
            .collect()
    };
    let lists = resources.iter().any(|granted| {
        scopes(granted)
            .iter()
            .any(|scope| scope == "scope-repository-list")
    });
    let reads = resources.iter().any(|granted| {
        scopes(granted)
            .iter()
            .any(|scope| scope == "scope-repository-read")
    });
    (reads && !lists).then(|| Finding {
        fatal: false,
        path: attribute("resources"),
        summary: "Private repositories are not listed".to_owned(),
        detail: "The token may read repositories and lacks `scope-repository-list`: lists leave private repositories out without \
                 a word."
            .to_owned(),
        remedy: Some("Add `scope-repository-list` to the scopes of the organization.".to_owned()),
    })
}
