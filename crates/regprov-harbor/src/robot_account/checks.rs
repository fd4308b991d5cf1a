//! Whether Harbor would refuse a robot account.

mod table;

use super::RobotAccount;
use super::names::{self, Wanted};
use crate::client::{Client, Version, attribute};
use crate::fields::whole;
use crate::gates::type_too_old;
use crate::project::taken;
use regprov_http::sanitize;
use regprov_provider::{Finding, Partial, PlanRequest, PreflightRequest, Resource as _};
use regprov_value::Value;
use table::Table;

/// The rule for durations.
pub(super) fn duration(value: &Value) -> Result<(), String> {
    match whole(value) {
        Some(-1) => Ok(()),
        Some(days) if days > 0 => Ok(()),
        _ => Err("it is a number of days, or -1 for an account that lasts until it is deleted".to_owned()),
    }
}

fn permissions_finding(fatal: bool, summary: &str, detail: String, remedy: &str) -> Finding {
    Finding {
        fatal,
        path: attribute("permissions"),
        summary: summary.to_owned(),
        detail,
        remedy: Some(remedy.to_owned()),
    }
}

/// Checks that need no service.
pub(super) fn plan(request: &PlanRequest<'_>) -> Vec<Finding> {
    let desired = request.desired;
    let (Some(level), Some(permissions)) = (desired.text("level"), desired.known("permissions")) else {
        return Vec::new();
    };
    let permissions = permissions.as_items().unwrap_or_default();
    let mut findings = Vec::new();
    if level == "project" && permissions.len() > 1 {
        findings.push(permissions_finding(
            true,
            "Robot account of several projects",
            "An account of level `project` has exactly one `permissions` block, and this one has more."
                .to_owned(),
            "Write `level = \"system\"`: such an account can have permissions in several projects.",
        ));
    }
    let spaces: Vec<(&str, &str)> = permissions
        .iter()
        .filter_map(|permission| {
            let permission = Partial(permission);
            Some((permission.text("kind")?, permission.text("namespace")?))
        })
        .collect();
    for (kind, namespace) in &spaces {
        findings.extend(misplaced(level, kind, namespace));
    }
    let everywhere = spaces.contains(&("project", "*"));
    let named = spaces
        .iter()
        .any(|(kind, namespace)| *kind == "project" && *namespace != "*");
    if everywhere && named {
        findings.push(permissions_finding(
            false,
            "Permissions in all projects beside those in one",
            "A `permissions` block with the namespace `*` is for every project, and Harbor lets it prevail over those for single \
             projects."
                .to_owned(),
            "Write one block for each project, or only the one for all of them.",
        ));
    }
    findings
}

/// A namespace that does not fit its kind and level.
fn misplaced(level: &str, kind: &str, namespace: &str) -> Option<Finding> {
    let (detail, remedy) = match (level, kind, namespace) {
        ("project", "system", _) => (
            "An account of level `project` has permissions in its project only, and these are of the kind `system`.".to_owned(),
            "Write `kind = \"project\"`, or `level = \"system\"`.",
        ),
        ("project", _, "*") => (
            "An account of level `project` belongs to one project, and the namespace `*` means all of them.".to_owned(),
            "Write the name of the project as `namespace`, or `level = \"system\"`.",
        ),
        (_, "system", namespace) if namespace != "/" => (
            format!(
                "Permissions of the kind `system` have the namespace `/`, and this one is `{}`.",
                sanitize(namespace)
            ),
            "Write `namespace = \"/\"`.",
        ),
        (_, "project", "/") => (
            "Permissions of the kind `project` have the name of a project as their namespace, or `*` for all.".to_owned(),
            "Write the name of the project, or `kind = \"system\"`.",
        ),
        (_, "project", namespace) if namespace.starts_with("/projects/") => (
            format!(
                "The namespace is the name of the project, and `{}` is the id of one.",
                sanitize(namespace)
            ),
            "Write `namespace = harbor_project.NAME.name`.",
        ),
        (_, _, _) => return None,
    };
    Some(permissions_finding(
        true,
        "Namespace of permissions",
        detail,
        remedy,
    ))
}

/// Checks at the service.
pub(super) async fn preflight(request: &PreflightRequest<'_, RobotAccount>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    if let Some(finding) = type_too_old(client, RobotAccount::TYPE, Version::new(2, 2)) {
        return vec![finding];
    }
    let mut findings = unknown_permissions(client, desired).await;
    if client.is_robot() {
        findings.extend(beyond_robots(request));
    }
    if request.prior.is_none() {
        findings.extend(is_taken(request).await);
    }
    findings
}

/// What one robot account cannot do to another.
fn beyond_robots(request: &PreflightRequest<'_, RobotAccount>) -> Option<Finding> {
    let desired = request.desired;
    let chosen = |name: &str| desired.known(name).is_some();
    let what = match request.prior {
        Some(_) => "be changed",
        None if chosen("secret") || chosen("secret_wo_version") => "be given a secret",
        None if desired.truth("disable") == Some(true) => "be switched off",
        None => return None,
    };
    Some(Finding {
        fatal: true,
        path: None,
        summary: "Robot accounts cannot change each other".to_owned(),
        detail: format!(
            "regprov signs in with a robot account here. Harbor lets one make and delete others, but the account cannot {what} \
             by it."
        ),
        remedy: Some("Sign in as a user who administers the project or the system.".to_owned()),
    })
}

async fn is_taken(request: &PreflightRequest<'_, RobotAccount>) -> Option<Finding> {
    let (client, desired) = (request.client, request.desired);
    let name = desired.text("name")?;
    let project = match desired.text("level")? {
        "project" => {
            let permission = desired.known("permissions")?.as_items()?.first()?;
            Some(Partial(permission).text("namespace")?)
        }
        _ => None,
    };
    let found = names::find(client, Wanted { name, project }).await.ok()??;
    let id = format!("/robots/{}", found.id);
    let replaced = request.replaced.and_then(|replaced| replaced.id.get());
    if replaced == Some(&id) {
        return None;
    }
    Some(taken(
        &format!("a robot account `{}`", sanitize(&found.name)),
        &id,
    ))
}

/// Permissions that this Harbor has not.
async fn unknown_permissions(client: &Client, desired: Partial<'_>) -> Vec<Finding> {
    // Before 2.10 Harbor takes any text, and what it does not know does nothing.
    let Some(permissions) = desired.known("permissions").and_then(Value::as_items) else {
        return Vec::new();
    };
    let table = Table::of(client).await;
    let mut findings = Vec::new();
    for permission in permissions {
        let permission = Partial(permission);
        let (Some(kind), Some(access)) = (permission.text("kind"), permission.known("access")) else {
            continue;
        };
        for access in access.as_items().unwrap_or_default() {
            let access = Partial(access);
            if let (Some(resource), Some(action)) = (access.text("resource"), access.text("action")) {
                findings.extend(table.unknown(kind, resource, action));
            }
        }
    }
    findings
}
