//! The token endpoint of service accounts.

use serde_json::json;

use super::caller::{AUDIENCE, CLIENTS, Client};
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// How long a token lives, in seconds.
const LIFE: i64 = 3600;

/// Whether a request is for the token endpoint.
pub(crate) fn is_for(call: &Call) -> bool {
    call.parts() == ["auth", "oauth2", "token"]
}

/// Gives a token for client credentials, which come in the form or as Basic authorization.
pub(crate) fn token(tx: &mut Transaction, call: &Call) -> Answer {
    if call.method != "POST" {
        return problem(405, "invalid_request", "only POST is allowed here");
    }
    let form = call.form();
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    if field("grant_type") != "client_credentials" {
        return problem(
            400,
            "unsupported_grant_type",
            "the grant type must be client_credentials",
        );
    }
    let (id, secret) = call
        .basic()
        .unwrap_or_else(|| (field("client_id"), field("client_secret")));
    let client: Option<Client> = tx.get(CLIENTS, &id);
    if !client.is_some_and(|client| client.secret.matches(&secret)) {
        return problem(401, "invalid_client", "the client id or secret is not valid");
    }
    let now = tx.now().as_second();
    let claims = json!({ "aud": AUDIENCE, "sub": id, "iat": now, "exp": now + LIFE, "scope": "all" });
    let token = tx.keys().sign_jwt(&claims);
    Answer::json(
        200,
        &json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFE, "scope": "all" }),
    )
}

fn problem(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}
