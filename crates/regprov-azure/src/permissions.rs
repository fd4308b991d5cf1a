//! Whether we may do what a plan does, asked while planning.

use crate::client::{Ask, Client, attribute};
use crate::roles::Permission;
use regprov_http::sanitize;
use regprov_provider::{Error, Finding};
use serde::Deserialize;

const VERSION: &str = "2022-04-01";

/// A right, and who has it.
pub(crate) struct Right {
    /// The action of the control plane.
    pub(crate) action: &'static str,
    /// What it is in words: "assign roles".
    pub(crate) doing: &'static str,
    /// The smallest usual role that allows it.
    pub(crate) role: &'static str,
    /// The argument that names the place.
    pub(crate) argument: &'static str,
}

/// The scope, and those above it, which exist where it does not exist yet.
pub(crate) fn scopes(scope: &str) -> Vec<String> {
    let mut scopes = vec![scope.trim_end_matches('/').to_owned()];
    let segments: Vec<&str> = scope.trim_matches('/').split('/').collect();
    if segments.len() > 4 && segments[2].eq_ignore_ascii_case("resourceGroups") {
        scopes.push(format!("/{}", segments[..4].join("/")));
    }
    if segments.len() > 2 && segments[0].eq_ignore_ascii_case("subscriptions") {
        scopes.push(format!("/{}", segments[..2].join("/")));
    }
    scopes
}

/// A finding where we may not do it. The nearest scope that exists is asked; what it allows holds below.
pub(crate) async fn check(client: &Client, scopes: &[String], right: &Right) -> Option<Finding> {
    let mut failure = None;
    for scope in scopes {
        match granted(client, scope).await {
            Ok(Some(permissions)) if permissions.iter().any(|known| known.allows(right.action)) => {
                return None;
            }
            Ok(Some(_)) => return Some(missing(client, scope, right).await),
            Ok(None) => {}
            Err(error) => {
                failure.get_or_insert(error.message);
            }
        }
    }
    let detail = format!(
        "Whether we may {} at {} could not be told: {}",
        right.doing,
        scopes.first().map(|scope| sanitize(scope)).unwrap_or_default(),
        failure.unwrap_or_else(|| "no scope above it exists yet".to_owned())
    );
    Some(Finding {
        fatal: false,
        path: attribute(right.argument),
        summary: "Permission not checked".to_owned(),
        detail,
        remedy: None,
    })
}

async fn missing(client: &Client, scope: &str, right: &Right) -> Finding {
    let who = client
        .caller()
        .await
        .map(|caller| caller.object_id.clone())
        .unwrap_or_default();
    let (who, scope) = (sanitize(&who), sanitize(scope));
    Finding {
        fatal: true,
        path: attribute(right.argument),
        summary: format!("No permission to {}", right.doing),
        detail: format!(
            "The identity that runs regprov ({who}) may not {} at {scope}: no role of it allows {}.",
            right.doing, right.action
        ),
        remedy: Some(format!(
            "Ask an owner to run:\n\n    az role assignment create --assignee {who} --role \"{}\" --scope {scope}",
            right.role
        )),
    }
}

/// What we may do at a scope, asked once; `None` where the scope does not exist.
async fn granted(client: &Client, scope: &str) -> Result<Option<Vec<Permission>>, Error> {
    #[derive(Deserialize)]
    struct Answer {
        value: Vec<Permission>,
    }
    let key = scope.to_ascii_lowercase();
    let _turn = client.queues.turn(&format!("permissions at {key}")).await;
    if let Some(known) = client
        .permissions
        .lock()
        .expect("no holder of this lock panics")
        .get(&key)
    {
        return Ok(known.clone());
    }
    let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
    let ask = Ask {
        path: &path,
        version: VERSION,
        operation: "read what we may do",
    };
    let granted = client.arm.get::<Answer>(ask).await?.map(|answer| answer.value);
    client
        .permissions
        .lock()
        .expect("no holder of this lock panics")
        .insert(key, granted.clone());
    Ok(granted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scopes_above_a_resource_are_its_group_and_its_subscription() {
        let registry = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r";
        assert_eq!(
            scopes(registry),
            [registry, "/subscriptions/s/resourceGroups/g", "/subscriptions/s"]
        );
        assert_eq!(
            scopes("/subscriptions/s/resourceGroups/g"),
            ["/subscriptions/s/resourceGroups/g", "/subscriptions/s"]
        );
        assert_eq!(scopes("/subscriptions/s"), ["/subscriptions/s"]);
    }
}
