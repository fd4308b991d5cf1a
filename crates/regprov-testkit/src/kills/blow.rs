//! When a process is killed.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use regprov_http::{Randomness as _, SeededRandomness};

/// The system calls at which a process is killed, where it makes them.
pub(super) const CALLS: &str = "fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,writev,sendto,sendmsg,unlink,\
    unlinkat,openat,ftruncate,connect,mkdir,flock,fcntl,linkat";

/// One kill.
#[derive(Clone, Debug)]
pub(super) enum Blow {
    /// So long after the start.
    After(Duration),
    /// So long after so many lines that tell of a change.
    Told(usize, Duration),
    /// At the system call of this name and number, before it is carried out.
    Call(String, u64),
}

impl fmt::Display for Blow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(time) => write!(out, "{} ms after the start", time.as_millis()),
            Self::Told(lines, later) => {
                write!(out, "{} us after {lines} lines of progress", later.as_micros())
            }
            Self::Call(name, nth) => write!(out, "at {name} number {nth}"),
        }
    }
}

/// What a clean run of a command does, by which moments in it are chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub(super) took: Duration,
    /// Lines that tell of a change.
    pub(super) lines: usize,
    /// How often it makes each system call.
    pub(super) calls: BTreeMap<String, u64>,
}

/// What a seed draws.
pub(super) struct Drawn(SeededRandomness);

impl Drawn {
    pub(super) fn new(seed: u64) -> Self {
        Self(SeededRandomness::new(seed ^ 0x4b11_1ed5))
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound.max(1)
    }

    /// A moment within a command.
    pub(super) fn blow(&mut self, course: &Course) -> Blow {
        let kinds = if course.calls.is_empty() { 2 } else { 4 };
        match self.below(kinds) {
            0 => {
                let most = u64::try_from(course.took.as_micros()).unwrap_or(u64::MAX) * 6 / 5;
                Blow::After(Duration::from_micros(self.below(most)))
            }
            1 => {
                let lines = self.below(course.lines as u64 + 1) as usize;
                Blow::Told(lines, Duration::from_micros(self.below(20_000)))
            }
            _ => {
                let at = self.below(course.calls.len() as u64) as usize;
                let (name, count) = course.calls.iter().nth(at).expect("it is below their number");
                let (name, count) = (name.clone(), *count);
                Blow::Call(name, 1 + self.below(count))
            }
        }
    }
}
