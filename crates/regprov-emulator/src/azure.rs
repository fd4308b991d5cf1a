//! Azure: login, Microsoft Graph, Resource Manager and the container registries' data plane.

pub(crate) mod arm;
pub(crate) mod caller;
pub(crate) mod directory;
pub(crate) mod graph;
pub(crate) mod locations;
pub(crate) mod login;
pub(crate) mod records;
pub(crate) mod registry;
pub(crate) mod roles;
pub(crate) mod world;

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// Answers a request of the main port: Graph lives under `/graph`, the login endpoints at their well-known paths, and
/// everything else is Resource Manager.
pub(crate) fn handle(tx: &mut Transaction, call: &Call) -> Answer {
    if call
        .segments
        .first()
        .is_some_and(|first| first.eq_ignore_ascii_case("graph"))
    {
        return graph::handle(tx, call);
    }
    match login::handle(tx, call) {
        Some(answer) => answer,
        None => arm::handle(tx, call),
    }
}
