//! The login service: cloud metadata, token endpoint, discovery, the instance metadata service, and an issuer of the kind
//! that GitHub Actions has.

mod assertion;
mod failure;
mod issuer;
mod managed_identity;
mod metadata;
mod token;

use http::Method;

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// Keys of token issuers that scenes made known, by issuer.
pub(crate) const TOKEN_ISSUERS: &str = "_azure_token_issuers";

/// The JSON web key set of an issuer of workload tokens; none where the sandbox knows no keys of it.
pub(crate) fn keys_of(tx: &Transaction, issuer: &str) -> Option<serde_json::Value> {
    if issuer == issuer::GITHUB {
        return Some(serde_json::json!({ "keys": [tx.keys().jwk()] }));
    }
    tx.get(TOKEN_ISSUERS, issuer)
}

/// Answers a login or metadata request; `None` when the path is not one.
pub(crate) fn handle(tx: &mut Transaction, call: &Call) -> Option<Answer> {
    let lower: Vec<String> = call
        .segments
        .iter()
        .map(|segment| segment.to_lowercase())
        .collect();
    let parts: Vec<&str> = lower.iter().map(String::as_str).collect();
    let get = call.method == Method::GET;
    Some(match parts.as_slice() {
        ["metadata", "endpoints"] if get => metadata::endpoints(tx, call),
        ["metadata", "identity", "oauth2", "token"] if get => managed_identity::token(tx, call),
        ["common", "discovery", "instance"] if get => metadata::instance_discovery(call),
        ["github", "oidc", "token"] if get => issuer::github_token(tx, call),
        ["github", ".well-known", "openid-configuration"] if get => issuer::github_configuration(call),
        ["github", ".well-known", "jwks"] if get => issuer::keys(tx),
        [tenant, "oauth2", "v2.0", "token"] => token::endpoint(tx, call, tenant, token::Version::V2),
        [tenant, "oauth2", "token"] => token::endpoint(tx, call, tenant, token::Version::V1),
        [tenant, "v2.0", ".well-known", "openid-configuration"]
        | [tenant, ".well-known", "openid-configuration"]
            if get =>
        {
            metadata::openid_configuration(tx, call, tenant)
        }
        [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"] if get => issuer::keys(tx),
        [_, "oauth2", "v2.0", "authorize" | "devicecode" | "logout"] => {
            Answer::unsupported("interactive sign-in; use a service principal")
        }
        _ => return None,
    })
}
