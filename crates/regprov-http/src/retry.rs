//! Asking again, where asking again is harmless and may help.

use crate::clock::{after, until};
use crate::randomness::fraction;
use crate::{Clock, Randomness, Request, Response, Transport, TransportError};
use async_trait::async_trait;
use http::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How often and how long.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Most attempts, the first included.
    pub attempts: u32,
    /// Upper bound of the first pause; it doubles from one attempt to the next.
    pub base: Duration,
    /// Upper bound of every pause that we choose ourselves.
    pub cap: Duration,
    /// No attempt begins later than this after the first.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 6,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            deadline: Duration::from_secs(600),
        }
    }
}

/// Repeats requests that failed for a passing reason.
///
/// Guarantees: a request that is not idempotent is repeated only where the server cannot have carried it out:
/// it was never sent, or the server said 429, or 503 with `Retry-After`. `Retry-After` is honoured exactly.
pub struct Retry<T> {
    inner: T,
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl<T> Retry<T> {
    /// Puts retries around a transport.
    pub fn new(
        inner: T,
        policy: RetryPolicy,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            inner,
            policy,
            clock,
            randomness,
        }
    }

    /// Full jitter: anything between nothing and the bound, which doubles.
    fn pause(&self, attempt: u32) -> Duration {
        let bound = self
            .policy
            .base
            .saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX));
        bound.min(self.policy.cap).mul_f64(fraction(&*self.randomness))
    }
}

#[async_trait]
impl<T: Transport> Transport for Retry<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let last_start = after(self.clock.now(), self.policy.deadline);
        let mut attempt = 1;
        loop {
            let outcome = self.inner.send(request.clone()).await;
            let now = self.clock.now();
            let wait = match verdict(&request, &outcome, now) {
                Verdict::Final => return outcome,
                Verdict::Again(told) => told.unwrap_or_else(|| self.pause(attempt)),
            };
            if attempt >= self.policy.attempts || after(now, wait) > last_start {
                return outcome;
            }
            tracing::debug!(
                operation = request.operation,
                attempt,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "asking again"
            );
            self.clock.sleep(wait).await;
            attempt += 1;
        }
    }
}

enum Verdict {
    Final,
    Again(Option<Duration>),
}

fn verdict(request: &Request, outcome: &Result<Response, TransportError>, now: Timestamp) -> Verdict {
    let response = match outcome {
        Ok(response) => response,
        Err(error) if !error.is_transient() => return Verdict::Final,
        Err(error) if error.outcome_is_ambiguous() && !request.idempotent => return Verdict::Final,
        Err(_) => return Verdict::Again(None),
    };
    let told = retry_after(response, now);
    let again = match response.status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::SERVICE_UNAVAILABLE => request.idempotent || told.is_some(),
        StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::GATEWAY_TIMEOUT
        | StatusCode::REQUEST_TIMEOUT => request.idempotent,
        _ => false,
    };
    if again {
        Verdict::Again(told)
    } else {
        Verdict::Final
    }
}

/// What `Retry-After` says, be it seconds or a date; a date in the past is no wait.
#[must_use]
pub fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Some(until(now, date))
}
