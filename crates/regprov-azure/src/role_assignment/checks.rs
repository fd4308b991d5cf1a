//! What can be told about a role assignment while planning.

use super::{RoleAssignment, RoleAssignmentId, ask, assignments, subscription_of};
use crate::client::{Client, attribute};
use crate::principals::Principal;
use crate::roles::{self, Permission};
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Finding, PreflightRequest};

const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";

/// Asks about the role, the principal, our own permission, and a twin.
pub(super) async fn preflight(request: &PreflightRequest<'_, RoleAssignment>) -> Vec<Finding> {
    if request.prior.is_some() {
        return Vec::new();
    }
    let (client, desired) = (request.client, request.desired);
    let scope = desired.text("scope");
    let near = scope.map(existing_scopes).unwrap_or_default();
    let mut findings = Vec::new();
    if let (Some(name), Some(scope)) = (desired.text("role_definition_name"), scope) {
        findings.extend(role(client, name, scope).await);
    }
    if !near.is_empty() {
        findings.extend(permission(client, &near).await);
    }
    if let Some(id) = desired.text("principal_id") {
        let asked = desired.truth("skip_service_principal_aad_check") != Some(true);
        if asked {
            findings.extend(principal(client, id).await);
        }
        if let Some(scope) = scope {
            let (id_of_role, name) = (
                desired.text("role_definition_id"),
                desired.text("role_definition_name"),
            );
            let wanted = id_of_role
                .map(roles::guid)
                .or_else(|| Some(roles::named(name?)?.guid));
            let planned = <RoleAssignment as regprov_provider::Resource>::identify(client, desired);
            if let Some(guid) = wanted {
                findings.extend(twin(client, scope, guid, id, planned.as_ref()).await);
            }
        }
    }
    findings
}

/// The scope, and those above it that exist where it does not exist yet.
fn existing_scopes(scope: &str) -> Vec<String> {
    let mut scopes = vec![scope.trim_end_matches('/').to_owned()];
    let segments: Vec<&str> = scope.trim_matches('/').split('/').collect();
    if segments.len() > 4 && segments[2].eq_ignore_ascii_case("resourceGroups") {
        scopes.push(format!("/{}", segments[..4].join("/")));
    }
    let subscription = subscription_of(scope);
    if !subscription.is_empty() && !scopes.contains(&subscription) {
        scopes.push(subscription);
    }
    scopes
}

fn finding(fatal: bool, name: &str, summary: &str, detail: String, remedy: Option<String>) -> Finding {
    Finding {
        fatal,
        path: attribute(name),
        summary: summary.to_owned(),
        detail,
        remedy,
    }
}

