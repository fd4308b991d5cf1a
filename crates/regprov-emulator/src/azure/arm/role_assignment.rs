//! Role assignments.

use serde_json::{Map, Value, json};

use super::authorization;
use super::context::{Arm, Reply, invalid, not_found};
use super::filter::{self, Term};
use super::resource_group::scope_exists;
use super::role_definition;
use super::{fields, listing};
use crate::answer::Answer;
use crate::azure::directory;
use crate::azure::records::{ROLE_ASSIGNMENTS, RoleAssignment};
use crate::azure::roles;
use crate::clock;

const READ: &str = "Microsoft.Authorization/roleAssignments/read";
const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";

/// Lists role assignments, or reads and writes one.
pub(super) fn handle(arm: &mut Arm<'_>, scope: &str, rest: &[&str]) -> Reply {
    match (arm.call.method.as_str(), rest) {
        ("GET", []) => list(arm, scope),
        ("GET", [name]) => get(arm, scope, name),
        ("PUT", [name]) => put(arm, scope, name),
        ("DELETE", [name]) => delete(arm, scope, name),
        _ => Err(arm.no_such_method()),
    }
}

fn key_of(scope: &str, name: &str) -> String {
    let scope = scope.trim_end_matches('/');
    format!("{scope}/providers/microsoft.authorization/roleassignments/{name}").to_ascii_lowercase()
}

fn body(assignment: &RoleAssignment, fresh: bool) -> Value {
    let scope = assignment.scope.trim_end_matches('/');
    let name = &assignment.name;
    json!({
        "properties": {
            "roleDefinitionId": role_definition::id_at(&assignment.scope, &assignment.role),
            "principalId": assignment.principal_id,
            "principalType": assignment.principal_type,
            "scope": assignment.scope,
            "condition": assignment.condition,
            "conditionVersion": assignment.condition_version,
            "createdOn": clock::ticks(assignment.created_on),
            "updatedOn": clock::ticks(assignment.updated_on),
            "createdBy": if fresh { None } else { assignment.created_by.as_ref() },
            "updatedBy": assignment.updated_by,
            "delegatedManagedIdentityResourceId": assignment.delegated_managed_identity_resource_id,
            "description": assignment.description,
        },
        "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
    })
}

fn get(arm: &mut Arm<'_>, scope: &str, name: &str) -> Reply {
    arm.require(READ, scope)?;
    match arm
        .tx
        .get::<RoleAssignment>(ROLE_ASSIGNMENTS, &key_of(scope, name))
    {
        Some(assignment) => Ok(Answer::json(200, &body(&assignment, false))),
        None => {
            let message = format!("The role assignment '{name}' is not found.");
            Err(Answer::arm_error(404, "RoleAssignmentNotFound", &message))
        }
    }
}

fn delete(arm: &mut Arm<'_>, scope: &str, name: &str) -> Reply {
    arm.require(DELETE, scope)?;
    let key = key_of(scope, name);
    match arm.tx.get::<RoleAssignment>(ROLE_ASSIGNMENTS, &key) {
        Some(assignment) => {
            arm.tx.delete(ROLE_ASSIGNMENTS, &key);
            Ok(Answer::json(200, &body(&assignment, false)))
        }
        None => Ok(Answer::empty(204)),
    }
}

/// What a PUT asks for, checked.
struct Wish {
    role: String,
    principal_id: String,
    principal_type: String,
    properties: Map<String, Value>,
}

fn put(arm: &mut Arm<'_>, scope: &str, name: &str) -> Reply {
    if uuid::Uuid::parse_str(name).is_err() {
        let message =
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.");
        return Err(invalid("InvalidRoleAssignmentId", &message));
    }
    arm.require(WRITE, scope)?;
    if !scope_exists(arm.tx, scope) {
        return Err(missing_scope(scope));
    }
    let wish = read_wish(arm)?;
    let key = key_of(scope, name);
    let old: Option<RoleAssignment> = arm.tx.get(ROLE_ASSIGNMENTS, &key);
    check_against_others(arm, (&key, scope), old.as_ref(), &wish)?;
    let assignment = assignment(arm, scope, name, (old.as_ref(), wish))?;
    arm.tx.put(ROLE_ASSIGNMENTS, &key, &assignment);
    Ok(Answer::json(
        if old.is_some() { 200 } else { 201 },
        &body(&assignment, true),
    ))
}

