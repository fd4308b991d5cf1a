//! Azure Resource Manager: subscriptions, resource groups, registries, identities, roles.
//!
//! Every request is authenticated, authorised against the caller's role assignments, and checked for its api-version
//! before anything else is looked at. Paths compare without case, as in the real service.

mod action;
pub(crate) mod authorization;
mod condition;
pub(crate) mod container_registry;
pub(crate) mod container_registry_cache_rule;
pub(crate) mod container_registry_child;
pub(crate) mod container_registry_credential_set;
pub(crate) mod container_registry_replication;
pub(crate) mod container_registry_scope_map;
pub(crate) mod container_registry_token;
pub(crate) mod container_registry_token_password;
pub(crate) mod container_registry_webhook;
mod context;
mod federated_identity_credential;
mod fields;
mod filter;
mod listing;
mod operation;
mod permission;
pub(crate) mod resource;
mod resource_group;
mod resource_provider;
mod role_assignment;
mod role_definition;
mod subscription;
mod user_assigned_identity;

#[cfg(test)]
pub(crate) mod tests;

use crate::answer::Answer;
use crate::azure::caller::{self, Audience, TokenProblem};
use crate::azure::directory;
use crate::call::Call;
use crate::store::Transaction;

use context::{Arm, Reply};

/// Answers a Resource Manager request.
pub(crate) fn handle(tx: &mut Transaction, call: &Call) -> Answer {
    let answer = match admit(tx, call).and_then(|mut arm| route(&mut arm)) {
        Ok(answer) | Err(answer) => answer,
    };
    decorate(tx, call, answer)
}

fn admit<'a>(tx: &'a mut Transaction, call: &'a Call) -> Result<Arm<'a>, Answer> {
    let caller = caller::verify(tx, call, &[Audience::ResourceManager])
        .map_err(|problem| unauthenticated(tx, call, problem))?;
    check_api_version(call)?;
    Ok(Arm { tx, call, caller })
}

fn check_api_version(call: &Call) -> Result<(), Answer> {
    let Some(version) = call.query("api-version").filter(|version| !version.is_empty()) else {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(Answer::arm_error(400, "MissingApiVersionParameter", message));
    };
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let shape = date.split('-').map(str::len).eq([4, 2, 2]);
    if shape && date.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Ok(());
    }
    let message = format!(
        "The api-version '{version}' is invalid. The format is yyyy-MM-dd, optionally with '-preview'."
    );
    Err(Answer::arm_error(400, "InvalidApiVersionParameter", &message))
}

fn unauthenticated(tx: &Transaction, call: &Call, problem: TokenProblem) -> Answer {
    let (code, message) = match problem {
        TokenProblem::Missing => (
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ),
        TokenProblem::Invalid => ("InvalidAuthenticationToken", "The access token is invalid."),
        TokenProblem::Expired => (
            "ExpiredAuthenticationToken",
            "The access token expiry time is earlier than the current time.",
        ),
        TokenProblem::WrongAudience => (
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource.",
        ),
        TokenProblem::PrincipalGone => (
            "InvalidAuthenticationToken",
            "The access token is invalid: its principal was not found in the directory, or is disabled.",
        ),
    };
    let authority = format!("{}/{}", call.base_url(), directory::tenant(tx).id);
    let challenge = format!(
        "Bearer authorization_uri=\"{authority}\", error=\"invalid_token\", error_description=\"{message}\""
    );
    Answer::arm_error(401, code, message).header("www-authenticate", &challenge)
}

/// Sends the request to who answers it.
fn route(arm: &mut Arm<'_>) -> Reply {
    let call = arm.call;
    let lower: Vec<String> = call
        .segments
        .iter()
        .map(|segment| segment.to_ascii_lowercase())
        .collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    if let Some(at) = lower
        .windows(2)
        .rposition(|pair| pair == ["providers", "microsoft.authorization"])
    {
        let scope = context::scope_of(&call.segments[..at]);
        match &lower[at + 2..] {
            ["roledefinitions", rest @ ..] => return role_definition::handle(arm, &scope, rest),
            ["roleassignments", rest @ ..] => return role_assignment::handle(arm, &scope, rest),
            ["permissions"] => return permission::list(arm, &scope),
            _ => {}
        }
    }
    match lower.as_slice() {
        ["subscriptions"] => subscription::list(arm),
        ["subscriptions", id, rest @ ..] => {
            arm.subscription(id)?;
            in_subscription(arm, id, rest)
        }
        _ => Err(unknown(call)),
    }
}

