//! The registry's own tokens: refresh tokens that say who somebody is, access tokens that say what they may do.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::identity::Identity;
use super::rights::{self, ALL, Granted};
use super::{Plane, unauthorized};
use crate::answer::Answer;
use crate::azure::caller::{self, Audience};
use crate::azure::directory;
use crate::oci::{Access, Failure};

const ISSUER: &str = "Azure Container Registry";
const REFRESH_SECONDS: i64 = 3 * 3600;
const ACCESS_SECONDS: i64 = 75 * 60;

const REFUSED: &str = "authentication required, visit https://aka.ms/acr/authorization for more information.";

#[derive(Deserialize)]
struct Claims {
    sub: String,
    iss: String,
    aud: String,
    exp: i64,
    grant_type: String,
    access: Option<Vec<Scope>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scope {
    r#type: String,
    name: String,
    actions: Vec<String>,
}

fn claims(plane: &Plane<'_>, token: &str, grant_type: &str) -> Option<Claims> {
    let claims: Claims = serde_json::from_value(plane.tx.keys().verify_jwt(token)?).ok()?;
    let ours = claims.iss == ISSUER && claims.aud == plane.login_server() && claims.grant_type == grant_type;
    (ours && claims.exp > plane.tx.now().as_second()).then_some(claims)
}

/// Who a refresh token says that its holder is.
pub(super) fn identity_of_refresh_token(plane: &Plane<'_>, token: &str) -> Option<Identity> {
    let identity = Identity::from_subject(&claims(plane, token, "refresh_token")?.sub);
    identity.is_active(plane).then_some(identity)
}

/// What an access token says that its holder may do.
pub(super) fn access_of(plane: &Plane<'_>, token: &str) -> Option<Granted> {
    let claims = claims(plane, token, "access_token")?;
    let mut granted = Granted::default();
    for scope in claims.access.unwrap_or_default() {
        match scope.r#type.as_str() {
            "registry" => granted.add(None, [Access::Catalog]),
            _ => {
                let held = ALL
                    .into_iter()
                    .filter(|access| scope.actions.iter().any(|word| word == access.word()));
                granted.add(Some(&scope.name), held);
            }
        }
    }
    Some(granted)
}

fn sign(plane: &mut Plane<'_>, identity: &Identity, grant_type: &str, access: Option<&[Value]>) -> String {
    let now = plane.tx.now().as_second();
    let id = plane.tx.new_uuid().to_string();
    let lifetime = if access.is_some() {
        ACCESS_SECONDS
    } else {
        REFRESH_SECONDS
    };
    let mut claims = json!({
        "jti": id, "sub": identity.subject(), "nbf": now - 900, "exp": now + lifetime, "iat": now - 900,
        "iss": ISSUER, "aud": plane.login_server(), "version": "2.0", "grant_type": grant_type, "roles": [],
    });
    if let Some(access) = access {
        claims["access"] = access.into();
    }
    plane.tx.keys().sign_jwt(&claims)
}

/// Exchanges a token of the directory for a refresh token of the registry.
pub(super) fn exchange(plane: &mut Plane<'_>) -> Result<Answer, Failure> {
    let form = plane.call.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    match field("grant_type") {
        "access_token" | "access_token_refresh_token" => {}
        "refresh_token" => return Ok(Answer::unsupported("the exchange of a directory's refresh token")),
        other => {
            return Err(bad_request(&format!(
                "The grant type '{other}' is not supported."
            )));
        }
    }
    check_service(plane, field("service"))?;
    let caller = caller::decode(plane.tx, field("access_token")).map_err(|_| unauthorized(REFUSED))?;
    let arm_allowed =
        plane.registry.properties["policies"]["azureADAuthenticationAsArmPolicy"]["status"] != "disabled";
    let right_audience = match caller.audience {
        Audience::Registry => true,
        Audience::ResourceManager => arm_allowed,
        Audience::Graph | Audience::TokenExchange => false,
    };
    let tenant = field("tenant");
    let same_tenant = tenant.is_empty() || tenant.eq_ignore_ascii_case(&directory::tenant(plane.tx).id);
    if !right_audience || !same_tenant {
        return Err(unauthorized(REFUSED));
    }
    let identity = Identity::Principal {
        object_id: caller.object_id,
    };
    let token = sign(plane, &identity, "refresh_token", None);
    Ok(Answer::json(200, &json!({ "refresh_token": token })))
}

fn bad_request(message: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
}

fn check_service(plane: &Plane<'_>, service: &str) -> Result<(), Failure> {
    if service == plane.login_server() || service == plane.call.host {
        return Ok(());
    }
    Err(bad_request(&format!(
        "The service '{service}' is not this registry."
    )))
}

/// Gives an access token with the part of the asked rights that the client has.
pub(super) fn token(plane: &mut Plane<'_>) -> Result<Answer, Failure> {
    let post = plane.call.method == "POST";
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
    let identity = match (post, field("grant_type")) {
        (true, Some("refresh_token")) => {
            identity_of_refresh_token(plane, field("refresh_token").unwrap_or_default())
                .ok_or_else(|| unauthorized(REFUSED))?
        }
        (true, Some("password")) => {
            let (user, password) = (
                field("username").unwrap_or_default(),
                field("password").unwrap_or_default(),
            );
            log_in(plane, user, password)?
        }
        (true, other) => {
            let other = other.unwrap_or_default();
            return Err(bad_request(&format!(
                "The grant type '{other}' is not supported."
            )));
        }
        (false, _) => match plane.call.basic() {
            Some((user, password)) => log_in(plane, &user, &password)?,
            None if plane.registry.flag("anonymousPullEnabled") => Identity::Anonymous,
            None => return Err(unauthorized(REFUSED)),
        },
    };
    check_service(plane, field("service").unwrap_or_default())?;
    let scopes = pairs
        .iter()
        .filter(|(name, _)| name == "scope")
        .flat_map(|(_, value)| value.split(' '));
    let access: Vec<Value> = scopes
        .filter_map(|scope| intersect(plane, &identity, scope))
        .collect();
    let mut body = json!({ "access_token": sign(plane, &identity, "access_token", Some(&access)) });
    let offline = field("access_type") == Some("offline") || field("offline_token") == Some("true");
    if offline && identity != Identity::Anonymous {
        body["refresh_token"] = sign(plane, &identity, "refresh_token", None).into();
    }
    Ok(Answer::json(200, &body))
}

fn log_in(plane: &Plane<'_>, user: &str, password: &str) -> Result<Identity, Failure> {
    Identity::log_in(plane, user, password).ok_or_else(|| unauthorized("Invalid clientid or client secret."))
}

/// The part of an asked scope that an identity has; none when that is nothing.
fn intersect(plane: &Plane<'_>, identity: &Identity, scope: &str) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    if kind == "registry" {
        let granted = name == "catalog" && actions.split(',').any(|action| action == "*");
        return (granted && rights::catalog(plane, identity))
            .then(|| json!({ "Type": kind, "Name": name, "Actions": ["*"] }));
    }
    if kind.split('(').next() != Some("repository") {
        return None;
    }
    let asked: Vec<&str> = actions.split(',').collect();
    let held: Vec<&str> = rights::on(plane, identity, name)
        .into_iter()
        .map(Access::word)
        .filter(|word| asked.contains(&"*") || asked.contains(word))
        .collect();
    (!held.is_empty()).then(|| json!({ "Type": "repository", "Name": name, "Actions": held }))
}
