//! OVHcloud's API, version 1: who calls, Public Cloud projects, managed registries, users, buckets.
//!
//! It lives under `/1.0` of the main port. Every request is authenticated (a signature of the exact URL and body, or a
//! bearer token) and held against the access rules of its consumer key before anything else is looked at.

mod auth;
pub(crate) mod caller;
mod container_registry;
mod context;
mod failure;
mod oauth;
mod plans;
mod project;
pub(crate) mod storage;
mod user;
pub(crate) mod world;

#[cfg(test)]
mod tests;

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

use context::{Ovh, Reply};

/// The path below which the API lives.
const BASE: &str = "1.0";

/// Whether a request of the main port is for OVHcloud.
pub(crate) fn is_for(call: &Call) -> bool {
    call.segments.first().is_some_and(|first| first == BASE) || oauth::is_for(call)
}

/// Answers a request.
pub(crate) fn handle(tx: &mut Transaction, call: &Call) -> Answer {
    let answer = if oauth::is_for(call) {
        oauth::token(tx, call)
    } else {
        match public(tx, call) {
            Some(reply) => reply,
            None => private(tx, call),
        }
        .unwrap_or_else(|refusal| refusal)
    };
    let seed = format!("{} {} {}", tx.now(), call.method, call.path);
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, seed.as_bytes());
    answer.header("x-ovh-queryid", &format!("EU.ext-1.{id}"))
}

/// Carries out what is due: no object outlives its deletion because nobody looks.
pub(crate) fn settle(tx: &mut Transaction) {
    container_registry::settle(tx);
    user::settle(tx);
}

/// What needs no signature.
fn public(tx: &mut Transaction, call: &Call) -> Option<Reply> {
    match (call.method.as_str(), &call.parts()[1..]) {
        ("GET", ["auth", "time"]) => Some(Ok(Answer::json(200, &tx.now().as_second()))),
        ("POST", ["auth", "credential"]) => Some(auth::request_credential(tx, call)),
        ("GET", ["auth", "validate"]) => Some(auth::validate(tx, call)),
        _ => None,
    }
}

fn private(tx: &mut Transaction, call: &Call) -> Reply {
    let caller = caller::verify(tx, call)?;
    settle(tx);
    let mut ovh = Ovh { tx, call, caller };
    match (call.method.as_str(), &call.parts()[1..]) {
        ("GET", ["auth", "details"]) => auth::details(&ovh),
        ("GET", ["auth", "currentCredential"]) => auth::current_credential(&ovh),
        ("POST", ["auth", "logout"]) => auth::logout(&mut ovh),
        ("GET", ["me"]) => auth::me(&ovh),
        (_, ["cloud", "project", rest @ ..]) => project::handle(&mut ovh, rest),
        _ => Err(failure::unknown(call)),
    }
}