fn in_subscription(arm: &mut Arm<'_>, id: &str, rest: &[&str]) -> Reply {
    match rest {
        [] => subscription::get(arm, id),
        ["locations"] => subscription::locations(arm, id),
        ["resources"] => listing::resources(arm, &format!("/subscriptions/{id}")),
        ["operationresults", operation] => operation::result(arm, operation),
        ["resourcegroups"] => resource_group::list(arm, id),
        ["resourcegroups", group] => resource_group::handle(arm, id, group),
        ["resourcegroups", group, "resources"] => resource_group::contents(arm, id, group),
        ["resourcegroups", group, "providers", namespace, rest @ ..] => {
            arm.require_registered(id, namespace)?;
            in_group(arm, (id, group, namespace), rest)
        }
        ["providers"] => resource_provider::list(arm, id),
        ["providers", namespace] => resource_provider::get(arm, id, namespace),
        ["providers", namespace, verb @ ("register" | "unregister")] => {
            resource_provider::change(arm, id, namespace, *verb == "register")
        }
        ["providers", namespace @ "microsoft.containerregistry", rest @ ..] => {
            arm.require_registered(id, namespace)?;
            match rest {
                ["checknameavailability"] => container_registry::check_name(arm, id),
                ["registries"] => container_registry::list(arm, &format!("/subscriptions/{id}/")),
                ["locations", _, "operationresults", operation] => operation::result(arm, operation),
                _ => Err(unknown(arm.call)),
            }
        }
        [
            "providers",
            namespace @ "microsoft.managedidentity",
            "userassignedidentities",
        ] => {
            arm.require_registered(id, namespace)?;
            user_assigned_identity::list(arm, &format!("/subscriptions/{id}/"))
        }
        _ => Err(unknown(arm.call)),
    }
}

fn in_group(arm: &mut Arm<'_>, (id, group, namespace): (&str, &str, &str), rest: &[&str]) -> Reply {
    let prefix = format!("/subscriptions/{id}/resourcegroups/{group}/");
    match (namespace, rest) {
        ("microsoft.containerregistry", ["registries"]) => {
            arm.group(id, group)?;
            container_registry::list(arm, &prefix)
        }
        ("microsoft.containerregistry", ["registries", rest @ ..]) => container_registry::handle(arm, rest),
        ("microsoft.managedidentity", ["userassignedidentities"]) => {
            arm.group(id, group)?;
            user_assigned_identity::list(arm, &prefix)
        }
        ("microsoft.managedidentity", ["userassignedidentities", rest @ ..]) => {
            user_assigned_identity::handle(arm, rest)
        }
        _ => listing::foreign(arm),
    }
}

/// The answer to a path that the sandbox does not emulate.
fn unknown(call: &Call) -> Answer {
    Answer::unsupported(&format!("{} {}", call.method, call.path))
}

/// Adds the headers that every answer of Resource Manager has.
fn decorate(tx: &Transaction, call: &Call, answer: Answer) -> Answer {
    let seed = format!("{} {} {}", tx.now(), call.method, call.path);
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, seed.as_bytes()).to_string();
    let correlation = call
        .header("x-ms-correlation-request-id")
        .unwrap_or(&id)
        .to_owned();
    let (budget, left) = match call.method.as_str() {
        "GET" | "HEAD" => ("x-ms-ratelimit-remaining-subscription-reads", "249"),
        "DELETE" => ("x-ms-ratelimit-remaining-subscription-deletes", "199"),
        _ => ("x-ms-ratelimit-remaining-subscription-writes", "199"),
    };
    answer
        .header("x-ms-request-id", &id)
        .header("x-ms-correlation-request-id", &correlation)
        .header(budget, left)
        .header("cache-control", "no-cache")
}
