//! The token service: `/service/token`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, Scope};
use super::api::Api;
use super::configuration;
use super::instant;
use super::project;
use crate::answer::Answer;

/// The only service that tokens are made for.
pub(super) const SERVICE: &str = "harbor-registry";
const ISSUER: &str = "harbor-token-issuer";

/// The actions that tokens carry.
const ACTIONS: [&str; 4] = ["pull", "push", "delete", "scanner-pull"];

/// What a token says that its holder may do with repositories.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    iss: String,
    aud: Value,
    exp: i64,
    pub(super) iat: i64,
    instance: String,
    #[serde(default)]
    pub(super) access: Vec<Granted>,
}

/// Actions on one resource.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Granted {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) actions: Vec<String>,
}

/// The claims of a token of this instance that holds.
pub(super) fn claims(api: &Api<'_>, token: &str) -> Option<Claims> {
    let claims: Claims = serde_json::from_value(api.rows.tx.keys().verify_jwt(token)?).ok()?;
    let ours = claims.iss == ISSUER && claims.aud == json!([SERVICE]) && claims.instance == api.rows.name;
    (ours && claims.exp > api.rows.tx.now().as_second()).then_some(claims)
}

/// Answers a request for a token.
pub(super) fn answer(api: &mut Api<'_>) -> Answer {
    let service = api.call.query("service").unwrap_or_default();
    if service != SERVICE {
        let text = format!("Unable to handle service: {service}");
        return Answer::bytes(400, "text/plain; charset=utf-8", text.into());
    }
    let scopes: Vec<&str> = api
        .call
        .query
        .iter()
        .filter(|(name, _)| name == "scope")
        .flat_map(|(_, scopes)| scopes.split(' '))
        .filter(|scope| !scope.is_empty())
        .collect();
    if !api.caller.is_authenticated() && scopes.is_empty() {
        return Answer::empty(401);
    }
    let granted: Vec<Value> = scopes.iter().map(|scope| granted(api, scope)).collect();
    let minutes = configuration::number(&api.rows, "token_expiration");
    let now = api.rows.tx.now();
    let id = api.rows.tx.draw().alphanumeric(16);
    let claims = json!({
        "iss": ISSUER, "sub": api.caller.name(&api.rows), "aud": [SERVICE], "exp": now.as_second() + minutes * 60,
        "nbf": now.as_second(), "iat": now.as_second(), "jti": id, "instance": api.rows.name, "access": granted,
    });
    let token = api.rows.tx.keys().sign_jwt(&claims);
    let body = json!({
        "token": token, "access_token": "", "expires_in": minutes * 60, "issued_at": instant(now),
    });
    Answer::json(200, &body)
}

/// What the caller may do with what a scope names. The actions that the scope asks for do not matter.
fn granted(api: &Api<'_>, scope: &str) -> Value {
    let mut parts: Vec<&str> = scope.split(':').collect();
    let kind = parts.remove(0);
    let asked = if parts.len() > 1 { parts.pop() } else { None };
    let name = parts.join(":");
    let actions: Vec<&str> = match kind {
        "repository" => repository(api, &name),
        "registry" if name == "catalog" && api.caller.user().is_some_and(|user| user.sysadmin) => {
            asked.unwrap_or_default().split(',').collect()
        }
        _ => Vec::new(),
    };
    json!({ "type": kind, "name": name, "actions": actions })
}

fn repository(api: &Api<'_>, name: &str) -> Vec<&'static str> {
    let Some((project, _)) = name.split_once('/') else {
        return Vec::new();
    };
    let Some(project) = project::by_name(&api.rows, project) else {
        return Vec::new();
    };
    ACTIONS
        .into_iter()
        .filter(|action| {
            access::allows(
                &api.rows,
                &api.caller,
                Scope::Project(project.id),
                ("repository", action),
            )
        })
        .collect()
}
