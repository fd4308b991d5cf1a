//! What teams may do with repositories.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Organization;
use super::context::{Hub, Reply};
use super::failure::{absent, invalid, unknown};
use super::repository::Repository;
use super::rights::Level;
use super::{page, team};
use crate::answer::Answer;
use crate::store::Transaction;

/// Permissions by namespace, repository and team.
const PERMISSIONS: &str = "dockerhub/repository_teams";

/// A permission, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Permission {
    permission: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    group_id: u64,
    #[serde(default)]
    group_name: String,
    permission: String,
}

fn key(namespace: &str, name: &str, team: u64) -> String {
    format!("{namespace}/{name}/{team}")
}

/// What teams let a member of an organization do.
pub(super) fn level_of(tx: &Transaction, (namespace, name): (&str, &str), user: &str) -> Level {
    let prefix = format!("{namespace}/{name}/");
    tx.scan::<Permission>(PERMISSIONS, &prefix)
        .into_iter()
        .filter(|(place, _)| {
            let id = place[prefix.len()..].parse().unwrap_or_default();
            team::has_member(tx, namespace, id, user)
        })
        .filter_map(|(_, kept)| Level::named(&kept.permission))
        .max()
        .unwrap_or(Level::None)
}

/// Deletes what teams may do with a repository.
pub(super) fn forget_repository(tx: &mut Transaction, namespace: &str, name: &str) {
    forget(tx, |place| place.starts_with(&format!("{namespace}/{name}/")));
}

/// Deletes what a team may do.
pub(super) fn forget_team(tx: &mut Transaction, team: u64) {
    forget(tx, |place| place.ends_with(&format!("/{team}")));
}

fn forget(tx: &mut Transaction, concerns: impl Fn(&str) -> bool) {
    for (place, _) in tx.scan::<Value>(PERMISSIONS, "") {
        if concerns(&place) {
            tx.delete(PERMISSIONS, &place);
        }
    }
}

/// Sends a request to who answers it.
pub(super) fn handle(
    hub: &mut Hub<'_>,
    organization: &Organization,
    (repository, rest): (&Repository, &[&str]),
) -> Reply {
    let (namespace, name) = (repository.namespace.as_str(), repository.name.as_str());
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => {
            let prefix = format!("{namespace}/{name}/");
            let kept: Vec<(String, Permission)> = hub.tx.scan(PERMISSIONS, &prefix);
            let rows = kept
                .iter()
                .filter_map(|(place, kept)| {
                    let team = team::reaching(hub.tx, organization, place[prefix.len()..].parse().ok()?)?;
                    Some(body(&team, &kept.permission))
                })
                .collect();
            Ok(Answer::json(
                200,
                &page::answer(hub.call, page::Style::Usual, rows)?,
            ))
        }
        ("POST", []) => {
            let asked: Asked = hub.body()?;
            let team = team::reaching(hub.tx, organization, asked.group_id)
                .or_else(|| team::by_name(hub.tx, &organization.name, &asked.group_name))
                .ok_or_else(|| absent(&json!({ "group_id": asked.group_id })))?;
            set(hub, repository, (&team, &asked.permission))
        }
        (method, [id]) => {
            let number: u64 = id.parse().unwrap_or_default();
            let place = key(namespace, name, number);
            let kept: Permission = hub
                .tx
                .get(PERMISSIONS, &place)
                .ok_or_else(|| absent(&json!({ "group_id": id })))?;
            let team = team::reaching(hub.tx, organization, number)
                .ok_or_else(|| absent(&json!({ "group_id": id })))?;
            match method {
                "GET" => Ok(Answer::json(200, &body(&team, &kept.permission))),
                "PATCH" | "PUT" => {
                    let asked: Asked = hub.body()?;
                    set(hub, repository, (&team, &asked.permission))
                }
                "DELETE" => {
                    hub.tx.delete(PERMISSIONS, &place);
                    Ok(Answer::empty(204))
                }
                _ => Err(unknown(hub.call)),
            }
        }
        _ => Err(unknown(hub.call)),
    }
}

fn set(hub: &mut Hub<'_>, repository: &Repository, (team, permission): (&team::Team, &str)) -> Reply {
    if Level::named(permission).is_none() {
        return Err(invalid(
            "permission",
            "Permission must be one of: read, write, admin.",
        ));
    }
    let kept = Permission {
        permission: permission.to_owned(),
    };
    let place = key(&repository.namespace, &repository.name, team.id);
    hub.tx.put(PERMISSIONS, &place, &kept);
    Ok(Answer::json(200, &body(team, permission)))
}

fn body(team: &team::Team, permission: &str) -> Value {
    json!({ "group_name": team.name, "permission": permission, "group_id": team.id })
}
