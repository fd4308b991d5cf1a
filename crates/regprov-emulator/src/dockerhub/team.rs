//! Teams of organizations; the API calls them groups.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{self, Organization, Role};
use super::context::{Hub, Reply};
use super::failure::{absent, invalid, refuse, unknown};
use super::{org, page, repository_team};
use crate::answer::Answer;
use crate::store::{SETTINGS, Transaction};

/// Teams by organization and name.
const TEAMS: &str = "dockerhub/teams";
/// Members by organization, team and Docker ID.
const TEAM_MEMBERS: &str = "dockerhub/team_members";
/// Under this key of the settings: the last id that was given.
const LAST: &str = "dockerhub_last_team";
/// The team that every organization has.
const OWNERS: &str = "owners";

/// A team.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Team {
    pub(super) id: u64,
    uuid: String,
    pub(super) name: String,
    description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    uuid: Option<Value>,
    #[serde(default)]
    member_count: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMember {
    member: String,
}

fn key(organization: &str, name: &str) -> String {
    format!("{organization}/{}", name.to_lowercase())
}

fn member_key(organization: &str, team: u64, name: &str) -> String {
    format!("{organization}/{team}/{}", name.to_lowercase())
}

fn owners() -> Team {
    Team {
        id: 1,
        uuid: account::derived_id(OWNERS),
        name: OWNERS.to_owned(),
        description: String::new(),
    }
}

/// The team of a name.
pub(super) fn by_name(tx: &Transaction, organization: &str, name: &str) -> Option<Team> {
    if name.eq_ignore_ascii_case(OWNERS) {
        return Some(owners());
    }
    tx.get(TEAMS, &key(organization, name))
}

/// The team of an id.
pub(super) fn by_id(tx: &Transaction, organization: &str, id: u64) -> Option<Team> {
    all(tx, organization).into_iter().find(|team| team.id == id)
}

/// The team of an id that can be given a permission on what an organization has: one of its own. Organizations that no scene named
/// stand for whatever a configuration means by them, two names for one included, so that its files need no change.
pub(super) fn reaching(tx: &Transaction, organization: &Organization, id: u64) -> Option<Team> {
    let own = by_id(tx, &organization.name, id);
    if own.is_some() || !organization.assumed {
        return own;
    }
    let all = tx.scan::<Team>(TEAMS, "").into_iter();
    all.map(|(_, team)| team).find(|team| team.id == id)
}

fn all(tx: &Transaction, organization: &str) -> Vec<Team> {
    let kept = tx.scan::<Team>(TEAMS, &format!("{organization}/"));
    std::iter::once(owners())
        .chain(kept.into_iter().map(|(_, team)| team))
        .collect()
}

/// Whether somebody is in a team.
pub(super) fn has_member(tx: &Transaction, organization: &str, team: u64, name: &str) -> bool {
    tx.contains(TEAM_MEMBERS, &member_key(organization, team, name))
}

/// The names of the teams of a member.
pub(super) fn of_member(tx: &Transaction, organization: &Organization, name: &str) -> Vec<String> {
    let owner = account::role(tx, organization, name) == Some(Role::Owner);
    let in_it =
        |team: &Team| team.name == OWNERS && owner || has_member(tx, &organization.name, team.id, name);
    all(tx, &organization.name)
        .into_iter()
        .filter(in_it)
        .map(|team| team.name)
        .collect()
}

/// Takes somebody who leaves an organization out of its teams.
pub(super) fn forget_member(tx: &mut Transaction, organization: &str, name: &str) {
    for team in all(tx, organization) {
        tx.delete(TEAM_MEMBERS, &member_key(organization, team.id, name));
    }
}

fn members(tx: &Transaction, organization: &Organization, team: &Team) -> Vec<String> {
    if team.name == OWNERS {
        let members = account::members(tx, organization).into_iter();
        return members
            .filter(|(_, role)| *role == Role::Owner)
            .map(|(name, _)| name)
            .collect();
    }
    let prefix = format!("{}/{}/", organization.name, team.id);
    tx.scan::<Value>(TEAM_MEMBERS, &prefix)
        .into_iter()
        .map(|(place, _)| place[prefix.len()..].to_owned())
        .collect()
}

/// Sends a request to who answers it.
pub(super) fn handle(hub: &mut Hub<'_>, organization: &Organization, rest: &[&str]) -> Reply {
    let needs = if hub.call.method == "GET" {
        (Role::Member, "scope-group-read")
    } else {
        (Role::Owner, "scope-group-edit")
    };
    org::at_least(hub, organization, needs)?;
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => list(hub, organization),
        ("POST", []) => create(hub, organization),
        ("GET", [name]) => {
            let team = find(hub, organization, name)?;
            Ok(Answer::json(200, &body(hub.tx, organization, &team)))
        }
        ("PUT" | "PATCH", [name]) => change(hub, organization, name),
        ("DELETE", [name]) => delete(hub, organization, name),
        (_, [name, "members", rest @ ..]) => {
            let team = find(hub, organization, name)?;
            handle_members(hub, organization, (&team, rest))
        }
        _ => Err(unknown(hub.call)),
    }
}

