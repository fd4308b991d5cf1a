//! Personal access tokens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::{Hub, Reply, instant};
use super::failure::{absent, invalid, refuse, unknown};
use super::{account, page, scopes};
use crate::answer::Answer;
use crate::seal::SecretHash;
use crate::store::Transaction;

/// Tokens by id.
const TOKENS: &str = "dockerhub/access_tokens";
/// How their secrets begin.
pub(super) const PREFIX: &str = "dckr_pat_";

/// A token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PersonalToken {
    pub(super) id: String,
    pub(super) user: String,
    name: String,
    pub(super) scopes: Vec<String>,
    active: bool,
    created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    last_used: Option<Timestamp>,
    creator: String,
    secret: SecretHash,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    token_label: String,
    scopes: Vec<String>,
    #[serde(default)]
    expires_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    token_label: Option<String>,
    is_active: Option<bool>,
    scopes: Option<Value>,
    expires_at: Option<Value>,
}

/// Sends a request to who answers it. Tokens do not manage tokens.
pub(super) fn handle(hub: &mut Hub<'_>, rest: &[&str]) -> Reply {
    let user = hub.caller.by_password()?.to_owned();
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => list(hub, &user),
        ("POST", []) => create(hub, &user),
        ("GET", [id]) => Ok(Answer::json(200, &body(&find(hub, &user, id)?, ""))),
        ("PATCH", [id]) => change(hub, &user, id),
        ("DELETE", [id]) => {
            let token = find(hub, &user, id)?;
            hub.tx.delete(TOKENS, &token.id);
            Ok(Answer::empty(204))
        }
        _ => Err(unknown(hub.call)),
    }
}

/// The id of the token with this secret, which is marked as used.
pub(super) fn authenticate(tx: &mut Transaction, user: &str, secret: &str) -> Option<String> {
    let tokens: Vec<(String, PersonalToken)> = tx.scan(TOKENS, "");
    let (id, mut token) = tokens
        .into_iter()
        .find(|(_, token)| token.user == user && token.secret.matches(secret))?;
    live(tx, &id)?;
    token.last_used = Some(tx.now());
    tx.put(TOKENS, &id, &token);
    Some(id)
}

/// The token of an id, where it can be used.
pub(super) fn live(tx: &Transaction, id: &str) -> Option<PersonalToken> {
    let token: PersonalToken = tx.get(TOKENS, id)?;
    let expired = token.expires_at.is_some_and(|at| at <= tx.now());
    (token.active && !expired).then_some(token)
}

/// The instant of a text that must lie ahead.
pub(super) fn future(tx: &Transaction, text: Option<&str>) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let at: Timestamp = text
        .parse()
        .map_err(|_| invalid("expires_at", "Datetime has wrong format."))?;
    if at <= tx.now() {
        return Err(invalid(
            "expires_at",
            "The expiration date must be in the future.",
        ));
    }
    Ok(Some(at))
}

fn find(hub: &Hub<'_>, user: &str, id: &str) -> Result<PersonalToken, Answer> {
    let token: Option<PersonalToken> = hub.tx.get(TOKENS, &id.to_lowercase());
    token
        .filter(|token| token.user == user)
        .ok_or_else(|| absent(&json!({ "uuid": id })))
}

fn list(hub: &Hub<'_>, user: &str) -> Reply {
    let mut tokens: Vec<PersonalToken> = hub
        .tx
        .scan(TOKENS, "")
        .into_iter()
        .map(|(_, token)| token)
        .collect();
    tokens.retain(|token: &PersonalToken| token.user == user);
    tokens.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    let active = tokens.iter().filter(|token| token.active).count();
    let rows = tokens.iter().map(|token| body(token, "")).collect();
    let mut page = page::answer(hub.call, page::Style::Usual, rows)?;
    page["active_count"] = active.into();
    Ok(Answer::json(200, &page))
}

fn check_label(field: &str, label: &str) -> Result<(), Answer> {
    match label.chars().count() {
        1..=100 => Ok(()),
        0 => Err(invalid(field, "This field may not be blank.")),
        _ => Err(invalid(
            field,
            "Ensure this field has no more than 100 characters.",
        )),
    }
}

fn create(hub: &mut Hub<'_>, user: &str) -> Reply {
    let new: New = hub.body()?;
    check_label("token_label", &new.token_label)?;
    if new.scopes.is_empty() {
        return Err(invalid("scopes", "This list may not be empty."));
    }
    if let Some(wrong) = new
        .scopes
        .iter()
        .find(|scope| !scopes::PERSONAL.contains(&scope.as_str()))
    {
        return Err(invalid("scopes", &format!("\"{wrong}\" is not a valid choice.")));
    }
    let expires_at = future(hub.tx, new.expires_at.as_deref())?;
    let limit = personal_limit(hub.tx, user);
    let held: Vec<(String, PersonalToken)> = hub.tx.scan(TOKENS, "");
    let active = held
        .iter()
        .filter(|(_, token)| token.user == user && token.active)
        .count();
    if active >= limit {
        return Err(refuse(
            403,
            &format!("You have reached the limit of {limit} active access tokens"),
        ));
    }
    let drawn = hub.tx.new_secret(27);
    let secret = format!("{PREFIX}{drawn}");
    let token = PersonalToken {
        id: hub.tx.new_uuid().to_string(),
        user: user.to_owned(),
        name: new.token_label,
        scopes: new.scopes,
        active: true,
        created_at: hub.tx.now(),
        expires_at,
        last_used: None,
        creator: hub.call.header("user-agent").unwrap_or_default().to_owned(),
        secret: hub.tx.hash_secret(&secret),
    };
    hub.tx.put(TOKENS, &token.id, &token);
    Ok(Answer::json(201, &body(&token, &secret)))
}

/// How many tokens somebody may have, by plan.
fn personal_limit(tx: &Transaction, user: &str) -> usize {
    match account::user(tx, user).as_ref().map(|user| user.plan.as_str()) {
        Some("personal") | None => 25,
        Some(_) => 1000,
    }
}

fn change(hub: &mut Hub<'_>, user: &str, id: &str) -> Reply {
    let mut token = find(hub, user, id)?;
    let change: Change = hub.body()?;
    // The service takes these and does nothing with them.
    drop((change.scopes, change.expires_at));
    if let Some(label) = change.token_label {
        check_label("token_label", &label)?;
        token.name = label;
    }
    if let Some(active) = change.is_active {
        token.active = active;
    }
    hub.tx.put(TOKENS, &token.id, &token);
    Ok(Answer::json(200, &body(&token, "")))
}

fn body(token: &PersonalToken, secret: &str) -> Value {
    let mut body = json!({
        "uuid": token.id, "client_id": "HUB", "creator_ip": "127.0.0.1", "creator_ua": token.creator,
        "created_at": instant(token.created_at), "last_used": token.last_used.map(instant), "generated_by": "manual",
        "is_active": token.active, "token": secret, "token_label": token.name, "scopes": token.scopes,
    });
    if let Some(at) = token.expires_at {
        body["expires_at"] = instant(at).into();
    }
    body
}
