//! Invitations to organizations. Only the invited make members of themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{self, Organization, Role};
use super::context::{Hub, Reply, instant};
use super::failure::{absent, invalid, unknown};
use super::{org, team};
use crate::answer::Answer;

/// Invitations by id.
const INVITES: &str = "dockerhub/invites";

/// An invitation.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Invite {
    id: String,
    organization: String,
    inviter: String,
    /// A Docker ID or an address.
    name: String,
    team: String,
    role: String,
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bulk {
    org: String,
    #[serde(default)]
    team: String,
    role: String,
    invitees: Vec<String>,
    #[serde(default)]
    dry_run: bool,
}

/// Sends a request to who answers it.
pub(super) fn handle(hub: &mut Hub<'_>, rest: &[&str]) -> Reply {
    match (hub.call.method.as_str(), rest) {
        ("POST", ["bulk"]) => invite(hub),
        ("PATCH", [id, "resend"]) => {
            let (invite, organization) = find(hub, id)?;
            org::at_least(hub, &organization, (Role::Owner, "scope-invite-edit"))?;
            Ok(Answer::json(200, &body(&invite)))
        }
        ("DELETE", [id]) => {
            let (invite, organization) = find(hub, id)?;
            org::at_least(hub, &organization, (Role::Owner, "scope-invite-edit"))?;
            hub.tx.delete(INVITES, &invite.id);
            Ok(Answer::empty(204))
        }
        _ => Err(unknown(hub.call)),
    }
}

/// The invitations of an organization.
pub(super) fn list(hub: &Hub<'_>, organization: &Organization) -> Reply {
    org::at_least(hub, organization, (Role::Owner, "scope-invite-read"))?;
    let rows: Vec<Value> = pending(hub, organization).iter().map(body).collect();
    Ok(Answer::json(200, &json!({ "data": rows })))
}

fn pending(hub: &Hub<'_>, organization: &Organization) -> Vec<Invite> {
    let invites: Vec<(String, Invite)> = hub.tx.scan(INVITES, "");
    let of = |invite: &Invite| invite.organization == organization.name;
    invites.into_iter().map(|(_, invite)| invite).filter(of).collect()
}

fn find(hub: &Hub<'_>, id: &str) -> Result<(Invite, Organization), Answer> {
    let missing = || absent(&json!({ "invite": id }));
    let invite: Invite = hub.tx.get(INVITES, &id.to_lowercase()).ok_or_else(missing)?;
    let organization = account::organization(hub.tx, &invite.organization).ok_or_else(missing)?;
    Ok((invite, organization))
}

fn invite(hub: &mut Hub<'_>) -> Reply {
    let bulk: Bulk = hub.body()?;
    let organization =
        account::organization(hub.tx, &bulk.org).ok_or_else(|| absent(&json!({ "orgname": bulk.org })))?;
    org::at_least(hub, &organization, (Role::Owner, "scope-invite-edit"))?;
    if Role::named(&bulk.role).is_none() {
        return Err(invalid("role", "Role must be one of: owner, editor, member."));
    }
    if !bulk.team.is_empty() && team::by_name(hub.tx, &organization.name, &bulk.team).is_none() {
        return Err(absent(&json!({ "group": bulk.team })));
    }
    let mut rows = Vec::new();
    for invitee in &bulk.invitees {
        rows.push(one(hub, &organization, (&bulk, invitee)));
    }
    Ok(Answer::json(202, &json!({ "invitees": rows })))
}

fn one(hub: &mut Hub<'_>, organization: &Organization, (bulk, invitee): (&Bulk, &str)) -> Value {
    let told = |status: &str| json!({ "invitee": invitee, "status": status });
    let by_email = invitee.contains('@');
    // Where nobody named the people, whoever is invited has a Docker ID.
    let exists = by_email
        || account::user(hub.tx, invitee).is_some()
        || organization.assumed && account::is_namespace(&invitee.to_lowercase());
    if !exists || invitee.starts_with('@') {
        return told("invalid_email_or_docker_id");
    }
    if account::role(hub.tx, organization, invitee).is_some() {
        return told("existing_org_member");
    }
    let known = pending(hub, organization)
        .into_iter()
        .find(|known| known.name.eq_ignore_ascii_case(invitee));
    let invite = match known {
        Some(known) => known,
        None => {
            let invite = Invite {
                id: hub.tx.new_uuid().to_string(),
                organization: organization.name.clone(),
                inviter: hub.caller.user().unwrap_or(&organization.name).to_owned(),
                name: invitee.to_owned(),
                team: bulk.team.clone(),
                role: bulk.role.clone(),
                created_at: hub.tx.now(),
            };
            if !bulk.dry_run {
                hub.tx.put(INVITES, &invite.id, &invite);
            }
            invite
        }
    };
    json!({ "invitee": invitee, "status": "invited", "invite": body(&invite) })
}

fn body(invite: &Invite) -> Value {
    json!({
        "id": invite.id, "inviter_username": invite.inviter, "invitee": invite.name, "org": invite.organization,
        "team": invite.team, "role": invite.role, "created_at": instant(invite.created_at),
    })
}
