//! Google: tokens, service accounts and their keys, policies, APIs, Artifact Registry and the registries that it serves.
//!
//! A host of Google's stands below `/google/HOST` of the main port, so that `https://localhost:PORT/google/iam.googleapis.com/v1/`
//! is what `https://iam.googleapis.com/v1/` is elsewhere. A registry has a port of its own as well, for clients that know no
//! paths before `/v2/`. What is told is what Google tells: values name Google's hosts, never loopback, but for the `token_uri`
//! of a key, which must work where the key is used.

mod api;
mod authorization;
mod bucket;
mod caller;
mod context;
mod custom_role;
pub(crate) mod description;
mod docker_image;
mod expression;
mod failure;
mod federation;
mod iam_credentials;
mod locations;
mod member;
mod oauth;
mod operation;
mod policy;
mod project;
mod registry;
mod repository;
mod roles;
pub(crate) mod scene;
mod service;
mod service_account;
mod service_account_key;
mod sts;
mod workload_identity_pool;
mod workload_identity_pool_provider;
pub(crate) mod world;

#[cfg(test)]
mod tests;

use crate::answer::Answer;
use crate::call::Call;
use crate::oci::Blobs;
use crate::service::Service;
use crate::store::Transaction;

use context::{Google, Style};
use failure::Failure;

/// Where the hosts are on the main port.
const BELOW: &str = "google";

/// The hosts that are no registries.
const HOSTS: &[&str] = &[
    "artifactregistry.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "oauth2.googleapis.com",
    "openidconnect.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
    "www.googleapis.com",
];

/// Whether a host is one that the sandbox has.
pub(crate) fn is_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    HOSTS.contains(&host.as_str()) || registry::Place::of_host(&host).is_some()
}

/// The service and the request that a request of the main port below `/google` is for.
pub(crate) fn below_main(call: &Call) -> Option<(Service, Call)> {
    let rest = call
        .path
        .strip_prefix('/')?
        .strip_prefix(BELOW)?
        .strip_prefix('/')?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let service = Service::of_host(host)?;
    let target = match call.raw_query.as_str() {
        "" => format!("/{path}"),
        query => format!("/{path}?{query}"),
    };
    let inner = Call::new(
        call.method.clone(),
        &target,
        call.headers.clone(),
        call.body.clone(),
    );
    Some((service, inner.at("https", &host.to_ascii_lowercase())))
}

/// Carries out what is due: no object outlives its deletion because nobody looks.
pub(crate) fn settle(tx: &mut Transaction) {
    repository::settle(tx);
    service_account::settle(tx);
    federation::settle(tx);
}

/// Answers a request to a host.
pub(crate) fn handle(tx: &mut Transaction, call: &Call, host: &str, blobs: &Blobs) -> Answer {
    settle(tx);
    if let Some(place) = registry::Place::of_host(host) {
        return registry::handle(tx, call, &place, blobs);
    }
    if let Some(answer) = oauth::handle(tx, call, host) {
        return answer;
    }
    let style = Style::of_host(host);
    let answer = match caller::of(tx, call, host) {
        Ok(caller) => {
            let mut google = Google {
                tx,
                call,
                host,
                caller,
                blobs,
            };
            api::answer(&mut google)
        }
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure: Failure| failure.into_answer(style))
}
