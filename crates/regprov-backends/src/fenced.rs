//! One effective writer over any store with conditional writes.
//!
//! The lock is a lease in the *head* object, which its holder renews. Whoever finds it lapsed takes it over with a higher
//! epoch, and then makes the next writes of the last holder impossible: the next name in its journal is taken, and
//! the state is written again with other white space at its end, so that its version is a new one even where the version is
//! a digest of the bytes. The name stays taken for a week, however the run ends. A holder that was paused past its lease thus fails by itself, whatever the clocks say.
//!
//! How long a lease has not been renewed is told by the store's own clock, or by watching it; clocks of two machines are
//! never compared.

mod head;
mod holding;
mod store;
mod takeover;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use regprov_http::Clock;
use regprov_state::{SegmentId, StateError, Version};

use crate::objects::Objects;
use crate::terraform_lock::TerraformLock;
use holding::Holding;

pub(crate) use takeover::PLACEHOLDER;

/// How long a lease lives.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// A lease that was not renewed for so long has lapsed.
    pub lease: Duration,
    /// How often its holder renews it.
    pub renewal: Duration,
    /// How much of it must be left before a write to a cloud is announced.
    pub margin: Duration,
}

impl Terms {
    /// The terms of a lease of this length.
    #[must_use]
    pub fn of(lease: Duration) -> Self {
        Self {
            lease,
            renewal: lease / 4,
            margin: lease / 3,
        }
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self::of(Duration::from_secs(60))
    }
}

/// The names of one state's objects.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The state, where Terraform has it.
    pub(crate) state: String,
    /// What all our own names begin with.
    pub(crate) own: String,
}

impl Layout {
    /// Our own objects stand in a folder beside the state.
    pub(crate) fn beside(state: String) -> Self {
        Self {
            own: format!("{state}.regprov/"),
            state,
        }
    }

    fn head(&self) -> String {
        format!("{}head", self.own)
    }

    fn journal(&self) -> String {
        format!("{}journal-", self.own)
    }

    fn backup(&self, number: u32) -> String {
        format!("{}backup-{number}", self.own)
    }

    pub(crate) fn probe(&self, id: &str) -> String {
        format!("{}probe-{id}", self.own)
    }
}

/// A state in a store with conditional writes.
pub(crate) struct Fenced {
    shared: Arc<Shared>,
}

/// What the store shares with the task that renews its lease.
struct Shared {
    objects: Arc<dyn Objects>,
    terraform: Arc<dyn TerraformLock>,
    layout: Layout,
    terms: Terms,
    clock: Arc<dyn Clock>,
    holding: tokio::sync::Mutex<Option<Holding>>,
    /// Pieces of the journal that were read when they were listed.
    read_ahead: std::sync::Mutex<BTreeMap<SegmentId, Vec<u8>>>,
    /// The head of another holder as it was first seen, to tell whether it is renewed.
    watched: std::sync::Mutex<Option<(Version, Moment)>>,
}

impl Fenced {
    pub(crate) fn new(
        objects: Arc<dyn Objects>,
        terraform: Arc<dyn TerraformLock>,
        layout: Layout,
        (terms, clock): (Terms, Arc<dyn Clock>),
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                objects,
                terraform,
                layout,
                terms,
                clock,
                holding: tokio::sync::Mutex::new(None),
                read_ahead: std::sync::Mutex::default(),
                watched: std::sync::Mutex::new(None),
            }),
        }
    }
}

impl Shared {
    fn location(&self) -> String {
        self.objects.place(&self.layout.state)
    }

    fn not_held(&self) -> StateError {
        StateError::NotHeld {
            location: self.location(),
        }
    }

    fn failed(&self, operation: &str) -> impl FnOnce(crate::objects::ObjectError) -> StateError {
        let (operation, location) = (operation.to_owned(), self.location());
        move |error| error.during(&operation, location)
    }

    fn present(&self) -> Moment {
        Moment {
            wall: self.clock.now(),
            steady: Instant::now(),
        }
    }

    /// How long it is since a moment, by the clock that says more: one of them stands still while the machine sleeps, the
    /// other may be set back.
    fn since(&self, moment: &Moment) -> Duration {
        let wall = Duration::try_from(self.clock.now().duration_since(moment.wall)).unwrap_or_default();
        wall.max(moment.steady.elapsed())
    }
}

/// A point in time on both clocks.
#[derive(Clone, Copy)]
struct Moment {
    wall: Timestamp,
    steady: Instant,
}
