//! Organization access tokens. Plans have them or do not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Organization;
use super::context::{Hub, Reply, instant};
use super::failure::{absent, denied, invalid, refuse, unknown};
use super::{access_token, org, page, repository, scopes};
use crate::answer::Answer;
use crate::seal::SecretHash;
use crate::store::Transaction;

/// Tokens by organization and id.
const TOKENS: &str = "dockerhub/org_access_tokens";
/// How their secrets begin.
pub(super) const PREFIX: &str = "dckr_oat_";

/// A token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OrganizationToken {
    pub(super) id: String,
    pub(super) organization: String,
    name: String,
    description: String,
    pub(super) resources: Vec<Granted>,
    active: bool,
    created_by: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used: Option<Timestamp>,
    secret: SecretHash,
}

/// Scopes on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Granted {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) path: String,
    pub(super) scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    label: String,
    #[serde(default)]
    description: String,
    resources: Vec<Granted>,
    #[serde(default)]
    expires_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    label: Option<String>,
    description: Option<String>,
    resources: Option<Vec<Granted>>,
    is_active: Option<bool>,
}

impl OrganizationToken {
    /// Whether it has a scope on a repository of its organization, or on any public one.
    pub(super) fn may(&self, (namespace, name): (&str, &str), public: bool, scope: &str) -> bool {
        self.resources.iter().any(|granted| {
            granted.kind == "TYPE_REPO"
                && granted.scopes.iter().any(|given| scopes::holds(given, scope))
                && (namespace == self.organization && covers(&granted.path, namespace, name)
                    || granted.path == "*/*/public" && public)
        })
    }

    /// Whether it has a scope on its organization.
    pub(super) fn may_in_organization(&self, scope: &str) -> bool {
        self.resources.iter().any(|granted| {
            granted.kind == "TYPE_ORG" && granted.scopes.iter().any(|given| scopes::holds(given, scope))
        })
    }
}

/// Whether a path of a resource is of a repository.
fn covers(path: &str, namespace: &str, name: &str) -> bool {
    let Some((of, pattern)) = path.split_once('/') else {
        return false;
    };
    of == namespace
        && match pattern.split_once('*') {
            None => pattern == name,
            Some((start, end)) => {
                name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
            }
        }
}

/// Sends a request to who answers it. Only owners manage these, by password.
pub(super) fn handle(hub: &mut Hub<'_>, organization: &Organization, rest: &[&str]) -> Reply {
    org::owner_by_password(hub, organization)?;
    if org::limit_of_tokens(organization) == 0 {
        return Err(denied(
            "organization access tokens are not available on the plan of this organization",
        ));
    }
    let name = organization.name.as_str();
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => list(hub, name),
        ("POST", []) => create(hub, organization),
        ("GET", [id]) => Ok(Answer::json(200, &body(&find(hub, name, id)?, true, None))),
        ("PATCH", [id]) => change(hub, name, id),
        ("DELETE", [id]) => {
            let token = find(hub, name, id)?;
            hub.tx.delete(TOKENS, &format!("{name}/{}", token.id));
            Ok(Answer::empty(204))
        }
        _ => Err(unknown(hub.call)),
    }
}

/// The id of the token with this secret, which is marked as used.
pub(super) fn authenticate(tx: &mut Transaction, organization: &str, secret: &str) -> Option<String> {
    let tokens: Vec<(String, OrganizationToken)> = tx.scan(TOKENS, &format!("{organization}/"));
    let (key, mut token) = tokens
        .into_iter()
        .find(|(_, token)| token.secret.matches(secret))?;
    live(tx, organization, &token.id)?;
    token.last_used = Some(tx.now());
    tx.put(TOKENS, &key, &token);
    Some(token.id)
}

/// The token of an id, where it can be used.
pub(super) fn live(tx: &Transaction, organization: &str, id: &str) -> Option<OrganizationToken> {
    let token: OrganizationToken = tx.get(TOKENS, &format!("{organization}/{id}"))?;
    let expired = token.expires_at.is_some_and(|at| at <= tx.now());
    (token.active && !expired).then_some(token)
}

fn find(hub: &Hub<'_>, organization: &str, id: &str) -> Result<OrganizationToken, Answer> {
    hub.tx
        .get(TOKENS, &format!("{organization}/{}", id.to_lowercase()))
        .ok_or_else(|| absent(&json!({ "access_token": id })))
}

