//! Users of a Public Cloud project, with their roles and S3 credentials.

mod role;
mod s3;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::{Ovh, Reply, nothing, soon};
use super::failure;
use crate::answer::Answer;
use crate::clock;
use crate::seal::SecretHash;
use crate::store::{SETTINGS, Transaction};

pub(super) use role::list as list_roles;

/// Users by `{project}/{id}`.
pub(super) const USERS: &str = "ovh/users";
/// Under this key of the settings: the last id that was given.
const LAST: &str = "ovh_last_user";

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    username: String,
    description: String,
    roles: Vec<String>,
    openstack_id: String,
    password: SecretHash,
    created_at: Timestamp,
    /// When it can be used.
    ready_at: Timestamp,
    /// When a deletion that is under way is done.
    deleted_at: Option<Timestamp>,
    /// The policy of its S3 credentials.
    policy: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    description: Option<String>,
    role: Option<String>,
    roles: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    #[serde(rename = "rolesIds")]
    ids: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    policy: String,
}

fn key(project: &str, id: &str) -> String {
    format!("{project}/{id}")
}

/// Sends a request to who answers it.
pub(super) fn handle(ovh: &mut Ovh<'_>, project: &str, rest: &[&str]) -> Reply {
    match (ovh.call.method.as_str(), rest) {
        ("GET", []) => Ok(list(ovh, project)),
        ("POST", []) => create(ovh, project),
        ("GET", [id]) => {
            let user = find(ovh, project, id)?;
            Ok(Answer::json(200, &body(&user, ovh.tx.now(), None)))
        }
        ("DELETE", [id]) => delete(ovh, project, id),
        (_, [id, rest @ ..]) => {
            let user = find(ovh, project, id)?;
            part(ovh, project, (user, rest))
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

fn part(ovh: &mut Ovh<'_>, project: &str, (mut user, rest): (User, &[&str])) -> Reply {
    match (ovh.call.method.as_str(), rest) {
        ("PUT", ["role"]) => {
            let asked: Roles = ovh.body()?;
            user.roles = role::of_ids(&asked.ids)?;
            save(ovh.tx, project, &user);
            Ok(Answer::json(200, &body(&user, ovh.tx.now(), None)))
        }
        ("GET", ["role"]) => Ok(Answer::json(200, &role::bodies(&user.roles))),
        ("POST", ["regeneratePassword"]) => {
            let password = ovh.tx.new_secret(32);
            user.password = ovh.tx.hash_secret(&password);
            save(ovh.tx, project, &user);
            Ok(Answer::json(200, &body(&user, ovh.tx.now(), Some(&password))))
        }
        ("GET", ["openrc"]) => openrc(ovh, project, &user),
        ("GET", ["policy"]) => {
            let policy = user.policy.clone().unwrap_or_default();
            Ok(Answer::json(200, &Policy { policy }))
        }
        ("POST", ["policy"]) => {
            let asked: Policy = ovh.body()?;
            check_policy(&asked.policy)?;
            user.policy = Some(asked.policy);
            save(ovh.tx, project, &user);
            nothing()
        }
        (_, ["s3Credentials", rest @ ..]) => {
            if ovh.tx.now() < user.ready_at {
                return Err(failure::conflict("The user is still being created"));
            }
            s3::handle(ovh, (project, user.id), rest)
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

/// The user of an id.
pub(super) fn find(ovh: &mut Ovh<'_>, project: &str, id: &str) -> Result<User, Answer> {
    let known = ovh.tx.get(USERS, &key(project, id));
    known.ok_or_else(|| failure::absent("userId", id))
}

/// Takes away every user whose deletion is done by now.
pub(super) fn settle(tx: &mut Transaction) {
    let now = tx.now();
    let users: Vec<(String, User)> = tx.scan(USERS, "");
    for (place, user) in users {
        if user.deleted_at.is_some_and(|at| at <= now)
            && let Some((project, id)) = place.split_once('/')
        {
            forget(tx, project, id);
        }
    }
}

fn save(tx: &mut Transaction, project: &str, user: &User) {
    tx.put(USERS, &key(project, &user.id.to_string()), user);
}

fn forget(tx: &mut Transaction, project: &str, id: &str) {
    tx.delete(USERS, &key(project, id));
    s3::forget_all(tx, project, id);
}

fn list(ovh: &mut Ovh<'_>, project: &str) -> Answer {
    let now = ovh.tx.now();
    let users: Vec<(String, User)> = ovh.tx.scan(USERS, &format!("{project}/"));
    let bodies: Vec<Value> = users.iter().map(|(_, user)| body(user, now, None)).collect();
    Answer::json(200, &bodies)
}

fn create(ovh: &mut Ovh<'_>, project: &str) -> Reply {
    let new: New = ovh.body()?;
    let names = new
        .roles
        .filter(|roles| !roles.is_empty())
        .or_else(|| new.role.map(|role| vec![role]))
        .unwrap_or_default();
    role::check_names(&names)?;
    let id = ovh.tx.get::<u64>(SETTINGS, LAST).unwrap_or(500) + 1;
    ovh.tx.put(SETTINGS, LAST, &id);
    let password = ovh.tx.new_secret(32);
    let now = ovh.tx.now();
    let user = User {
        id,
        username: format!("user-{}", ovh.tx.draw().alphanumeric(12)),
        description: new.description.unwrap_or_default(),
        roles: names,
        openstack_id: ovh.tx.new_uuid().simple().to_string(),
        password: ovh.tx.hash_secret(&password),
        created_at: now,
        ready_at: soon(ovh.tx),
        deleted_at: None,
        policy: None,
    };
    save(ovh.tx, project, &user);
    Ok(Answer::json(200, &body(&user, now, Some(&password))))
}

fn delete(ovh: &mut Ovh<'_>, project: &str, id: &str) -> Reply {
    let mut user = find(ovh, project, id)?;
    if user.deleted_at.is_none() {
        user.deleted_at = Some(soon(ovh.tx));
    }
    save(ovh.tx, project, &user);
    nothing()
}

fn body(user: &User, now: Timestamp, password: Option<&str>) -> Value {
    let status = if user.deleted_at.is_some() {
        "deleting"
    } else if now < user.ready_at {
        "creating"
    } else {
        "ok"
    };
    let mut body = json!({
        "id": user.id, "username": user.username, "description": user.description, "status": status,
        "creationDate": clock::seconds(user.created_at), "openstackId": user.openstack_id,
        "roles": role::bodies(&user.roles),
    });
    if let Some(password) = password {
        body["password"] = password.into();
    }
    body
}

fn openrc(ovh: &Ovh<'_>, project: &str, user: &User) -> Reply {
    let region = ovh
        .call
        .query("region")
        .ok_or_else(|| failure::invalid("Missing parameter(s): region"))?;
    let text = format!(
        "#!/usr/bin/env bash\n\nexport OS_AUTH_URL=https://auth.cloud.ovh.net/v3\nexport OS_IDENTITY_API_VERSION=3\n\
         export OS_USER_DOMAIN_NAME=${{OS_USER_DOMAIN_NAME:-\"Default\"}}\n\
         export OS_PROJECT_DOMAIN_NAME=${{OS_PROJECT_DOMAIN_NAME:-\"Default\"}}\n\
         export OS_TENANT_ID={project}\nexport OS_TENANT_NAME=\"1234567890123456\"\n\
         export OS_USERNAME=\"{}\"\nexport OS_REGION_NAME=\"{region}\"\n",
        user.username
    );
    Ok(Answer::json(200, &json!({ "content": text })))
}

/// A policy is a JSON document with statements.
fn check_policy(text: &str) -> Result<(), Answer> {
    let read: Value = serde_json::from_str(text)
        .map_err(|_| failure::invalid("[policy] Given data is not a JSON document"))?;
    let Some(statements) = read.get("Statement").and_then(Value::as_array) else {
        return Err(failure::invalid("[policy] Given data has no list `Statement`"));
    };
    for statement in statements {
        let effect = statement.get("Effect").and_then(Value::as_str);
        if !matches!(effect, Some("Allow" | "Deny")) {
            return Err(failure::invalid(
                "[policy] Every statement needs an `Effect`, which is Allow or Deny",
            ));
        }
        for name in ["Action", "Resource"] {
            if statement.get(name).is_none_or(Value::is_null) {
                return Err(failure::invalid(&format!(
                    "[policy] Every statement needs the member `{name}`"
                )));
            }
        }
    }
    Ok(())
}
