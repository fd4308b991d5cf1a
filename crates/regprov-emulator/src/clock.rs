//! The sandbox's clock: the wall clock with an offset, or a virtual one that moves only when told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::core::Shared;

/// Which clock a sandbox runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMode {
    /// The machine's clock, plus whatever was advanced by hand.
    Wall,
    /// A clock that starts at `start` and moves only when told. A reopened sandbox goes on where it stood.
    Virtual {
        /// The first instant.
        start: Timestamp,
    },
}

/// What of the clock outlives the process.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct ClockRecord {
    /// How far the wall clock was advanced, in milliseconds.
    pub(crate) offset_ms: i64,
    /// Where a virtual clock stands.
    pub(crate) stands_at: Option<Timestamp>,
}

impl ClockRecord {
    /// The present instant under `mode`.
    pub(crate) fn now(&self, mode: ClockMode) -> Timestamp {
        match mode {
            ClockMode::Wall => add(Timestamp::now(), self.offset_ms),
            ClockMode::Virtual { start } => self.stands_at.unwrap_or(start).max(start),
        }
    }

    /// The record after `by` milliseconds more.
    pub(crate) fn advanced(&self, mode: ClockMode, by_ms: i64) -> Self {
        match mode {
            ClockMode::Wall => Self {
                offset_ms: self.offset_ms.saturating_add(by_ms),
                ..*self
            },
            ClockMode::Virtual { .. } => Self {
                stands_at: Some(add(self.now(mode), by_ms)),
                ..*self
            },
        }
    }
}

/// `instant` plus milliseconds, saturating at the ends of time.
pub(crate) fn add(instant: Timestamp, ms: i64) -> Timestamp {
    instant
        .checked_add(SignedDuration::from_millis(ms))
        .unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// `2026-01-02T03:04:05Z`: seconds, as Graph writes instants.
pub(crate) fn seconds(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-01-02T03:04:05.1234567Z`: seven digits, as ARM writes instants.
pub(crate) fn ticks(instant: Timestamp) -> String {
    format!(
        "{}.{:07}Z",
        instant.strftime("%Y-%m-%dT%H:%M:%S"),
        instant.subsec_nanosecond() / 100
    )
}

/// Reads and moves the clock of an open sandbox.
#[derive(Clone)]
pub struct ClockHandle {
    pub(crate) shared: Shared,
}

impl ClockHandle {
    /// The present instant of the sandbox.
    pub fn now(&self) -> Timestamp {
        self.shared.lock().now()
    }

    /// Moves the clock forward, durably.
    pub fn advance(&self, by: std::time::Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.shared.lock().advance_clock(by_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_the_services_write_them() {
        let instant: Timestamp = "2026-01-02T03:04:05.123456789Z".parse().unwrap();
        assert_eq!(seconds(instant), "2026-01-02T03:04:05Z");
        assert_eq!(ticks(instant), "2026-01-02T03:04:05.1234567Z");
    }

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let mode = ClockMode::Virtual {
            start: "2026-01-01T00:00:00Z".parse().unwrap(),
        };
        let record = ClockRecord::default();
        assert_eq!(record.now(mode), record.now(mode));
        assert_eq!(
            seconds(record.advanced(mode, 1500).now(mode)),
            "2026-01-01T00:00:01Z"
        );
    }
}
