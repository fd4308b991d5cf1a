//! What can be told about a role assignment while planning.

use super::{RoleAssignment, RoleAssignmentId, assignments, subscription_of};
use crate::client::{Client, attribute};
use crate::permissions::{self, Right};
use crate::principals::Principal;
use crate::roles;
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Finding, PreflightRequest, Resource};

const ASSIGN: Right = Right {
    action: "Microsoft.Authorization/roleAssignments/write",
    doing: "assign roles",
    role: "Role Based Access Control Administrator",
    argument: "scope",
};

/// Asks about the role, the principal, our own permission, and a twin.
pub(super) async fn preflight(request: &PreflightRequest<'_, RoleAssignment>) -> Vec<Finding> {
    if request.prior.is_some() {
        return Vec::new();
    }
    let (client, desired) = (request.client, request.desired);
    let scope = desired.text("scope");
    let near = scope.map(permissions::scopes).unwrap_or_default();
    let role = async { role(client, desired.text("role_definition_name")?, scope?).await };
    let right = async {
        if near.is_empty() {
            return None;
        }
        permissions::check(client, &near, &ASSIGN).await
    };
    let who = async {
        let asked = desired.truth("skip_service_principal_aad_check") != Some(true);
        principal(client, desired.text("principal_id").filter(|_| asked)?).await
    };
    let twin = async {
        let (id, name) = (
            desired.text("role_definition_id"),
            desired.text("role_definition_name"),
        );
        let guid = id.map(roles::guid).or_else(|| Some(roles::named(name?)?.guid))?;
        let planned = <RoleAssignment as Resource>::identify(client, desired);
        twin(
            client,
            scope?,
            guid,
            desired.text("principal_id")?,
            planned.as_ref(),
        )
        .await
    };
    let (role, right, who, twin) = tokio::join!(role, right, who, twin);
    [role, right, who, twin].into_iter().flatten().collect()
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
