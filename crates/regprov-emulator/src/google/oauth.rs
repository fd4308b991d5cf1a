//! Where tokens come from: the token endpoint, and what tells of a token's owner.

use serde_json::{Value, json};

use super::caller::{self, Caller, LIFETIME};
use super::{service_account, service_account_key, sts, world};
use crate::answer::Answer;
use crate::call::Call;
use crate::jwt::Jwt;
use crate::store::Transaction;

/// Whom the assertion of a service account is for.
const AUDIENCES: [&str; 4] = [
    "https://oauth2.googleapis.com/token",
    "https://www.googleapis.com/oauth2/v4/token",
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v3/token",
];

/// The scopes of a person's token.
const PERSONS: &str =
    "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/cloud-platform";

/// Answers what is no API of the cloud's.
pub(super) fn handle(tx: &mut Transaction, call: &Call, host: &str) -> Option<Answer> {
    match (host, call.method.as_str(), call.parts().as_slice()) {
        ("oauth2.googleapis.com", "POST", ["token"])
        | ("www.googleapis.com", "POST", ["oauth2", "v3" | "v4", "token"]) => Some(token(tx, call)),
        ("oauth2.googleapis.com", "GET" | "POST", ["tokeninfo"])
        | ("www.googleapis.com", "GET" | "POST", ["oauth2", "v1" | "v2" | "v3", "tokeninfo"]) => {
            Some(info(tx, call))
        }
        ("sts.googleapis.com", "POST", ["v1", "token"]) => Some(sts::token(tx, call)),
        ("oauth2.googleapis.com", "POST", ["revoke"]) => Some(Answer::json(200, &json!({}))),
        ("openidconnect.googleapis.com", "GET" | "POST", ["v1", "userinfo"])
        | ("www.googleapis.com", "GET", ["oauth2", "v1" | "v2" | "v3", "userinfo"]) => Some(user(tx, call)),
        ("www.googleapis.com", "GET", ["oauth2", "v3", "certs"]) => {
            Some(Answer::json(200, &json!({ "keys": [tx.keys().jwk()] })))
        }
        _ => None,
    }
}

