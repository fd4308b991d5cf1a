//! Time as an argument.

use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Mutex;
use std::time::Duration;

/// Tells the time and lets it pass.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Returns once the time has passed on this clock.
    async fn sleep(&self, duration: Duration);
}

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A clock that stands still; sleeping moves it on at once. It remembers how long each sleep was.
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<(Timestamp, Vec<Duration>)>,
}

impl ManualClock {
    /// A clock that stands at an instant.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self {
            state: Mutex::new((start, Vec::new())),
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state.lock().expect("no holder of this lock panics");
        state.0 = after(state.0, duration);
    }

    /// The sleeps so far, in order.
    pub fn slept(&self) -> Vec<Duration> {
        self.state
            .lock()
            .expect("no holder of this lock panics")
            .1
            .clone()
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state.lock().expect("no holder of this lock panics").0
    }

    async fn sleep(&self, duration: Duration) {
        {
            let mut state = self.state.lock().expect("no holder of this lock panics");
            state.1.push(duration);
            state.0 = after(state.0, duration);
        }
        tokio::task::yield_now().await;
    }
}

/// An instant moved on; the end of time at most.
pub(crate) fn after(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// How long it is until an instant; zero where it has passed.
pub(crate) fn until(now: Timestamp, instant: Timestamp) -> Duration {
    Duration::try_from(instant.duration_since(now)).unwrap_or(Duration::ZERO)
}
