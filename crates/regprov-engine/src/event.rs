//! What happens while the engine works, for progress and logs.

use regprov_addr::InstanceAddress;
use regprov_plan::Action;
use std::time::Duration;

/// Receives events. Called from the engine's task: it must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event);
}

/// Ignores every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event) {}
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A provider configuration was connected.
    Connected {
        /// Its name.
        provider: String,
        /// Who we are there.
        summary: String,
    },
    /// A provider configuration became known in mid-apply, and its service does not answer yet.
    Connecting {
        /// Its name.
        provider: String,
        /// What it answers.
        reason: String,
        /// How long it is waited for.
        elapsed: Duration,
    },
    /// Objects are being read.
    Refreshing {
        /// How many.
        count: usize,
    },
    /// A write begins.
    Started {
        /// The instance.
        address: InstanceAddress,
        /// What is done.
        action: Action,
    },
    /// A write waits for something.
    Waiting {
        /// The instance.
        address: InstanceAddress,
        /// For what.
        reason: String,
        /// How long it has been at work.
        elapsed: Duration,
    },
    /// A write ended well.
    Finished {
        /// The instance.
        address: InstanceAddress,
        /// What was done.
        action: Action,
        /// The identity of the object, where it has one.
        id: Option<String>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A write failed.
    Failed {
        /// The instance.
        address: InstanceAddress,
        /// What was tried.
        action: Action,
    },
    /// A command of `local-exec` begins.
    LocalStarted {
        /// The instance.
        address: InstanceAddress,
        /// The command, where it may be shown.
        command: Option<String>,
        /// Whether what it prints is withheld, as it may tell something sensitive.
        withheld: bool,
    },
    /// A command of `local-exec` printed a line.
    LocalPrinted {
        /// The instance.
        address: InstanceAddress,
        /// The line.
        line: String,
    },
    /// Commands of `local-exec` are left out.
    LocalLeftOut {
        /// The instance.
        address: InstanceAddress,
        /// How many.
        count: usize,
    },
    /// Something that an interrupted run left was put in order.
    Recovered {
        /// The instance.
        address: InstanceAddress,
        /// What was in flight, what was found, what was done.
        what: String,
    },
}
