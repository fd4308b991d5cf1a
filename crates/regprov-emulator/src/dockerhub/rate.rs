//! How often the API may be asked in a minute, as its headers tell.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::Answer;
use crate::store::{SETTINGS, Transaction};

/// Under this key of the settings: the limit of a scene.
pub(crate) const LIMIT: &str = "dockerhub_request_limit";
/// Requests of the present minute.
const REQUESTS: &str = "_dockerhub_requests";
/// What is allowed where no scene says otherwise; so much is not counted.
const USUAL: u64 = 600;

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Requests {
    minute: i64,
    count: u64,
}

/// What is left of a minute.
#[derive(Clone, Copy)]
pub(super) struct Rate {
    limit: u64,
    left: u64,
    reset: i64,
}

/// Counts a request; a refusal where nothing is left.
pub(super) fn count(tx: &mut Transaction) -> Result<Rate, Answer> {
    let now = tx.now().as_second();
    let minute = now / 60;
    let reset = (minute + 1) * 60;
    let Some(limit) = tx.get::<u64>(SETTINGS, LIMIT) else {
        return Ok(Rate {
            limit: USUAL,
            left: USUAL - 1,
            reset,
        });
    };
    let mut requests: Requests = tx.get(REQUESTS, "all").unwrap_or_default();
    if requests.minute != minute {
        requests = Requests { minute, count: 0 };
    }
    if requests.count >= limit {
        let rate = Rate {
            limit,
            left: 0,
            reset,
        };
        let body = json!({ "detail": "Rate limit exceeded", "error": false });
        let answer = Answer::json(429, &body).header("retry-after", &(reset - now).to_string());
        return Err(rate.told(answer));
    }
    requests.count += 1;
    tx.put(REQUESTS, "all", &requests);
    let left = limit - requests.count;
    Ok(Rate { limit, left, reset })
}

impl Rate {
    /// The answer that tells it.
    pub(super) fn told(self, answer: Answer) -> Answer {
        answer
            .header("x-ratelimit-limit", &self.limit.to_string())
            .header("x-ratelimit-remaining", &self.left.to_string())
            .header("x-ratelimit-reset", &self.reset.to_string())
    }
}
