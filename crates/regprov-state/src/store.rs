//! Where states live, and what every such place promises.
//!
//! The contract is that of the weakest store that can still fence: conditional writes and create-only names. A local file
//! gets both from its lock; an object store from its conditional requests. A store that has neither must not implement it.

mod local;

use std::fmt;
use std::path::Path;

use async_trait::async_trait;

use crate::error::StateError;
use crate::lock::LockInfo;

pub use local::LocalStore;

/// A held lock. Every write names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Names the lock.
    pub id: String,
    /// The fencing epoch that the store itself gave, above all earlier ones; zero where it keeps none. A session never
    /// uses a lower one than this.
    pub epoch: u64,
    /// The holder that was found gone.
    pub taken_over: Option<LockInfo>,
}

/// What a write is conditional on: which bytes were read.
#[derive(Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Wraps the store's own word for it: an entity tag, a generation, a digest.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the store's own word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Version({})", self.0)
    }
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The state file; `None` where there is none.
    pub bytes: Option<Vec<u8>>,
    /// What a write after this read is conditional on.
    pub version: Version,
}

/// A conditional write of the state.
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    /// The new state file.
    pub bytes: &'a [u8],
    /// What must still be there.
    pub expected: &'a Version,
    /// The facts that a store with a head object of its own keeps in it.
    pub facts: &'a HeadFacts,
}

/// What a head object says of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadFacts {
    /// The family of the state.
    pub lineage: String,
    /// Its serial.
    pub serial: u64,
    /// The epoch of the writer.
    pub epoch: u64,
    /// The digest of its content.
    pub digest: String,
}

/// Names a piece of the journal. Names are created once and never written again, so a writer that was superseded fails by
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId {
    /// The epoch of the writer.
    pub epoch: u64,
    /// The number of its first frame.
    pub sequence: u64,
}

impl fmt::Display for SegmentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.epoch, self.sequence)
    }
}

/// A place for one state: its file, its journal, its lock.
///
/// Guarantees of every implementation: a write that returns is durable; [`StateStore::write`] changes nothing unless the
/// expected version is still there; [`StateStore::append`] fails if the name exists. Taking a lock over makes both fail for
/// the holder that was superseded: its next segment name is created, empty, and stays beyond the end of the run, and the
/// version of the state is changed, if only by writing the same content again.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// Names the place in messages, and tells it apart from all others.
    fn location(&self) -> String;

    /// The file that the state is in, where that is what the place is.
    fn file(&self) -> Option<&Path> {
        None
    }

    /// Takes the lock, or fails at once with [`StateError::Locked`]; waiting is the caller's loop.
    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError>;

    /// Gives the lock back.
    async fn unlock(&self, lease: &Lease) -> Result<(), StateError>;

    /// Breaks the lock with this ID, whose holder is gone.
    async fn force_unlock(&self, id: &str) -> Result<(), StateError>;

    /// Reads the state.
    async fn read(&self) -> Result<Stored, StateError>;

    /// Replaces the state if it is still the expected one.
    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError>;

    /// Keeps bytes beside the state under a new name, and returns the name.
    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError>;

    /// Appends a new piece to the journal.
    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError>;

    /// Lists the pieces of the journal, in order.
    async fn segments(&self) -> Result<Vec<SegmentId>, StateError>;

    /// Reads a piece of the journal.
    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError>;

    /// Removes a piece of the journal; absence is success.
    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError>;
}
