//! People and organizations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::context::{Hub, Reply, instant};
use super::failure;
use crate::answer::Answer;
use crate::seal::SecretHash;
use crate::store::{SETTINGS, Transaction};

/// People by Docker ID.
pub(super) const USERS: &str = "dockerhub/users";
/// Organizations by name.
pub(super) const ORGANIZATIONS: &str = "dockerhub/organizations";
/// Roles by organization and Docker ID.
pub(super) const MEMBERS: &str = "dockerhub/members";
/// Under this key of the settings: whether only the organizations of scenes exist.
const ONLY_NAMED: &str = "dockerhub_only_named_organizations";

/// Somebody with a Docker ID.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) email: String,
    pub(super) joined: Timestamp,
    pub(super) password: SecretHash,
    /// The code of the second factor, where one is on.
    pub(super) second_factor: Option<SecretHash>,
    /// `personal` or `pro`.
    pub(super) plan: String,
}

/// An organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) joined: Timestamp,
    /// `free`, `team` or `business`.
    pub(super) plan: String,
    /// Whether no scene and no client made it: a configuration names it.
    pub(super) assumed: bool,
}

/// What somebody is in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    Member,
    Editor,
    Owner,
}

impl Role {
    /// The role of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "member" => Some(Self::Member),
            "editor" => Some(Self::Editor),
            "owner" => Some(Self::Owner),
            _ => None,
        }
    }

    /// As lists of members write it.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Editor => "Editor",
            Self::Owner => "Owner",
        }
    }
}

/// A member, as it is kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Membership {
    pub(super) role: Role,
}

/// An id that follows from a name.
pub(super) fn derived_id(name: &str) -> String {
    hex::encode(&Sha256::digest(name.as_bytes())[..16])
}

/// The person of a Docker ID.
pub(super) fn user(tx: &Transaction, name: &str) -> Option<User> {
    tx.get(USERS, &name.to_lowercase())
}

/// The organization of a name. Whatever organization a configuration names exists and is everybody's, so that files need no
/// change, unless a scene named the organizations.
pub(super) fn organization(tx: &Transaction, name: &str) -> Option<Organization> {
    let name = name.to_lowercase();
    let known = tx.get(ORGANIZATIONS, &name);
    if known.is_some() || user(tx, &name).is_some() {
        return known;
    }
    let closed = tx.get::<bool>(SETTINGS, ONLY_NAMED).unwrap_or(false);
    let named = !closed && is_namespace(&name);
    named.then(|| Organization {
        id: derived_id(&name),
        name,
        joined: Timestamp::UNIX_EPOCH,
        plan: "team".to_owned(),
        assumed: true,
    })
}

/// From now on only those organizations exist that were made so far.
pub(super) fn close(tx: &mut Transaction) {
    tx.put(SETTINGS, ONLY_NAMED, &true);
}

/// Whether a text can be a Docker ID or the name of an organization.
pub(super) fn is_namespace(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (2..=255).contains(&name.len())
        && name.starts_with(plain)
        && name
            .chars()
            .all(|letter| plain(letter) || matches!(letter, '-' | '_'))
}

/// What somebody is in an organization.
pub(super) fn role(tx: &Transaction, organization: &Organization, name: &str) -> Option<Role> {
    let key = format!("{}/{}", organization.name, name.to_lowercase());
    let kept: Option<Membership> = tx.get(MEMBERS, &key);
    kept.map(|kept| kept.role)
        .or_else(|| (organization.assumed && user(tx, name).is_some()).then_some(Role::Owner))
}

/// The members of an organization, by Docker ID.
pub(super) fn members(tx: &Transaction, organization: &Organization) -> Vec<(String, Role)> {
    let prefix = format!("{}/", organization.name);
    let mut members: Vec<(String, Role)> = tx
        .scan::<Membership>(MEMBERS, &prefix)
        .into_iter()
        .map(|(key, kept)| (key[prefix.len()..].to_owned(), kept.role))
        .collect();
    if organization.assumed {
        for (name, _) in tx.scan::<User>(USERS, "") {
            if !members.iter().any(|(known, _)| *known == name) {
                members.push((name, Role::Owner));
            }
        }
    }
    members
}

/// Somebody as lists write them.
pub(super) fn body(tx: &Transaction, name: &str) -> Value {
    let known = user(tx, name);
    let joined = known.as_ref().map_or(Timestamp::UNIX_EPOCH, |user| user.joined);
    let email = known.as_ref().map_or("", |user| user.email.as_str());
    let id = known
        .as_ref()
        .map_or_else(|| derived_id(name), |user| user.id.clone());
    json!({
        "id": id, "uuid": id, "username": name, "full_name": "", "company": "", "location": "",
        "profile_url": "", "type": "User", "gravatar_url": "", "gravatar_email": "",
        "date_joined": instant(joined), "email": email, "primary_email": email,
    })
}

/// Who asks.
pub(super) fn me(hub: &Hub<'_>) -> Reply {
    let name = hub.caller.user().ok_or_else(failure::unauthenticated)?;
    Ok(Answer::json(200, &body(hub.tx, name)))
}

/// The profile of somebody.
pub(super) fn public(hub: &Hub<'_>, name: &str) -> Reply {
    let user = user(hub.tx, name).ok_or_else(|| failure::absent(&json!({ "user": name })))?;
    let mut body = body(hub.tx, &user.name);
    for private in ["email", "primary_email"] {
        if let Some(fields) = body.as_object_mut() {
            fields.remove(private);
        }
    }
    Ok(Answer::json(200, &body))
}
