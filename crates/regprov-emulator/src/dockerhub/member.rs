//! Members of organizations.

use serde::Deserialize;
use serde_json::{Value, json};

use super::account::{self, MEMBERS, Membership, Organization, Role};
use super::context::{Hub, Reply};
use super::failure::{absent, invalid, refuse, unknown};
use super::{org, page, team};
use crate::answer::Answer;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    role: String,
}

/// Sends a request to who answers it.
pub(super) fn handle(hub: &mut Hub<'_>, organization: &Organization, rest: &[&str]) -> Reply {
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => {
            org::at_least(hub, organization, (Role::Member, "scope-member-read"))?;
            list(hub, organization)
        }
        ("GET", [name]) => {
            org::at_least(hub, organization, (Role::Member, "scope-member-read"))?;
            let role = find(hub, organization, name)?;
            Ok(Answer::json(200, &body(hub, organization, (name, role))))
        }
        ("PUT", [name]) => {
            org::at_least(hub, organization, (Role::Owner, "scope-member-edit"))?;
            find(hub, organization, name)?;
            let change: Change = hub.body()?;
            let role = Role::named(&change.role)
                .ok_or_else(|| invalid("role", "Role must be one of: owner, editor, member."))?;
            keep_an_owner(hub, organization, name, Some(role))?;
            let key = format!("{}/{}", organization.name, name.to_lowercase());
            hub.tx.put(MEMBERS, &key, &Membership { role });
            Ok(Answer::json(200, &body(hub, organization, (name, role))))
        }
        ("DELETE", [name]) => {
            org::at_least(hub, organization, (Role::Owner, "scope-member-edit"))?;
            find(hub, organization, name)?;
            keep_an_owner(hub, organization, name, None)?;
            let key = format!("{}/{}", organization.name, name.to_lowercase());
            hub.tx.delete(MEMBERS, &key);
            team::forget_member(hub.tx, &organization.name, name);
            Ok(Answer::empty(204))
        }
        _ => Err(unknown(hub.call)),
    }
}

/// An organization keeps one owner at least.
fn keep_an_owner(
    hub: &Hub<'_>,
    organization: &Organization,
    name: &str,
    becomes: Option<Role>,
) -> Result<(), Answer> {
    let others = account::members(hub.tx, organization)
        .into_iter()
        .filter(|(other, role)| *role == Role::Owner && *other != name.to_lowercase())
        .count();
    if others == 0 && becomes != Some(Role::Owner) && find(hub, organization, name)? == Role::Owner {
        return Err(refuse(403, "cannot remove the last owner of the organization"));
    }
    Ok(())
}

fn find(hub: &Hub<'_>, organization: &Organization, name: &str) -> Result<Role, Answer> {
    account::role(hub.tx, organization, name).ok_or_else(|| absent(&json!({ "username": name })))
}

fn list(hub: &Hub<'_>, organization: &Organization) -> Reply {
    let search = hub.call.query("search").unwrap_or_default().to_lowercase();
    let wanted = match hub.call.query("role").filter(|role| !role.is_empty()) {
        Some(name) => Some(
            Role::named(name)
                .ok_or_else(|| invalid("role", "Role must be one of: owner, editor, member."))?,
        ),
        None => None,
    };
    let rows = account::members(hub.tx, organization)
        .into_iter()
        .filter(|(name, role)| name.contains(&search) && wanted.is_none_or(|wanted| wanted == *role))
        .map(|(name, role)| body(hub, organization, (&name, role)))
        .collect();
    Ok(Answer::json(
        200,
        &page::answer(hub.call, page::Style::Texts, rows)?,
    ))
}

fn body(hub: &Hub<'_>, organization: &Organization, (name, role): (&str, Role)) -> Value {
    let mut body = account::body(hub.tx, name);
    body["role"] = role.title().into();
    body["groups"] = json!(team::of_member(hub.tx, organization, name));
    body["is_guest"] = false.into();
    body
}