fn missing_scope(scope: &str) -> Answer {
    let last = scope.rsplit('/').next().unwrap_or_default();
    let group = listing::group_of(scope).unwrap_or_default();
    if last == group {
        let message = format!("Resource group '{group}' could not be found.");
        return Answer::arm_error(404, "ResourceGroupNotFound", &message);
    }
    not_found(&format!("{}/{last}", listing::kind_of(scope)), group)
}

fn read_wish(arm: &Arm<'_>) -> Result<Wish, Answer> {
    let object = arm.object()?;
    fields::check(&object, "", &["properties"], &[])?;
    let properties = fields::object(&object, "properties")?;
    let settable = [
        "roleDefinitionId",
        "principalId",
        "principalType",
        "description",
        "condition",
        "conditionVersion",
        "delegatedManagedIdentityResourceId",
    ];
    let read_only = ["scope", "createdOn", "updatedOn", "createdBy", "updatedBy"];
    fields::check(&properties, "properties", &settable, &read_only)?;
    let role_id = fields::required(&properties, "roleDefinitionId")?;
    let guid = role_id.rsplit('/').next().unwrap_or_default();
    let role = roles::by_id(guid).ok_or_else(|| {
        let message = format!("The specified role definition with ID '{guid}' does not exist.");
        invalid("RoleDefinitionDoesNotExist", &message)
    })?;
    let principal_id = fields::required(&properties, "principalId")?.to_ascii_lowercase();
    let principal = uuid::Uuid::parse_str(&principal_id).map_err(|_| {
        invalid(
            "InvalidPrincipalId",
            "A valid principal ID must be provided for role assignment.",
        )
    })?;
    let types = ["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"];
    let told = fields::choice(&properties, "principalType", &types)?;
    let principal_type = principal_type(arm, principal, told)?;
    Ok(Wish {
        role: role.id.to_owned(),
        principal_id,
        principal_type,
        properties,
    })
}

/// The type of a principal: what was told, when the directory does not contradict; else what the directory says.
fn principal_type(arm: &Arm<'_>, principal: uuid::Uuid, told: Option<String>) -> Result<String, Answer> {
    let id = principal.to_string();
    match (directory::principal_type(arm.tx, &id), told) {
        (Some(found), Some(told)) if found != told => {
            let message = format!(
                "The PrincipalId '{}' has type '{found}', which is different from specified PrincipalType '{told}'.",
                principal.simple()
            );
            Err(invalid("UnmatchedPrincipalType", &message))
        }
        (_, Some(told)) => Ok(told),
        (Some(found), None) => Ok(found.to_owned()),
        (None, None) => {
            let message = format!(
                "Principal {} does not exist in the directory {}. Check that you have the correct principal ID. If you \
                 are creating this principal and then immediately assigning a role, this error might be related to a \
                 replication delay. In this case, set the role assignment principalType property to a value, such as \
                 ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype",
                principal.simple(),
                directory::tenant(arm.tx).id
            );
            Err(invalid("PrincipalNotFound", &message))
        }
    }
}

