//! Harbor: the API v2.0, the token service and the registry of instances, each with its own port.
//!
//! Checked as the real server checks: rights, names, states, versions; told in its words. An instance is named by its
//! [`crate::Service::Harbor`]; everything that it holds has keys that start with that name.

mod access;
mod api;
mod artifact;
mod caller;
mod configuration;
mod cron;
mod cve_allowlist;
mod distribution;
mod execution;
mod failure;
mod garbage;
mod immutable_tag;
pub(crate) mod instance;
mod label;
mod listing;
mod permission;
mod preheat;
mod project;
mod project_member;
mod project_metadata;
pub(crate) mod provide;
mod quota;
mod registry;
mod replication;
mod repository;
mod retention;
mod robot;
mod route;
mod rows;
mod scanner;
mod schedule;
mod selector;
mod session;
mod system_info;
mod token;
mod user;
mod user_group;
pub(crate) mod version;
mod webhook;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::oci::Blobs;
use crate::store::Transaction;

use api::Api;
use caller::Caller;
use failure::Failure;
use instance::Instance;
use rows::Row as _;

pub(crate) use registry::UNREACHABLE_UPSTREAMS;

/// Every table that holds something of instances.
const TABLES: &[&str] = &[
    artifact::ARTIFACTS,
    configuration::Configuration::TABLE,
    cve_allowlist::Allowlist::TABLE,
    execution::Execution::TABLE,
    immutable_tag::ImmutableRule::TABLE,
    label::Label::TABLE,
    preheat::PreheatInstance::TABLE,
    project::Project::TABLE,
    project_member::Member::TABLE,
    quota::Quota::TABLE,
    registry::Registry::TABLE,
    replication::ReplicationPolicy::TABLE,
    repository::Repository::TABLE,
    retention::RetentionPolicy::TABLE,
    robot::Robot::TABLE,
    scanner::Scanner::TABLE,
    schedule::Schedule::TABLE,
    session::SESSIONS,
    session::TOKENS,
    user::User::TABLE,
    user_group::UserGroup::TABLE,
    webhook::WebhookPolicy::TABLE,
];

/// Answers a request to the instance `name`.
pub(crate) fn handle(tx: &mut Transaction, call: &Call, name: &str, blobs: &Blobs) -> Answer {
    let Some(instance) = Instance::get(tx, name) else {
        return Failure::of_status(404, "there is no such instance").into_answer();
    };
    let mut rows = instance::rows(tx, name);
    execution::settle(&mut rows, blobs);
    let caller = Caller::of(&rows, call);
    let mut api = Api {
        rows,
        call,
        blobs,
        instance,
        caller,
        captures: Vec::new(),
    };
    let parts = call.parts();
    let answer = match parts.as_slice() {
        ["api", "version"] => Answer::json(200, &json!({ "version": "v2.0" })),
        ["api", "v2.0", rest @ ..] => of_api(&mut api, rest),
        ["service", "token"] => token::answer(&mut api),
        ["c", "login"] if call.method == http::Method::POST => session::log_in(&mut api.rows, call),
        ["v2", ..] => distribution::answer(&mut api),
        _ => Failure::of_status(404, format!("path {} was not found", call.path)).into_answer(),
    };
    match call.header("x-request-id").filter(|id| id.len() <= 128) {
        Some(id) => answer.header("x-request-id", id),
        None => {
            let text = format!("harbor request {name} {} {}", api.rows.tx.now(), call.path);
            let id = api.rows.tx.keys().mac(&text)[..32].to_owned();
            answer.header("x-request-id", &id)
        }
    }
}

fn of_api(api: &mut Api<'_>, parts: &[&str]) -> Answer {
    if let Err(refused) = session::guard(&api.rows, api.call) {
        return refused;
    }
    let safe = matches!(api.call.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let answer = if !safe && parts != ["configurations"] && configuration::flag(&api.rows, "read_only") {
        Failure::denied(READ_ONLY).into_answer()
    } else {
        route::answer(api, parts).unwrap_or_else(Failure::into_answer)
    };
    session::with_cookies(&api.rows, api.call, answer)
}

/// What read-only mode answers.
const READ_ONLY: &str = "The system is in read only mode. Any modification is prohibited.";

/// An instant as the API writes it: `2026-01-02T03:04:05.123Z`.
fn instant(at: Timestamp) -> String {
    format!(
        "{}.{:03}Z",
        at.strftime("%Y-%m-%dT%H:%M:%S"),
        at.subsec_millisecond()
    )
}
