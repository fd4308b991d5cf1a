//! Concurrency and rate per host, learned from what the host says.
//!
//! Concurrency follows additive increase, multiplicative decrease. A token bucket starts as soon as a host names
//! what remains of its budget. `Retry-After` of one answer holds back all requests of that host and kind.

use crate::clock::{after, until};
use crate::{Clock, Request, Response, Transport, TransportError, retry_after};
use async_trait::async_trait;
use http::{Method, StatusCode};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;

/// Bounds of the throttle.
#[derive(Clone, Copy, Debug)]
pub struct ThrottlePolicy {
    /// Concurrent reads of a host at the start.
    pub reads: u32,
    /// Concurrent writes of a host at the start; deletes likewise.
    pub writes: u32,
    /// Most concurrent requests of one kind to one host.
    pub most: u32,
    /// How fast a budget is taken to refill, in requests per second.
    pub refill: u32,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            reads: 24,
            writes: 8,
            most: 64,
            refill: 10,
        }
    }
}

/// Budgets are kept apart by kind of request, as the services keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Read,
    Write,
    Delete,
}

impl Kind {
    fn of(method: &Method) -> Self {
        if *method == Method::DELETE {
            Self::Delete
        } else if method.is_safe() {
            Self::Read
        } else {
            Self::Write
        }
    }

    const fn header_suffix(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Write => "writes",
            Self::Delete => "deletes",
        }
    }
}

/// Holds requests back so that the host need not.
pub struct Throttle<T> {
    inner: T,
    policy: ThrottlePolicy,
    clock: Arc<dyn Clock>,
    lanes: Mutex<BTreeMap<(String, Kind), Arc<Lane>>>,
}

impl<T> Throttle<T> {
    /// Puts a throttle around a transport.
    pub fn new(inner: T, policy: ThrottlePolicy, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            policy,
            clock,
            lanes: Mutex::new(BTreeMap::new()),
        }
    }

    fn lane(&self, request: &Request) -> Arc<Lane> {
        let kind = Kind::of(&request.method);
        let host = request.url.host_str().unwrap_or_default();
        let host = format!(
            "{host}:{}",
            request.url.port_or_known_default().unwrap_or_default()
        );
        let mut lanes = self.lanes.lock().expect("no holder of this lock panics");
        let lane = lanes.entry((host, kind)).or_insert_with(|| {
            let limit = if kind == Kind::Read {
                self.policy.reads
            } else {
                self.policy.writes
            };
            Arc::new(Lane::new(limit, self.clock.now()))
        });
        Arc::clone(lane)
    }
}

#[async_trait]
impl<T: Transport> Transport for Throttle<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let kind = Kind::of(&request.method);
        let lane = self.lane(&request);
        let _permit = lane.enter(&self.policy, &*self.clock).await;
        let outcome = self.inner.send(request).await;
        if let Ok(response) = &outcome {
            lane.learn(response, kind, &self.policy, self.clock.now());
        }
        outcome
    }
}

/// What is known of one host and kind of request.
struct Lane {
    state: Mutex<LaneState>,
    room: Notify,
}

struct LaneState {
    running: u32,
    /// Allowed at once; grows by a fraction with each success.
    limit: f64,
    /// Requests left in the budget, once the host has named it.
    budget: Option<f64>,
    refilled: Timestamp,
    closed_until: Timestamp,
    /// Further refusals do not shrink the limit before this.
    shrunk_until: Timestamp,
}

enum Entry {
    Open,
    Full,
    Closed(Duration),
}

impl Lane {
    fn new(limit: u32, now: Timestamp) -> Self {
        let state = LaneState {
            running: 0,
            limit: f64::from(limit),
            budget: None,
            refilled: now,
            closed_until: Timestamp::MIN,
            shrunk_until: Timestamp::MIN,
        };
        Self {
            state: Mutex::new(state),
            room: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().expect("no holder of this lock panics")
    }

    async fn enter<'lane>(&'lane self, policy: &ThrottlePolicy, clock: &dyn Clock) -> Permit<'lane> {
        loop {
            let room = self.room.notified();
            let entry = self.state().try_enter(policy, clock.now());
            match entry {
                Entry::Open => {
                    // The limit may have grown by more than one place.
                    self.room.notify_one();
                    return Permit(self);
                }
                Entry::Full => room.await,
                Entry::Closed(wait) => clock.sleep(wait).await,
            }
        }
    }

    fn learn(&self, response: &Response, kind: Kind, policy: &ThrottlePolicy, now: Timestamp) {
        let mut state = self.state();
        if response.status == StatusCode::TOO_MANY_REQUESTS {
            // A burst that is refused together is one refusal.
            if now >= state.shrunk_until {
                state.limit = (state.limit / 2.0).max(1.0);
                state.shrunk_until = after(now, Duration::from_secs(1));
            }
            if let Some(wait) = retry_after(response, now) {
                state.closed_until = state.closed_until.max(after(now, wait));
            }
        } else if response.status.is_success() {
            state.limit = (state.limit + 1.0 / state.limit).min(f64::from(policy.most));
        }
        if let Some(remaining) = remaining(response, kind) {
            state.budget = Some(remaining);
            state.refilled = now;
        }
    }
}

impl LaneState {
    fn try_enter(&mut self, policy: &ThrottlePolicy, now: Timestamp) -> Entry {
        if now < self.closed_until {
            return Entry::Closed(until(now, self.closed_until));
        }
        if f64::from(self.running) + 1.0 > self.limit {
            return Entry::Full;
        }
        if let Some(budget) = self.budget {
            let refill = f64::from(policy.refill.max(1));
            let budget = budget + until(self.refilled, now).as_secs_f64() * refill;
            self.refilled = self.refilled.max(now);
            if budget < 1.0 {
                self.budget = Some(budget);
                return Entry::Closed(
                    Duration::from_secs_f64((1.0 - budget) / refill).max(Duration::from_millis(1)),
                );
            }
            self.budget = Some(budget - 1.0);
        }
        self.running += 1;
        Entry::Open
    }
}

/// A place in a lane, given back when dropped, also where the request was cancelled.
struct Permit<'lane>(&'lane Lane);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.state().running -= 1;
        self.0.room.notify_one();
    }
}

/// The smallest budget that an answer names for its kind of request.
fn remaining(response: &Response, kind: Kind) -> Option<f64> {
    let named = response.headers.iter().filter(|(name, _)| {
        let name = name.as_str();
        name == "x-ratelimit-remaining"
            || name.starts_with("x-ms-ratelimit-remaining-") && name.ends_with(kind.header_suffix())
    });
    named
        .filter_map(|(_, value)| value.to_str().ok()?.trim().parse::<u32>().ok())
        .min()
        .map(f64::from)
}
