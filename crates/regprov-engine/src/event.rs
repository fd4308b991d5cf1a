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
    /// Something that an interrupted run left was put in order.
    Recovered {
        /// The instance.
        address: InstanceAddress,
        /// What was in flight, what was found, what was done.
        what: String,
    },
}
