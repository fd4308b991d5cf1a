//! Docker Hub: its API, the token service of its registry, and the registry.
//!
//! The API is below `/v2` of the main port, as on `hub.docker.com`. Token service and registry share a port of their own:
//! they stand for `auth.docker.io` and `registry-1.docker.io`. Old and new routes work on one store, with or without a slash at
//! their end.

mod access_token;
pub(crate) mod account;
mod caller;
mod context;
mod failure;
mod invite;
mod member;
mod org;
mod org_access_token;
mod page;
mod rate;
pub(crate) mod registry;
mod repository;
mod repository_team;
mod rights;
mod scopes;
mod session;
mod settings;
mod tags;
mod team;
pub(crate) mod world;

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

use caller::Caller;
use context::{Hub, Reply};

/// Whether a request of the main port is for Docker Hub.
pub(crate) fn is_for(call: &Call) -> bool {
    call.segments.first().is_some_and(|first| first == "v2")
}

/// Answers a request to the API.
pub(crate) fn handle(tx: &mut Transaction, call: &Call) -> Answer {
    let rate = match rate::count(tx) {
        Ok(rate) => rate,
        Err(refusal) => return refusal,
    };
    let answer = match session::handle(tx, call) {
        Some(reply) => reply,
        None => authenticated(tx, call),
    };
    rate.told(answer.unwrap_or_else(|refusal| refusal))
}

fn authenticated(tx: &mut Transaction, call: &Call) -> Reply {
    let caller = caller::verify(tx, call)?;
    let mut hub = Hub { tx, call, caller };
    let parts = call.parts();
    match &parts[1..] {
        ["user"] if call.method == "GET" => account::me(&hub),
        ["users", name] if call.method == "GET" => account::public(&hub, name),
        ["access-tokens", rest @ ..] => access_token::handle(&mut hub, rest),
        ["namespaces", namespace, "repositories", rest @ ..] => repository::handle(&mut hub, namespace, rest),
        ["repositories", namespace, rest @ ..] => {
            if let Caller::Organization { .. } = hub.caller {
                return Err(failure::of_token("organization"));
            }
            repository::handle_legacy(&mut hub, namespace, rest)
        }
        ["orgs", name, rest @ ..] => org::handle(&mut hub, name, rest),
        ["invites", rest @ ..] => invite::handle(&mut hub, rest),
        _ => Err(failure::unknown(call)),
    }
}
