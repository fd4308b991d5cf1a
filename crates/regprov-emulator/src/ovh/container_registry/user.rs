//! Users of a registry: administrators of its Harbor. Their password is told once.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::record::{Registry, USERS, key};
use super::require_ready;
use crate::answer::Answer;
use crate::ovh::context::{Ovh, Reply, nothing};
use crate::ovh::failure;

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    id: String,
    name: String,
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    email: Option<String>,
    login: Option<String>,
}

/// Sends a request to who answers it.
pub(super) fn handle(ovh: &mut Ovh<'_>, registry: &Registry, rest: &[&str]) -> Reply {
    let place = key(&registry.project, &registry.id);
    match (ovh.call.method.as_str(), rest) {
        ("GET", []) => {
            let bodies: Vec<Value> = all(ovh, &place).iter().map(|user| body(user, "")).collect();
            Ok(Answer::json(200, &bodies))
        }
        ("POST", []) => create(ovh, registry, &place),
        ("GET", [id]) => {
            let user = find(ovh, &place, id)?;
            Ok(Answer::json(200, &body(&user, "")))
        }
        ("DELETE", [id]) => {
            let user = find(ovh, &place, id)?;
            registry.remove_user(ovh.tx, &user.name);
            ovh.tx.delete(USERS, &format!("{place}/{id}"));
            nothing()
        }
        ("PUT", [id, "setAsAdmin"]) => {
            find(ovh, &place, id)?;
            nothing()
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

/// The users of a registry.
pub(super) fn all(ovh: &Ovh<'_>, place: &str) -> Vec<User> {
    let mut users: Vec<User> = ovh
        .tx
        .scan(USERS, &format!("{place}/"))
        .into_iter()
        .map(|(_, user)| user)
        .collect();
    users.sort_by_key(|user| user.id.parse::<u64>().unwrap_or(0));
    users
}

/// Deletes the users of a registry.
pub(super) fn forget_all(ovh: &mut Ovh<'_>, registry: &Registry) {
    let place = key(&registry.project, &registry.id);
    for user in all(ovh, &place) {
        registry.remove_user(ovh.tx, &user.name);
        ovh.tx.delete(USERS, &format!("{place}/{}", user.id));
    }
}

fn find(ovh: &Ovh<'_>, place: &str, id: &str) -> Result<User, Answer> {
    ovh.tx
        .get(USERS, &format!("{place}/{id}"))
        .ok_or_else(|| failure::absent("userID", id))
}

fn create(ovh: &mut Ovh<'_>, registry: &Registry, place: &str) -> Reply {
    let new: New = ovh.body()?;
    require_ready(registry, ovh.tx.now())?;
    if registry.iam_enabled || registry.oidc.is_some() {
        let how = if registry.iam_enabled { "IAM" } else { "OIDC" };
        return Err(failure::conflict(&format!(
            "A user cannot be created while {how} authenticates the registry's users"
        )));
    }
    let name = match new.login.filter(|login| !login.is_empty()) {
        Some(login) => login,
        None => format!("user-{}", ovh.tx.draw().alphanumeric(8)),
    };
    if name == "admin" || name.len() > 255 || name.contains(|letter| ",\"~#%$".contains(letter)) {
        return Err(failure::invalid(&format!(
            "[login] Given data ({name}) is not a name of a user"
        )));
    }
    let email = new
        .email
        .filter(|email| !email.is_empty())
        .unwrap_or_else(|| format!("{name}@registry.sandbox.example"));
    let well_formed = email
        .split_once('@')
        .is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
    if !well_formed {
        return Err(failure::invalid(&format!(
            "[email] Given data ({email}) is not an e-mail address"
        )));
    }
    let others = all(ovh, place);
    if others.iter().any(|user| user.name == name || user.email == email) {
        return Err(failure::conflict(&format!(
            "A user {name} or with the e-mail address {email} already exists"
        )));
    }
    let password = ovh.tx.new_secret(16);
    let id = registry.put_user(ovh.tx, &name, &email, &password);
    let user = User {
        id: id.to_string(),
        name,
        email,
    };
    ovh.tx.put(USERS, &format!("{place}/{id}"), &user);
    Ok(Answer::json(200, &body(&user, &password)))
}

fn body(user: &User, password: &str) -> Value {
    json!({ "id": user.id, "user": user.name, "email": user.email, "password": password })
}
