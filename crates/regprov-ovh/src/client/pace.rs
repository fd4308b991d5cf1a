//! At most so many requests per second.

use async_trait::async_trait;
use jiff::Timestamp;
use regprov_http::{Clock, Request, Response, Transport, TransportError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Lets at most so many requests per second pass.
pub(crate) struct Paced {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    gap: Duration,
    next: Mutex<Timestamp>,
}

impl Paced {
    /// A pace of `rate` requests per second.
    pub(crate) fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>, rate: u32) -> Self {
        let next = Mutex::new(clock.now());
        Self {
            inner,
            clock,
            gap: Duration::from_secs(1) / rate.max(1),
            next,
        }
    }

    /// How long a request waits for its turn.
    fn wait(&self) -> Duration {
        let now = self.clock.now();
        let mut next = self.next.lock().expect("no holder of this lock panics");
        let turn = (*next).max(now);
        *next = turn.checked_add(self.gap).unwrap_or(turn);
        turn.duration_since(now).try_into().unwrap_or(Duration::ZERO)
    }
}

#[async_trait]
impl Transport for Paced {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let wait = self.wait();
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        self.inner.send(request).await
    }
}
