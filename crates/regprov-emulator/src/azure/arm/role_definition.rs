//! Role definitions: the built-in ones, as a scope shows them.

use serde_json::{Value, json};

use super::context::{Arm, Reply, invalid};
use super::filter::{self, Term};
use super::listing;
use crate::answer::Answer;
use crate::azure::roles::{self, BUILT_IN, BuiltInRole};

/// Lists role definitions, or answers with one.
pub(super) fn handle(arm: &mut Arm<'_>, scope: &str, rest: &[&str]) -> Reply {
    if arm.call.method != "GET" {
        return Err(Answer::unsupported("custom role definitions"));
    }
    arm.require("Microsoft.Authorization/roleDefinitions/read", scope)?;
    match rest {
        [] => list(arm, scope),
        [guid] => match roles::by_id(guid) {
            Some(role) => Ok(Answer::json(200, &body(role, scope))),
            None => Err(missing(guid)),
        },
        _ => Err(Answer::unsupported("paths below a role definition")),
    }
}

/// The error of a role that is not there.
pub(super) fn missing(guid: &str) -> Answer {
    let message = format!("The specified role definition with ID '{guid}' does not exist.");
    Answer::arm_error(404, "RoleDefinitionDoesNotExist", &message)
}

/// The id of a role as it reads from inside a scope.
pub(super) fn id_at(scope: &str, guid: &str) -> String {
    let segments: Vec<&str> = scope.split('/').filter(|segment| !segment.is_empty()).collect();
    let prefix = match segments.as_slice() {
        [kind, id, ..] if kind.eq_ignore_ascii_case("subscriptions") => format!("/subscriptions/{id}"),
        _ => String::new(),
    };
    format!("{prefix}/providers/Microsoft.Authorization/roleDefinitions/{guid}")
}

fn list(arm: &Arm<'_>, scope: &str) -> Reply {
    let terms = match arm.call.query("$filter") {
        None | Some("") => Vec::new(),
        Some(text) => filter::parse(text).ok_or_else(|| listing::bad_filter(text))?,
    };
    let mut items = Vec::new();
    for role in BUILT_IN {
        if matches(role, &terms)? {
            items.push(body(role, scope));
        }
    }
    Ok(Answer::json(200, &listing::page(arm, items)))
}

fn matches(role: &BuiltInRole, terms: &[Term]) -> Result<bool, Answer> {
    for term in terms {
        let holds = match term {
            Term::Equals(name, value) if name.eq_ignore_ascii_case("roleName") => {
                role.name.eq_ignore_ascii_case(value)
            }
            Term::Equals(name, value) if name.eq_ignore_ascii_case("type") => {
                value.eq_ignore_ascii_case("BuiltInRole")
            }
            Term::Call(name, None) if name.eq_ignore_ascii_case("atScopeAndBelow") => true,
            Term::Call(name, None) if name.eq_ignore_ascii_case("atScope") => true,
            Term::Equals(name, _) | Term::Call(name, _) => {
                return Err(invalid(
                    "UnsupportedQuery",
                    &format!("The filter '{name}' is not supported."),
                ));
            }
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn body(role: &BuiltInRole, scope: &str) -> Value {
    json!({
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [{
                "actions": role.actions, "notActions": role.not_actions,
                "dataActions": role.data_actions, "notDataActions": role.not_data_actions,
            }],
            "createdOn": "2018-10-29T23:52:32.5201177Z",
            "updatedOn": "2021-11-11T20:13:07.4993029Z",
            "createdBy": null,
            "updatedBy": null,
        },
        "id": id_at(scope, role.id),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    })
}
