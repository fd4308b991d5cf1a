//! Organizations, and what is below them.

use serde_json::json;

use super::account::{self, Organization, Role};
use super::caller::Caller;
use super::context::{Hub, Reply, instant};
use super::failure::{absent, denied, of_token, unauthenticated, unknown};
use super::{invite, member, org_access_token, settings, team};
use crate::answer::Answer;

/// Sends a request to who answers it.
pub(super) fn handle(hub: &mut Hub<'_>, name: &str, rest: &[&str]) -> Reply {
    let organization =
        account::organization(hub.tx, name).ok_or_else(|| absent(&json!({ "orgname": name })))?;
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => Ok(Answer::json(
            200,
            &json!({
                "id": organization.id, "uuid": organization.id, "orgname": organization.name, "full_name": organization.name,
                "location": "", "company": "", "profile_url": "", "gravatar_url": "", "gravatar_email": "",
                "date_joined": instant(organization.joined), "is_active": true, "type": "Organization",
            }),
        )),
        (_, ["access-tokens", rest @ ..]) => org_access_token::handle(hub, &organization, rest),
        (_, ["members", rest @ ..]) => member::handle(hub, &organization, rest),
        ("GET", ["invites"]) => invite::list(hub, &organization),
        (_, ["groups", rest @ ..]) => team::handle(hub, &organization, rest),
        (_, ["settings", rest @ ..]) => settings::handle(hub, &organization, rest),
        _ => Err(unknown(hub.call)),
    }
}

/// How many tokens of its own an organization may have: none on plans without them.
pub(super) fn limit_of_tokens(organization: &Organization) -> usize {
    match organization.plan.as_str() {
        "team" => 10,
        "business" => 100,
        _ => 0,
    }
}

/// Refuses who is not an owner with a password.
pub(super) fn owner_by_password(hub: &Hub<'_>, organization: &Organization) -> Result<(), Answer> {
    let user = hub.caller.by_password()?;
    match account::role(hub.tx, organization, user) {
        Some(Role::Owner) => Ok(()),
        _ => Err(denied(
            "access denied: only owners of the organization may do this",
        )),
    }
}

/// Refuses who is less in the organization, by password, and tokens of it without a scope.
pub(super) fn at_least(
    hub: &Hub<'_>,
    organization: &Organization,
    (least, scope): (Role, &str),
) -> Result<(), Answer> {
    match &hub.caller {
        Caller::Anonymous => Err(unauthenticated()),
        Caller::Personal(_) => Err(of_token("personal")),
        Caller::Organization(token) => {
            if token.organization == organization.name && token.may_in_organization(scope) {
                Ok(())
            } else {
                Err(denied("access denied: insufficient scope"))
            }
        }
        Caller::Password(user) => {
            if account::role(hub.tx, organization, user) >= Some(least) {
                Ok(())
            } else {
                Err(denied("access denied"))
            }
        }
    }
}
