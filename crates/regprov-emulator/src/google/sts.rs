//! The Security Token Service: a token of somebody else's against one of Google's.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::caller::{self, Caller, LIFETIME};
use super::expression::Expression;
use super::federation::{self, POOLS, PROVIDERS};
use super::project;
use super::workload_identity_pool_provider::Oidc;
use crate::answer::Answer;
use crate::azure::login;
use crate::call::Call;
use crate::jwt::Jwt;
use crate::store::Transaction;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWTS: [&str; 2] = [
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
];

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    #[serde(alias = "grant_type")]
    grant_type: String,
    audience: String,
    scope: String,
    #[serde(alias = "requested_token_type")]
    requested_token_type: String,
    #[serde(alias = "subject_token")]
    subject_token: String,
    #[serde(alias = "subject_token_type")]
    subject_token_type: String,
    options: String,
    #[serde(alias = "actor_token")]
    actor_token: String,
    #[serde(alias = "actor_token_type")]
    actor_token_type: String,
}

fn refuse(error: &str, description: &str) -> Answer {
    let status = if error == "invalid_client" { 401 } else { 400 };
    Answer::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

/// Answers `POST /v1/token`; as JSON, or as a form.
pub(super) fn token(tx: &mut Transaction, call: &Call) -> Answer {
    let form = call
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let value = match form {
        true => json!(call.form()),
        false => serde_json::from_slice(&call.body).unwrap_or_default(),
    };
    let request: Request = match serde_json::from_value(value) {
        Ok(request) => request,
        Err(error) => return refuse("invalid_request", &format!("The request is not valid: {error}")),
    };
    match exchange(tx, &request) {
        Ok(caller) => {
            let token = caller::grant(tx, &caller, &request.scope, LIFETIME);
            let body = json!({
                "access_token": token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer",
                "expires_in": LIFETIME - 1,
            });
            Answer::json(200, &body)
        }
        Err(answer) => answer,
    }
}

fn exchange(tx: &mut Transaction, request: &Request) -> Result<Caller, Answer> {
    if request.grant_type != EXCHANGE {
        return Err(refuse(
            "unsupported_grant_type",
            "The grant type is not that of a token exchange.",
        ));
    }
    if !request.requested_token_type.is_empty() && request.requested_token_type != ACCESS_TOKEN {
        return Err(refuse(
            "invalid_request",
            "Invalid value for \"requestedTokenType\".",
        ));
    }
    if !JWTS.contains(&request.subject_token_type.as_str()) {
        return Err(refuse(
            "invalid_request",
            "The sandbox takes subject tokens that are JWTs or ID tokens.",
        ));
    }
    if request.scope.is_empty() {
        return Err(refuse("invalid_scope", "The scope is missing."));
    }
    if !request.actor_token.is_empty() || !request.actor_token_type.is_empty() {
        return Err(refuse("invalid_request", "The sandbox takes no actor tokens."));
    }
    tracing::trace!(options = request.options.len(), "a token is exchanged");
    let (pool, settings) = provider(tx, &request.audience)?;
    let oidc: Oidc = settings
        .get("oidc")
        .and_then(|oidc| serde_json::from_value(oidc.clone()).ok())
        .ok_or_else(|| {
            refuse(
                "invalid_request",
                "The sandbox exchanges tokens of OIDC providers only.",
            )
        })?;
    let jwt = Jwt::parse(&request.subject_token)
        .ok_or_else(|| refuse("invalid_grant", "The subject token is not a valid JWT."))?;
    check(tx, &jwt, (&oidc, &request.audience))?;
    identify(&jwt, &pool, &settings)
}

/// The pool of the provider that an audience names, and the provider's settings.
fn provider(tx: &mut Transaction, audience: &str) -> Result<(String, Map<String, Value>), Answer> {
    let invalid = || {
        refuse(
            "invalid_target",
            "The target service indicated by the \"audience\" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn't exist.",
        )
    };
    let name = audience
        .strip_prefix("//iam.googleapis.com/")
        .ok_or_else(invalid)?;
    let number = name.split('/').nth(1).ok_or_else(invalid)?;
    project::known(tx, number)
        .filter(|project| project.number == number)
        .ok_or_else(invalid)?;
    let (pool, _) = name.split_once("/providers/").ok_or_else(invalid)?;
    let active =
        |table: &str, name: &str| federation::get(tx, table, name).filter(federation::Federated::is_active);
    let (Some(_), Some(provider)) = (active(POOLS, pool), active(PROVIDERS, name)) else {
        return Err(invalid());
    };
    Ok((pool.to_owned(), provider.settings))
}

fn check(tx: &Transaction, jwt: &Jwt<'_>, (oidc, audience): (&Oidc, &str)) -> Result<(), Answer> {
    let issuer = jwt.claim("iss");
    if issuer != oidc.issuer_uri {
        let text = format!(
            "The issuer in ID Token {issuer} does not match the expected ones: [{}].",
            oidc.issuer_uri
        );
        return Err(refuse("invalid_grant", &text));
    }
    let default = [format!("https:{audience}"), audience.to_owned()];
    let allowed: &[String] = if oidc.allowed_audiences.is_empty() {
        &default
    } else {
        &oidc.allowed_audiences
    };
    let given = jwt.audiences();
    if !allowed.iter().any(|allowed| given.contains(&allowed.as_str())) {
        let text = format!(
            "The audience in ID Token [{}] does not match the expected audience.",
            given.join(",")
        );
        return Err(refuse("invalid_grant", &text));
    }
    if !jwt.is_current(tx.now().as_second()) {
        return Err(refuse("invalid_grant", "The ID Token is stale to sign-in."));
    }
    let keys = if oidc.jwks_json.is_empty() {
        login::keys_of(tx, issuer)
    } else {
        serde_json::from_str(&oidc.jwks_json).ok()
    };
    let keys = keys.ok_or_else(|| {
        let text = format!("Error connecting to the given credential's issuer: the sandbox knows no keys of {issuer}; a scene can name them under token_issuers.");
        refuse("invalid_grant", &text)
    })?;
    let list = keys.get("keys").and_then(Value::as_array);
    if list.into_iter().flatten().any(|key| jwt.is_signed_by(key)) {
        return Ok(());
    }
    Err(refuse(
        "invalid_grant",
        "Unable to verify the ID Token signature.",
    ))
}

/// Who the token's owner is, by what the provider maps.
fn identify(jwt: &Jwt<'_>, pool: &str, settings: &Map<String, Value>) -> Result<Caller, Answer> {
    let mut variables = json!({ "assertion": jwt.claims, "google": {}, "attribute": {} });
    let mapping = settings.get("attributeMapping").and_then(Value::as_object);
    for (name, text) in mapping.into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        let value = Expression::parse(text).and_then(|expression| expression.value(&variables));
        let value = value.map_err(|reason| {
            refuse(
                "invalid_grant",
                &format!("Could not obtain a value for {name} from the given credential: {reason}."),
            )
        })?;
        if let Some((space, member)) = name.split_once('.') {
            variables[space][member] = value;
        }
    }
    let subject = variables["google"]["subject"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if subject.is_empty() || subject.len() > 127 {
        return Err(refuse(
            "invalid_grant",
            "The value of google.subject is empty or longer than 127 bytes.",
        ));
    }
    let condition = settings
        .get("attributeCondition")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let holds = |text: &str| Expression::parse(text).is_ok_and(|expression| expression.holds(&variables));
    if !condition.is_empty() && !holds(condition) {
        return Err(refuse(
            "unauthorized_client",
            "The given credential is rejected by the attribute condition.",
        ));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    for (name, value) in variables["attribute"].as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        attributes.push((format!("attribute.{name}"), text));
    }
    for group in variables["google"]["groups"].as_array().into_iter().flatten() {
        attributes.push(("group".to_owned(), group.as_str().unwrap_or_default().to_owned()));
    }
    Ok(Caller::Federated {
        pool: pool.to_owned(),
        subject,
        attributes,
    })
}
