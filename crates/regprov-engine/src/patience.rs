//! How long to wait for a service, and what for.

use crate::Engine;
use jiff::Timestamp;
use regprov_provider::{Error, ErrorKind};
use std::time::Duration;

/// The longest wait for something new to become visible where its type does not say more. Microsoft's own client waits
/// three minutes for a new principal.
const VISIBLE_AT_MOST: Duration = Duration::from_secs(180);
/// The attempts that a passing failure gets.
const ATTEMPTS: u32 = 6;

/// What to do about a failed call.
pub(crate) enum Verdict {
    /// Ask again after this time; the text says why.
    Again(Duration, String),
    /// The write may have happened: look.
    Look,
    /// It failed.
    Fail(Error),
}

/// The patience of one write.
pub(crate) struct Patience {
    begun: Timestamp,
    limit: Duration,
    visibility: Duration,
    waits: u32,
    failures: u32,
}

impl Patience {
    /// Patience for a write that may take so long.
    pub(crate) fn new(engine: &Engine, limit: Duration, visibility: Duration) -> Self {
        Self {
            begun: engine.clock.now(),
            limit,
            visibility: visibility.max(VISIBLE_AT_MOST),
            waits: 0,
            failures: 0,
        }
    }

    /// How long the write has been at work.
    pub(crate) fn elapsed(&self, engine: &Engine) -> Duration {
        engine.since(self.begun)
    }

    /// Whether the limit of the write has passed.
    pub(crate) fn is_exhausted(&self, engine: &Engine) -> bool {
        self.elapsed(engine) >= self.limit
    }

    /// The wait before the next look; grows from a quarter of a second to ten seconds.
    pub(crate) fn next_wait(&mut self, hint: Option<Duration>) -> Duration {
        let grown = Duration::from_millis(250) * 2_u32.pow(self.waits.min(5));
        self.waits += 1;
        hint.unwrap_or(grown).min(Duration::from_secs(60))
    }

    /// Takes one of the attempts that a passing failure gets, where one is left.
    pub(crate) const fn has_another_try(&mut self) -> bool {
        let left = self.failures < ATTEMPTS;
        if left {
            self.failures += 1;
        }
        left
    }

    /// Judges a failed call.
    pub(crate) fn judge(&mut self, engine: &Engine, error: Error) -> Verdict {
        let elapsed = self.elapsed(engine);
        let message = error.message.clone();
        match error.kind {
            ErrorKind::NotYetVisible if elapsed < self.visibility.min(self.limit) => {
                Verdict::Again(self.next_wait(None).min(Duration::from_secs(5)), message)
            }
            ErrorKind::Throttled(after) if elapsed < self.limit => {
                Verdict::Again(self.next_wait(after), message)
            }
            ErrorKind::Transient | ErrorKind::Conflict
                if self.failures < ATTEMPTS && elapsed < self.limit =>
            {
                self.failures += 1;
                Verdict::Again(self.next_wait(None), message)
            }
            ErrorKind::Ambiguous if self.failures < ATTEMPTS && elapsed < self.limit => {
                self.failures += 1;
                Verdict::Look
            }
            ErrorKind::NotYetVisible
            | ErrorKind::Throttled(_)
            | ErrorKind::Transient
            | ErrorKind::Conflict
            | ErrorKind::Ambiguous
            | ErrorKind::Exists(_)
            | ErrorKind::Denied
            | ErrorKind::Unauthenticated
            | ErrorKind::Invalid(_)
            | ErrorKind::Unsupported
            | ErrorKind::Failed => Verdict::Fail(error),
        }
    }
}