fn find(hub: &Hub<'_>, organization: &Organization, name: &str) -> Result<Team, Answer> {
    by_name(hub.tx, &organization.name, name).ok_or_else(|| absent(&json!({ "group": name })))
}

fn list(hub: &Hub<'_>, organization: &Organization) -> Reply {
    let search = hub.call.query("search").unwrap_or_default().to_lowercase();
    let of = hub.call.query("username").unwrap_or_default();
    let rows = all(hub.tx, &organization.name)
        .iter()
        .filter(|team| team.name.to_lowercase().contains(&search))
        .filter(|team| of.is_empty() || members(hub.tx, organization, team).iter().any(|name| name == of))
        .map(|team| body(hub.tx, organization, team))
        .collect();
    Ok(Answer::json(
        200,
        &page::answer(hub.call, page::Style::Usual, rows)?,
    ))
}

fn check_name(name: &str) -> Result<(), Answer> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if (3..=30).contains(&name.len()) && name.chars().all(plain) {
        return Ok(());
    }
    Err(invalid(
        "name",
        "Team name must be 3 to 30 letters, digits, hyphens or underscores.",
    ))
}

fn create(hub: &mut Hub<'_>, organization: &Organization) -> Reply {
    let asked: Asked = hub.body()?;
    drop((asked.id, asked.uuid, asked.member_count));
    let name = asked.name.unwrap_or_default();
    check_name(&name)?;
    if by_name(hub.tx, &organization.name, &name).is_some() {
        return Err(refuse(
            400,
            "Team with this name already exists in the organization.",
        ));
    }
    let id = hub.tx.get::<u64>(SETTINGS, LAST).unwrap_or(4200) + 1;
    hub.tx.put(SETTINGS, LAST, &id);
    let team = Team {
        id,
        uuid: hub.tx.new_uuid().to_string(),
        name,
        description: asked.description.unwrap_or_default(),
    };
    hub.tx.put(TEAMS, &key(&organization.name, &team.name), &team);
    Ok(Answer::json(201, &body(hub.tx, organization, &team)))
}

fn change(hub: &mut Hub<'_>, organization: &Organization, name: &str) -> Reply {
    let mut team = find(hub, organization, name)?;
    let asked: Asked = hub.body()?;
    if team.name == OWNERS {
        return Err(refuse(403, "the owners team cannot be changed"));
    }
    if let Some(wanted) = asked.name.filter(|wanted| *wanted != team.name) {
        check_name(&wanted)?;
        let taken = by_name(hub.tx, &organization.name, &wanted);
        if taken.is_some_and(|taken| taken.id != team.id) {
            return Err(refuse(
                400,
                "Team with this name already exists in the organization.",
            ));
        }
        hub.tx.delete(TEAMS, &key(&organization.name, &team.name));
        team.name = wanted;
    }
    if let Some(description) = asked.description {
        team.description = description;
    }
    hub.tx.put(TEAMS, &key(&organization.name, &team.name), &team);
    Ok(Answer::json(200, &body(hub.tx, organization, &team)))
}

fn delete(hub: &mut Hub<'_>, organization: &Organization, name: &str) -> Reply {
    let team = find(hub, organization, name)?;
    if team.name == OWNERS {
        return Err(refuse(403, "the owners team cannot be deleted"));
    }
    for member in members(hub.tx, organization, &team) {
        let place = member_key(&organization.name, team.id, &member);
        hub.tx.delete(TEAM_MEMBERS, &place);
    }
    repository_team::forget_team(hub.tx, team.id);
    hub.tx.delete(TEAMS, &key(&organization.name, &team.name));
    Ok(Answer::empty(204))
}

fn handle_members(hub: &mut Hub<'_>, organization: &Organization, (team, rest): (&Team, &[&str])) -> Reply {
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => {
            let search = hub.call.query("search").unwrap_or_default().to_lowercase();
            let rows = members(hub.tx, organization, team)
                .iter()
                .filter(|name| name.contains(&search))
                .map(|name| account::body(hub.tx, name))
                .collect();
            Ok(Answer::json(
                200,
                &page::answer(hub.call, page::Style::Texts, rows)?,
            ))
        }
        ("POST", []) => {
            let asked: NewMember = hub.body()?;
            // Where nobody named the members, whoever a configuration names is one.
            let member = account::role(hub.tx, organization, &asked.member).is_some()
                || organization.assumed && account::is_namespace(&asked.member.to_lowercase());
            if !member {
                return Err(absent(&json!({ "member": asked.member })));
            }
            let place = member_key(&organization.name, team.id, &asked.member);
            hub.tx.put(TEAM_MEMBERS, &place, &true);
            Ok(Answer::json(200, &account::body(hub.tx, &asked.member)))
        }
        ("DELETE", [name]) => {
            let place = member_key(&organization.name, team.id, name);
            if hub.tx.delete(TEAM_MEMBERS, &place) {
                Ok(Answer::empty(204))
            } else {
                Err(absent(&json!({ "member": name })))
            }
        }
        _ => Err(unknown(hub.call)),
    }
}

fn body(tx: &Transaction, organization: &Organization, team: &Team) -> Value {
    json!({
        "id": team.id, "uuid": team.uuid, "name": team.name, "description": team.description,
        "member_count": members(tx, organization, team).len(),
    })
}
