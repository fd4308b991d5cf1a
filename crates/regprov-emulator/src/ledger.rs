//! The ledger: every request that a client sent, durable and without secrets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// The header by which a client names its run.
pub(crate) const RUN_HEADER: &str = "x-regprov-run";

/// Query parameters whose values are never kept.
const SECRET_PARAMETERS: &[&str] = &[
    "access_token",
    "client_assertion",
    "client_secret",
    "code",
    "identitytoken",
    "password",
    "refresh_token",
    "secret",
    "sig",
    "token",
];

/// One request. Bodies are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts from 1.
    pub sequence: u64,
    /// When it came, on the sandbox's clock.
    pub at: Timestamp,
    /// The front door: `azure`, `registry/{name}`.
    pub service: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query as sent; values that may be secret are replaced.
    pub target: String,
    /// The status of the answer that the service gave, whether or not it reached the client; `None` when the request was not processed.
    pub status: Option<u16>,
    /// Whether the request changed something, durably.
    pub committed: bool,
    /// What it changed, such as `created azure/applications/{id}`.
    pub mutations: Vec<String>,
    /// The fault that it met.
    pub fault: Option<String>,
    /// The run that sent it, as the client named it.
    pub run: Option<String>,
}

/// Path and query with secret values replaced.
pub(crate) fn redacted_target(call: &Call) -> String {
    if call.raw_query.is_empty() {
        return call.path.clone();
    }
    let pairs: Vec<String> = call
        .raw_query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _))
                if SECRET_PARAMETERS
                    .iter()
                    .any(|secret| name.eq_ignore_ascii_case(secret)) =>
            {
                format!("{name}=(redacted)")
            }
            Some(_) | None => pair.to_owned(),
        })
        .collect();
    format!("{}?{}", call.path, pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    #[test]
    fn secret_values_of_a_query_are_replaced_and_others_kept() {
        let call = Call::new(
            Method::GET,
            "/a?x=1&Password=hunter2&y",
            HeaderMap::new(),
            Bytes::new(),
        );
        assert_eq!(redacted_target(&call), "/a?x=1&Password=(redacted)&y");
    }
}