fn list(hub: &Hub<'_>, organization: &str) -> Reply {
    let tokens: Vec<(String, OrganizationToken)> = hub.tx.scan(TOKENS, &format!("{organization}/"));
    let mut tokens: Vec<OrganizationToken> = tokens.into_iter().map(|(_, token)| token).collect();
    tokens.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    let rows = tokens.iter().map(|token| body(token, false, None)).collect();
    Ok(Answer::json(
        200,
        &page::answer(hub.call, page::Style::Total, rows)?,
    ))
}

fn check_resources(tx: &Transaction, organization: &str, resources: &[Granted]) -> Result<(), Answer> {
    let refused = |text: String| Err(invalid("resources", &text));
    if resources.is_empty() {
        return refused("at least one resource is required".to_owned());
    }
    for granted in resources {
        if granted.kind != "TYPE_REPO" && granted.kind != "TYPE_ORG" {
            return refused(format!("invalid resource type: {}", granted.kind));
        }
        if granted.scopes.is_empty() {
            return refused(format!("resource {} has no scopes", granted.path));
        }
        if let Some(wrong) = granted
            .scopes
            .iter()
            .find(|scope| !scopes::exists(&granted.kind, scope))
        {
            return refused(format!("invalid scope: {wrong}"));
        }
        let fits = match (granted.kind.as_str(), granted.path.split_once('/')) {
            ("TYPE_ORG", None) => granted.path == organization,
            ("TYPE_ORG", Some(_)) | (_, None) => false,
            (_, Some(_)) if granted.path == "*/*/public" => true,
            (_, Some((of, name))) => {
                of == organization && (name.contains('*') || repository::get(tx, of, name).is_some())
            }
        };
        if !fits {
            return refused(format!("resource not found: {}", granted.path));
        }
    }
    Ok(())
}

fn create(hub: &mut Hub<'_>, organization: &Organization) -> Reply {
    let new: New = hub.body()?;
    let name = organization.name.as_str();
    check_label(&new.label)?;
    check_resources(hub.tx, name, &new.resources)?;
    let expires_at = access_token::future(hub.tx, new.expires_at.as_deref())?;
    let limit = org::limit_of_tokens(organization);
    let held: Vec<(String, OrganizationToken)> = hub.tx.scan(TOKENS, &format!("{name}/"));
    if held.len() >= limit {
        return Err(refuse(
            403,
            &format!("this organization has reached its limit of {limit} access tokens"),
        ));
    }
    let drawn = hub.tx.new_secret(27);
    let secret = format!("{PREFIX}{drawn}");
    let token = OrganizationToken {
        id: hub.tx.new_uuid().to_string(),
        organization: name.to_owned(),
        name: new.label,
        description: new.description,
        resources: new.resources,
        active: true,
        created_by: hub.caller.user().unwrap_or_default().to_owned(),
        created_at: hub.tx.now(),
        expires_at,
        last_used: None,
        secret: hub.tx.hash_secret(&secret),
    };
    hub.tx.put(TOKENS, &format!("{name}/{}", token.id), &token);
    Ok(Answer::json(201, &body(&token, true, Some(&secret))))
}

fn check_label(label: &str) -> Result<(), Answer> {
    match label.chars().count() {
        1..=100 => Ok(()),
        0 => Err(invalid("label", "label is required")),
        _ => Err(invalid("label", "label must not be longer than 100 characters")),
    }
}

fn change(hub: &mut Hub<'_>, organization: &str, id: &str) -> Reply {
    let mut token = find(hub, organization, id)?;
    let change: Change = hub.body()?;
    if let Some(label) = change.label {
        check_label(&label)?;
        token.name = label;
    }
    if let Some(description) = change.description {
        token.description = description;
    }
    if let Some(resources) = change.resources {
        check_resources(hub.tx, organization, &resources)?;
        token.resources = resources;
    }
    if let Some(active) = change.is_active {
        token.active = active;
    }
    hub.tx
        .put(TOKENS, &format!("{organization}/{}", token.id), &token);
    Ok(Answer::json(200, &body(&token, true, None)))
}

fn body(token: &OrganizationToken, whole: bool, secret: Option<&str>) -> Value {
    let mut body = json!({
        "id": token.id, "label": token.name, "description": token.description, "is_active": token.active,
        "created_at": instant(token.created_at), "expires_at": token.expires_at.map(instant),
        "last_used_at": token.last_used.map(instant),
    });
    if whole {
        body["resources"] = json!(token.resources);
    }
    match secret {
        Some(secret) => body["token"] = secret.into(),
        // The answer to a create does not say who made it.
        None => body["created_by"] = token.created_by.as_str().into(),
    }
    body
}
