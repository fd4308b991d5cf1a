//! Logging in: by password, by a personal access token, by an organization access token.

use serde::Deserialize;
use serde_json::json;

use super::caller::{AUDIENCE, Source};
use super::context::{Reply, body};
use super::failure::refuse;
use super::{access_token, account, org_access_token};
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// How long a token of `/auth/token` lives, in seconds.
const SHORT: i64 = 600;
/// How long a token of `/users/login` lives, in seconds.
const LONG: i64 = 30 * 24 * 3600;
/// How long a login that waits for its second factor lives, in seconds.
const WAITING: i64 = 300;
const SECOND_FACTOR: &str = "2fa";
const WRONG: &str = "Incorrect authentication credentials";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    username: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    identifier: String,
    secret: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecondFactor {
    login_2fa_token: String,
    code: String,
}

/// Why somebody is not let in.
pub(super) enum Refused {
    /// Name and secret do not go together.
    Wrong,
    /// The password is right and not enough.
    NeedsCode(String),
}

/// Answers what needs no token.
pub(super) fn handle(tx: &mut Transaction, call: &Call) -> Option<Reply> {
    match (call.method.as_str(), call.parts().get(1..)?) {
        ("POST", ["users", "login"]) => Some(login(tx, call)),
        ("POST", ["users", "2fa-login"]) => Some(second_factor(tx, call)),
        ("POST", ["auth", "token"]) => Some(exchange(tx, call)),
        _ => None,
    }
}

/// Who has these credentials. A personal access token needs no second factor.
pub(super) fn log_in(tx: &mut Transaction, name: &str, secret: &str) -> Result<(String, Source), Refused> {
    let name = name.to_lowercase();
    if secret.starts_with(org_access_token::PREFIX) {
        let id = org_access_token::authenticate(tx, &name, secret).ok_or(Refused::Wrong)?;
        return Ok((name, Source::Oat(id)));
    }
    let user = account::user(tx, &name).ok_or(Refused::Wrong)?;
    if secret.starts_with(access_token::PREFIX) {
        let id = access_token::authenticate(tx, &name, secret).ok_or(Refused::Wrong)?;
        return Ok((name, Source::Pat(id)));
    }
    if !user.password.matches(secret) {
        return Err(Refused::Wrong);
    }
    if user.second_factor.is_some() {
        return Err(Refused::NeedsCode(name));
    }
    Ok((name, Source::Password))
}

fn signed(tx: &Transaction, name: &str, source: &Source, life: i64) -> String {
    let now = tx.now().as_second();
    tx.keys().sign_jwt(&json!({
        "iss": "https://login.docker.com/", "aud": AUDIENCE, "sub": account::derived_id(name), "username": name,
        "source": source, "iat": now, "nbf": now, "exp": now + life,
    }))
}

fn refusal(tx: &Transaction, refused: Refused) -> Answer {
    match refused {
        Refused::Wrong => refuse(401, WRONG),
        Refused::NeedsCode(name) => {
            let now = tx.now().as_second();
            let claims = json!({ "aud": SECOND_FACTOR, "username": name, "exp": now + WAITING });
            let token = tx.keys().sign_jwt(&claims);
            let text = "Require secondary authentication on MFA enabled account";
            Answer::json(
                401,
                &json!({ "detail": text, "message": text, "login_2fa_token": token }),
            )
        }
    }
}

fn login(tx: &mut Transaction, call: &Call) -> Reply {
    let login: Login = body(call)?;
    let organization =
        account::user(tx, &login.username).is_none() && account::organization(tx, &login.username).is_some();
    if organization {
        return Err(refuse(401, "Cannot log into an organization account"));
    }
    match log_in(tx, &login.username, &login.password) {
        Ok((name, source)) => {
            let token = signed(tx, &name, &source, LONG);
            Ok(Answer::json(200, &json!({ "token": token })))
        }
        Err(refused) => Err(refusal(tx, refused)),
    }
}

fn exchange(tx: &mut Transaction, call: &Call) -> Reply {
    let exchange: Exchange = body(call)?;
    match log_in(tx, &exchange.identifier, &exchange.secret) {
        Ok((name, source)) => {
            let token = signed(tx, &name, &source, SHORT);
            Ok(Answer::json(200, &json!({ "access_token": token })))
        }
        Err(refused) => Err(refusal(tx, refused)),
    }
}

#[derive(Deserialize)]
struct Waiting {
    aud: String,
    username: String,
    exp: i64,
}

fn second_factor(tx: &mut Transaction, call: &Call) -> Reply {
    let given: SecondFactor = body(call)?;
    let name = tx
        .keys()
        .verify_jwt(&given.login_2fa_token)
        .and_then(|claims| serde_json::from_value::<Waiting>(claims).ok())
        .filter(|waiting| waiting.aud == SECOND_FACTOR && waiting.exp > tx.now().as_second())
        .map(|waiting| waiting.username);
    let user = name.and_then(|name| account::user(tx, &name));
    let matches = user.as_ref().is_some_and(|user| {
        user.second_factor
            .as_ref()
            .is_some_and(|code| code.matches(&given.code))
    });
    match user.filter(|_| matches) {
        Some(user) => {
            let token = signed(tx, &user.name, &Source::Password, LONG);
            Ok(Answer::json(200, &json!({ "token": token })))
        }
        None => Err(refuse(401, WRONG)),
    }
}
