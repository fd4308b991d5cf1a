//! Time that passes only when everybody waits.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use regprov_emulator::Sandbox;
use regprov_http::Clock;

/// The clock of a sandbox, for those who call it: while nobody has anything to do it jumps to the next instant that
/// somebody waits for. One thread, no real time, and the same order every time.
pub(crate) struct VirtualTime {
    sandbox: Sandbox,
    timers: Mutex<Timers>,
}

#[derive(Default)]
struct Timers {
    next: u64,
    waiting: BTreeMap<(Timestamp, u64), Waker>,
}

/// Nothing takes longer than this.
const PATIENCE: SignedDuration = SignedDuration::from_hours(48);

/// Everybody waits for something that will not come, or goes on for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stuck;

impl VirtualTime {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self {
            sandbox,
            timers: Mutex::default(),
        }
    }

    fn timers(&self) -> MutexGuard<'_, Timers> {
        self.timers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs to the end, and lets time pass where nothing else can happen.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Stuck> {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut work = pin!(work);
        let end = self.now().checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
        while self.now() < end {
            while woken.0.swap(false, Ordering::Relaxed) {
                if let Poll::Ready(output) = work.as_mut().poll(&mut context) {
                    return Ok(output);
                }
            }
            let Some(((instant, _), waker)) = self.timers().waiting.pop_first() else {
                return Err(Stuck);
            };
            let ahead = instant.duration_since(self.now());
            if ahead > SignedDuration::ZERO {
                // The sandbox counts whole milliseconds; the next one is not too early.
                let ms = u64::try_from(ahead.as_millis()).unwrap_or(0) + 1;
                self.sandbox.clock().advance(Duration::from_millis(ms));
            }
            waker.wake();
        }
        Err(Stuck)
    }
}

#[async_trait]
impl Clock for VirtualTime {
    fn now(&self) -> Timestamp {
        self.sandbox.clock().now()
    }

    async fn sleep(&self, duration: Duration) {
        let wait = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let until = self.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        Sleep {
            time: self,
            until,
            key: None,
        }
        .await;
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Sleep<'a> {
    time: &'a VirtualTime,
    until: Timestamp,
    key: Option<(Timestamp, u64)>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= self.until {
            return Poll::Ready(());
        }
        let mut timers = self.time.timers();
        let key = self.key.unwrap_or((self.until, timers.next));
        timers.next += 1;
        timers.waiting.insert(key, context.waker().clone());
        drop(timers);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.time.timers().waiting.remove(&key);
        }
    }
}