fn check_against_others(
    arm: &Arm<'_>,
    (key, scope): (&str, &str),
    old: Option<&RoleAssignment>,
    wish: &Wish,
) -> Result<(), Answer> {
    if let Some(old) = old {
        if old.role == wish.role && old.principal_id == wish.principal_id {
            return Ok(());
        }
        let message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
        return Err(Answer::arm_error(
            409,
            "RoleAssignmentUpdateNotPermitted",
            message,
        ));
    }
    let all = arm.tx.scan::<RoleAssignment>(ROLE_ASSIGNMENTS, "");
    let twin = all.iter().any(|(other, held)| {
        let same_scope =
            authorization::contains(&held.scope, scope) && authorization::contains(scope, &held.scope);
        other != key && same_scope && held.role == wish.role && held.principal_id == wish.principal_id
    });
    if twin {
        return Err(Answer::arm_error(
            409,
            "RoleAssignmentExists",
            "The role assignment already exists.",
        ));
    }
    if u64::try_from(all.len()).unwrap_or(u64::MAX) >= arm.tx.knobs().quota_role_assignments {
        let message = "No more role assignments can be created for this subscription.";
        return Err(invalid("RoleAssignmentLimitExceeded", message));
    }
    Ok(())
}

fn assignment(
    arm: &Arm<'_>,
    scope: &str,
    name: &str,
    (old, wish): (Option<&RoleAssignment>, Wish),
) -> Result<RoleAssignment, Answer> {
    let text = |name: &str| {
        fields::text(&wish.properties, name)
            .map(|text| text.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let condition = text("condition")?;
    let condition_version = text("conditionVersion")?;
    if let Some(condition) = &condition {
        if condition_version.as_deref() != Some("2.0") {
            return Err(invalid(
                "InvalidCondition",
                "A condition needs conditionVersion '2.0'.",
            ));
        }
        authorization::check_condition(condition).map_err(|why| {
            invalid(
                "InvalidCondition",
                &format!("The condition of the role assignment is not valid: {why}."),
            )
        })?;
    }
    let caller = Some(arm.caller.object_id.clone());
    Ok(RoleAssignment {
        name: old.map_or_else(|| name.to_owned(), |old| old.name.clone()),
        scope: old.map_or_else(|| scope.to_owned(), |old| old.scope.clone()),
        role: wish.role.clone(),
        principal_id: wish.principal_id.clone(),
        principal_type: wish.principal_type.clone(),
        description: text("description")?,
        condition,
        condition_version,
        delegated_managed_identity_resource_id: text("delegatedManagedIdentityResourceId")?,
        created_on: old.map_or(arm.tx.now(), |old| old.created_on),
        updated_on: arm.tx.now(),
        created_by: old.map_or_else(|| caller.clone(), |old| old.created_by.clone()),
        updated_by: caller,
    })
}

fn list(arm: &mut Arm<'_>, scope: &str) -> Reply {
    arm.require(READ, scope)?;
    let terms = match arm.call.query("$filter") {
        None | Some("") => Vec::new(),
        Some(text) => filter::parse(text).ok_or_else(|| listing::bad_filter(text))?,
    };
    let mut not_below = false;
    let mut principal: Option<String> = None;
    for term in terms {
        match term {
            Term::Call(name, None) if name.eq_ignore_ascii_case("atScope") => not_below = true,
            Term::Call(name, Some(id)) if name.eq_ignore_ascii_case("assignedTo") => principal = Some(id),
            Term::Equals(name, id) if name.eq_ignore_ascii_case("principalId") => principal = Some(id),
            Term::Equals(name, _) | Term::Call(name, _) => {
                return Err(invalid(
                    "UnsupportedQuery",
                    &format!("The filter '{name}' is not supported."),
                ));
            }
        }
    }
    let items = arm
        .tx
        .scan::<RoleAssignment>(ROLE_ASSIGNMENTS, "")
        .into_iter()
        .map(|(_, held)| held)
        .filter(|held| {
            let above = authorization::contains(&held.scope, scope);
            let below = !not_below && authorization::contains(scope, &held.scope);
            above || below
        })
        .filter(|held| {
            principal
                .as_ref()
                .is_none_or(|id| id.eq_ignore_ascii_case(&held.principal_id))
        })
        .map(|held| body(&held, false))
        .collect();
    Ok(Answer::json(200, &listing::page(arm, items)))
}