fn refuse(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

fn token(tx: &mut Transaction, call: &Call) -> Answer {
    let form = call.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    match field("grant_type") {
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => by_assertion(tx, field("assertion")),
        "refresh_token" => {
            let asked = (field("client_id"), field("client_secret"), field("refresh_token"));
            by_refresh_token(tx, asked)
        }
        "" => refuse(
            400,
            "invalid_request",
            "Required parameter is missing: grant_type",
        ),
        other => refuse(
            400,
            "unsupported_grant_type",
            &format!("Invalid grant_type: {other}"),
        ),
    }
}

fn by_refresh_token(tx: &mut Transaction, (client, secret, token): (&str, &str, &str)) -> Answer {
    let people: Vec<(String, world::Person)> = tx.scan(world::PEOPLE, "");
    let Some((_, person)) = people.iter().find(|(_, person)| person.client_id == client) else {
        return refuse(401, "invalid_client", "The OAuth client was not found.");
    };
    if !person.client_secret.matches(secret) {
        return refuse(401, "invalid_client", "Unauthorized");
    }
    let found = people
        .iter()
        .find(|(_, person)| person.client_id == client && person.refresh_token.matches(token));
    let Some((email, person)) = found else {
        return refuse(400, "invalid_grant", "Token has been expired or revoked.");
    };
    let granted = caller::grant(tx, &Caller::Person(email.clone()), PERSONS, LIFETIME);
    let now = tx.now().as_second();
    let id_token = tx.keys().sign_jwt(&json!({
        "iss": "https://accounts.google.com", "aud": client, "sub": person.id, "email": email,
        "email_verified": true, "iat": now, "exp": now + LIFETIME,
    }));
    Answer::json(
        200,
        &json!({
            "access_token": granted, "expires_in": LIFETIME - 1, "scope": PERSONS, "token_type": "Bearer",
            "id_token": id_token,
        }),
    )
}

fn is_ours(audience: &str) -> bool {
    let below = format!("/{}/oauth2.googleapis.com/token", super::BELOW);
    let loopback = || {
        let url = url::Url::parse(audience).ok()?;
        Some(matches!(url.host_str(), Some("localhost" | "127.0.0.1")) && url.path() == below)
    };
    AUDIENCES.contains(&audience) || loopback().unwrap_or(false)
}

fn by_assertion(tx: &mut Transaction, assertion: &str) -> Answer {
    let Some(jwt) = Jwt::parse(assertion) else {
        return refuse(
            400,
            "invalid_grant",
            "Invalid JWT: Failed to parse the assertion.",
        );
    };
    let Some(account) = service_account::by_email(tx, jwt.claim("iss")) else {
        return refuse(400, "invalid_grant", "Invalid grant: account not found");
    };
    if !jwt.audiences().iter().any(|audience| is_ours(audience)) {
        return refuse(
            400,
            "invalid_grant",
            "Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token",
        );
    }
    let number = |name: &str| jwt.claims.get(name).and_then(Value::as_i64).unwrap_or_default();
    let (now, issued, ends) = (tx.now().as_second(), number("iat"), number("exp"));
    if issued > now + 300 || ends <= now - 300 || ends - issued > 3600 || ends <= issued {
        return refuse(
            400,
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
        );
    }
    if !service_account_key::verifies(tx, &account, &jwt) {
        return refuse(400, "invalid_grant", "Invalid JWT Signature.");
    }
    if account.disabled {
        return refuse(401, "unauthorized_client", "The service account is disabled.");
    }
    if !jwt.claim("sub").is_empty() && jwt.claim("sub") != account.email {
        return refuse(
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.",
        );
    }
    let target = jwt.claim("target_audience");
    if !target.is_empty() {
        let token = identity_token(tx, &account, target, LIFETIME);
        return Answer::json(200, &json!({ "id_token": token }));
    }
    let scope = jwt.claim("scope");
    let known = |scope: &str| {
        scope == "openid" || scope == "email" || scope.starts_with("https://www.googleapis.com/auth/")
    };
    if scope.is_empty() || !scope.split_whitespace().all(known) {
        return refuse(
            400,
            "invalid_scope",
            "Invalid OAuth scope or ID token audience provided.",
        );
    }
    let token = caller::grant(tx, &Caller::account(&account), scope, LIFETIME);
    Answer::json(
        200,
        &json!({ "access_token": token, "expires_in": LIFETIME - 1, "token_type": "Bearer" }),
    )
}

/// A token that says who a service account is.
pub(super) fn identity_token(
    tx: &mut Transaction,
    account: &service_account::Account,
    audience: &str,
    seconds: i64,
) -> String {
    let now = tx.now().as_second();
    tx.keys().sign_jwt(&json!({
        "iss": "https://accounts.google.com", "aud": audience, "azp": account.unique_id, "sub": account.unique_id,
        "email": account.email, "email_verified": true, "iat": now, "exp": now + seconds,
    }))
}

/// The caller's own token, in whatever place it was sent.
fn sent(call: &Call) -> String {
    let form = call.form();
    let named = call
        .query("access_token")
        .or_else(|| form.get("access_token").map(String::as_str));
    call.bearer().or(named).unwrap_or_default().to_owned()
}

fn subject(tx: &Transaction, caller: &Caller) -> (String, String) {
    match caller {
        Caller::Account { id, email } => (id.clone(), email.clone()),
        Caller::Person(email) => {
            let person: Option<world::Person> = tx.get(world::PEOPLE, email);
            (person.map(|person| person.id).unwrap_or_default(), email.clone())
        }
        Caller::Federated { subject, .. } => (subject.clone(), String::new()),
        Caller::Nobody => (String::new(), String::new()),
    }
}

fn user(tx: &Transaction, call: &Call) -> Answer {
    let Some((caller, scope)) = caller::of_token(tx, &sent(call)) else {
        return refuse(401, "invalid_request", "Invalid Credentials");
    };
    let (id, email) = subject(tx, &caller);
    let mut body = json!({ "sub": id });
    if call.path.contains("/v1/userinfo") && call.path.starts_with("/oauth2") {
        body = json!({ "id": id });
    }
    if scope.contains("email") || scope.contains("cloud-platform") {
        body["email"] = email.into();
        body["email_verified"] = true.into();
    }
    Answer::json(200, &body)
}

fn info(tx: &Transaction, call: &Call) -> Answer {
    let Some((caller, scope)) = caller::of_token(tx, &sent(call)) else {
        return refuse(400, "invalid_token", "Invalid Value");
    };
    let (id, email) = subject(tx, &caller);
    Answer::json(
        200,
        &json!({
            "azp": id, "aud": id, "sub": id, "scope": scope, "email": email, "email_verified": "true",
            "expires_in": LIFETIME.to_string(), "access_type": "online",
        }),
    )
}
