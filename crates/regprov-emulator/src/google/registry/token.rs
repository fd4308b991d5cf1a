//! The registry's own tokens, and who may have one: a key file, an access token, or nobody.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Plane;
use crate::answer::Answer;
use crate::clock;
use crate::google::caller::{self, Caller};
use crate::google::service_account_key;
use crate::oci::{Access, Failure, Need};

const LIFETIME: i64 = 3600;

#[derive(Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    /// The access token of the caller, or nothing.
    sub: String,
    scopes: Vec<String>,
}

/// Who sent a request, and what its token is good for.
pub(super) struct Holder {
    pub(super) caller: Caller,
    /// The scopes of a token of the registry; other credentials are good for everything.
    scopes: Option<Vec<String>>,
}

impl Holder {
    /// Whether its token is good for an operation.
    pub(super) fn covers(&self, name: &str, need: &Need) -> bool {
        let Some(scopes) = &self.scopes else { return true };
        scopes.iter().any(|scope| {
            let asked = scope
                .strip_prefix("repository:")
                .and_then(|rest| rest.rsplit_once(':'));
            let Some((repository, actions)) = asked.filter(|(repository, _)| *repository == name) else {
                return false;
            };
            let has = |word: &str| actions.split(',').any(|action| action == word || action == "*");
            tracing::trace!(repository, "a token of the registry is used");
            need.any_of.iter().any(|access| match access {
                Access::Push | Access::MetadataWrite => has("push"),
                Access::Delete => has("delete") || has("push"),
                Access::Pull | Access::MetadataRead | Access::Catalog => has("pull") || has("push"),
            })
        })
    }
}

fn audience(plane: &Plane<'_>) -> String {
    format!("google registry {}", plane.place.host)
}

/// Who sent a request; none where its credentials do not hold.
pub(super) fn holder(plane: &Plane<'_>) -> Option<Holder> {
    if let Some(bearer) = plane.call.bearer() {
        if let Some((caller, _)) = caller::of_token(plane.tx, bearer) {
            return Some(Holder { caller, scopes: None });
        }
        let claims: Claims = serde_json::from_value(plane.tx.keys().verify_jwt(bearer)?).ok()?;
        let live = claims.aud == audience(plane) && claims.exp > plane.tx.now().as_second();
        let caller = match claims.sub.as_str() {
            "" => Caller::Nobody,
            token => caller::of_token(plane.tx, token)?.0,
        };
        return live.then_some(Holder {
            caller,
            scopes: Some(claims.scopes),
        });
    }
    match plane.call.basic() {
        Some((user, password)) => {
            let caller = log_in(plane, &user, &password).ok()?;
            Some(Holder { caller, scopes: None })
        }
        None if plane.call.header("authorization").is_some() => None,
        None => Some(Holder {
            caller: Caller::Nobody,
            scopes: None,
        })
        .filter(|_| plane.call.path.len() > "/v2/".len()),
    }
}

fn unauthorized(message: impl Into<String>) -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}

/// Who has these credentials.
fn log_in(plane: &Plane<'_>, user: &str, password: &str) -> Result<Caller, Failure> {
    let file = match user {
        "oauth2accesstoken" | "_token" | "_dcgcloud_token" => {
            let found = caller::of_token(plane.tx, password.trim());
            return found
                .map(|(caller, _)| caller)
                .ok_or_else(|| unauthorized("authentication failed"));
        }
        "_json_key" => password.to_owned(),
        "_json_key_base64" => {
            let packed: String = password.split_whitespace().collect();
            let bytes = STANDARD
                .decode(packed)
                .map_err(|_| unauthorized("Unable to parse json key."))?;
            String::from_utf8(bytes).map_err(|_| unauthorized("Unable to parse json key."))?
        }
        _ => return Err(unauthorized("Not Authorized.")),
    };
    let file: Value = serde_json::from_str(&file).map_err(|_| unauthorized("Unable to parse json key."))?;
    service_account_key::account_of_file(plane.tx, &file)
        .map(|account| Caller::account(&account))
        .ok_or_else(|| unauthorized("authentication failed"))
}

/// Answers a request for a token. Scopes that the caller does not have are not left out: the operation is refused later.
pub(super) fn answer(plane: &mut Plane<'_>) -> Result<Answer, Failure> {
    let post = plane.call.method == http::Method::POST;
    let pairs = if post {
        plane.call.form_pairs()
    } else {
        plane.call.query.clone()
    };
    let field = |name: &str| {
        pairs
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    };
    let caller = match (plane.call.basic(), plane.call.bearer()) {
        (Some((user, password)), _) => log_in(plane, &user, &password)?,
        (None, Some(token)) => log_in(plane, "oauth2accesstoken", token)?,
        (None, None) => match (field("username"), field("password"), field("refresh_token")) {
            (Some(user), Some(password), _) => log_in(plane, user, password)?,
            (_, _, Some(token)) => log_in(plane, "oauth2accesstoken", token)?,
            _ => Caller::Nobody,
        },
    };
    let scopes: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| name == "scope")
        .flat_map(|(_, value)| value.split(' ').map(str::to_owned))
        .filter(|scope| !scope.is_empty())
        .collect();
    let subject = match &caller {
        Caller::Nobody => String::new(),
        known => caller::grant(
            plane.tx,
            known,
            "https://www.googleapis.com/auth/cloud-platform",
            LIFETIME,
        ),
    };
    let now = plane.tx.now();
    let token = plane.tx.keys().sign_jwt(&json!({
        "aud": audience(plane), "exp": now.as_second() + LIFETIME, "sub": subject, "scopes": scopes,
    }));
    Ok(Answer::json(
        200,
        &json!({ "token": token, "access_token": token, "expires_in": LIFETIME, "issued_at": clock::seconds(now) }),
    ))
}
