//! How many images somebody may pull in six hours.

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::super::account;
use super::token::Granted;
use crate::answer::Answer;
use crate::call::Call;
use crate::oci::Failure;
use crate::store::{SETTINGS, Transaction};

/// Under this key of the settings: how many pulls a scene allows.
pub(crate) const LIMIT: &str = "dockerhub_pull_limit";
/// Pulls by who made them.
const PULLS: &str = "_dockerhub_pulls";
/// How long they count, in seconds.
const WINDOW: i64 = 6 * 3600;
/// What nobody, and who pays nothing, may pull in that time.
const ANONYMOUS: u64 = 100;
const PERSONAL: u64 = 200;

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Pulls {
    since: i64,
    count: u64,
}

/// What is left of a limit.
pub(super) struct Counted {
    limit: u64,
    left: u64,
    source: String,
}

impl Counted {
    /// The answer that tells it.
    pub(super) fn told(&self, answer: Answer) -> Answer {
        answer
            .header("ratelimit-limit", &format!("{};w={WINDOW}", self.limit))
            .header("ratelimit-remaining", &format!("{};w={WINDOW}", self.left))
            .header("docker-ratelimit-source", &self.source)
    }
}

/// Counts a pull: GET of a manifest. Asking with HEAD counts nothing; those who pay have no limit.
pub(super) fn count(
    tx: &mut Transaction,
    call: &Call,
    granted: &Granted,
) -> Result<Option<Counted>, Failure> {
    if !matches!(call.method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let of_plan = match account::user(tx, &granted.sub) {
        Some(user) if user.plan == "personal" => Some(PERSONAL),
        Some(_) => None,
        None if granted.sub.is_empty() => Some(ANONYMOUS),
        None => None,
    };
    let Some(limit) = tx.get::<u64>(SETTINGS, LIMIT).or(of_plan) else {
        return Ok(None);
    };
    let source = match account::user(tx, &granted.sub) {
        Some(user) => user.id,
        None if granted.sub.is_empty() => "127.0.0.1".to_owned(),
        None => account::derived_id(&granted.sub),
    };
    let now = tx.now().as_second();
    let mut pulls: Pulls = tx.get(PULLS, &source).unwrap_or_default();
    if now - pulls.since >= WINDOW {
        pulls = Pulls { since: now, count: 0 };
    }
    if call.method == Method::GET {
        if pulls.count >= limit {
            return Err(Failure::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TOOMANYREQUESTS",
                "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: \
                 https://www.docker.com/increase-rate-limit",
            ));
        }
        pulls.count += 1;
        tx.put(PULLS, &source, &pulls);
    }
    Ok(Some(Counted {
        limit,
        left: limit.saturating_sub(pulls.count),
        source,
    }))
}