async fn role(client: &Client, name: &str, scope: &str) -> Option<Finding> {
    if roles::named(name).is_some() {
        return None;
    }
    let subscription = subscription_of(scope);
    let place = if subscription.is_empty() {
        scope
    } else {
        &subscription
    };
    match client.roles_named(place, name).await {
        Ok(found) if !found.is_empty() => return None,
        Ok(_) => {}
        Err(error) => {
            let detail = format!(
                "Whether there is a role `{}` could not be asked: {}",
                sanitize(name),
                error.message
            );
            return Some(finding(
                false,
                "role_definition_name",
                "Role not checked",
                detail,
                error.remedy,
            ));
        }
    }
    let known = client.all_roles(place).await.unwrap_or_default();
    let mut near: Vec<(f64, &str)> = known
        .iter()
        .map(|role| role.properties.role_name.as_str())
        .map(|known| {
            (
                strsim::jaro_winkler(&known.to_lowercase(), &name.to_lowercase()),
                known,
            )
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let near: Vec<String> = near
        .iter()
        .take(3)
        .map(|(_, name)| format!("`{}`", sanitize(name)))
        .collect();
    let remedy = if near.is_empty() {
        "To push images the role is `AcrPush`. `az role definition list --query \"[].roleName\"` lists all."
            .to_owned()
    } else {
        format!("Did you mean {}?", near.join(" or "))
    };
    let detail = format!(
        "There is no role `{}` at the scope {}.",
        sanitize(name),
        sanitize(place)
    );
    Some(finding(
        true,
        "role_definition_name",
        "Unknown role",
        detail,
        Some(remedy),
    ))
}

/// Whether we may assign roles there. The nearest scope that exists is asked; what it allows holds below.
async fn permission(client: &Client, scopes: &[String]) -> Option<Finding> {
    let mut failure = None;
    for scope in scopes {
        match permissions(client, scope).await {
            Ok(Some(permissions)) => {
                if permissions.iter().any(|permission| permission.allows(WRITE)) {
                    return None;
                }
                let who = client
                    .caller()
                    .await
                    .map(|caller| caller.object_id.clone())
                    .unwrap_or_default();
                let detail = format!(
                    "The identity that runs regprov ({}) may not assign roles at {}: no role of it allows {WRITE}.",
                    sanitize(&who),
                    sanitize(scope)
                );
                let remedy = format!(
                    "Ask an owner to run:\n\n    az role assignment create --assignee {} --role \"Role Based Access Control \
                     Administrator\" --scope {}",
                    sanitize(&who),
                    sanitize(scope)
                );
                return Some(finding(
                    true,
                    "scope",
                    "No permission to assign roles",
                    detail,
                    Some(remedy),
                ));
            }
            Ok(None) => {}
            Err(error) => {
                failure.get_or_insert(error.message);
            }
        }
    }
    let detail = format!(
        "Whether roles may be assigned at {} could not be told: {}",
        sanitize(&scopes[0]),
        failure.unwrap_or_else(|| "no scope above it exists yet".to_owned())
    );
    Some(finding(false, "scope", "Permission not checked", detail, None))
}

/// What we may do at a scope; `None` where the scope does not exist.
async fn permissions(client: &Client, scope: &str) -> Result<Option<Vec<Permission>>, Error> {
    #[derive(serde::Deserialize)]
    struct Answer {
        value: Vec<Permission>,
    }
    let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
    let answer: Option<Answer> = client.arm.get(ask(&path, "read what we may do")).await?;
    Ok(answer.map(|answer| answer.value))
}

async fn principal(client: &Client, id: &str) -> Option<Finding> {
    match client.principal(id).await {
        Ok(Principal::Is(_)) => None,
        Ok(Principal::Unknown) => {
            let detail = format!(
                "The directory does not know the principal `{}` yet. One made a moment ago may need a minute; one with a \
                 typing error never comes.",
                sanitize(id)
            );
            let remedy =
                "Compare it with `az ad sp list --show-mine --query \"[].{name:displayName,id:id}\"`.";
            Some(finding(
                false,
                "principal_id",
                "Unknown principal",
                detail,
                Some(remedy.to_owned()),
            ))
        }
        Ok(wrong) => {
            let error = wrong_principal(id, &wrong);
            Some(finding(
                true,
                "principal_id",
                "Not the id of a principal",
                error.message,
                error.remedy,
            ))
        }
        Err(error) => {
            let detail = format!("Who `{}` is could not be asked: {}", sanitize(id), error.message);
            Some(finding(
                false,
                "principal_id",
                "Principal not checked",
                detail,
                None,
            ))
        }
    }
}

/// The error for an id that names something else than a principal.
pub(super) fn wrong_principal(id: &str, wrong: &Principal) -> Error {
    let id = sanitize(id);
    let (message, object) = match wrong {
        Principal::ClientIdOf(object) => (
            format!("`{id}` is a client id; `principal_id` wants the object id of the service principal"),
            Some(object),
        ),
        Principal::ApplicationOf(object) => (
            format!(
                "`{id}` is the object id of an application; `principal_id` wants the one of its service principal"
            ),
            object.as_ref(),
        ),
        Principal::Is(_) | Principal::Unknown => (format!("`{id}` is no principal"), None),
    };
    let remedy = match object {
        Some(object) => format!(
            "Use `{}`; in the configuration that is `azuread_service_principal.NAME.object_id`.",
            sanitize(object)
        ),
        None => "Use `azuread_service_principal.NAME.object_id`.".to_owned(),
    };
    Error::new(ErrorKind::Invalid(attribute("principal_id")), message).remedy(remedy)
}

/// An assignment of the same role, scope and principal under another name: the service would refuse ours.
async fn twin(
    client: &Client,
    scope: &str,
    role: &str,
    principal: &str,
    planned: Option<&RoleAssignmentId>,
) -> Option<Finding> {
    let found = assignments(client, scope, principal).await.ok()?;
    let twin = found.into_iter().find(|found| {
        roles::guid(&found.properties.role_definition_id).eq_ignore_ascii_case(role)
            && found.properties.principal_id.eq_ignore_ascii_case(principal)
            && found
                .id
                .parse::<RoleAssignmentId>()
                .is_ok_and(|id| id.scope().eq_ignore_ascii_case(scope))
    })?;
    let id: RoleAssignmentId = twin.id.parse().ok()?;
    if planned.is_some_and(|planned| planned.name().eq_ignore_ascii_case(id.name())) {
        return None;
    }
    let detail = format!(
        "The principal has this role at this scope already, by {}.",
        sanitize(&twin.id)
    );
    let remedy = format!("Import it with the id {}.", sanitize(&twin.id));
    Some(finding(
        true,
        "scope",
        "Role assignment exists",
        detail,
        Some(remedy),
    ))
}
