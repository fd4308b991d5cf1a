//! One run on one state: lock, read, replay, record, compact, unlock.

mod begin;
mod commit;
mod exchange;
mod finish;
mod lineage;
mod open;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::document::Sealed;
use crate::error::StateError;
use crate::journal::JournalHeader;
use crate::keys::{KeySource, Notice, Randomness};
use crate::lock::LockInfo;
use crate::mark::HighWaterMarks;
use crate::record::{BeginId, OpenBegin, Record};
use crate::replay::Replayed;
use crate::seal::Sealer;
use crate::snapshot::Snapshot;
use crate::store::{Lease, SegmentId, StateStore, Version};

pub use exchange::Push;
pub use finish::Finished;

/// What to do with a state that is older than one already seen here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rollback {
    /// Refuse it.
    #[default]
    Refuse,
    /// Take it: someone put a backup back on purpose. Its serial rises above all that were seen.
    Accept,
}

/// Whether a state that another tool wrote may be sealed, after which that tool cannot read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstSealing {
    /// Not yet: the person is to be asked.
    #[default]
    Ask,
    /// Yes.
    Agreed,
}

/// How a session is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// The note for the lock; `None` opens for reading only, without the lock.
    pub lock: Option<LockInfo>,
    /// The keys of the person or machine.
    pub keys: Arc<dyn KeySource>,
    /// Where unpredictable bytes come from.
    pub randomness: Arc<dyn Randomness>,
    /// The version of Terraform whose format a new state claims.
    pub terraform_version: String,
    /// Where high-water marks are kept, if they are.
    pub marks: Option<HighWaterMarks>,
    /// What to do with an older state.
    pub rollback: Rollback,
    /// Whether a foreign state may be sealed.
    pub first_sealing: FirstSealing,
}

/// One run on one state.
///
/// Records are applied to the snapshot in memory at once and are durable when [`Session::commit`] returns; concurrent
/// commits share one write. Dropped without [`Session::finish`], it leaves the journal for the next run to replay.
pub struct Session {
    store: Arc<dyn StateStore>,
    options: OpenOptions,
    location: String,
    lease: Option<Lease>,
    /// Of this run; above those of all runs before.
    epoch: u64,
    base: Base,
    replayed: bool,
    shared: Mutex<Shared>,
    writer: futures::lock::Mutex<Writer>,
}

/// What was found in the store.
struct Base {
    snapshot: Snapshot,
    bytes: Option<Vec<u8>>,
    version: Version,
    digest: String,
    pending: Vec<OpenBegin>,
    /// The sealed form of each value that was sealed there.
    sealed_values: Sealed,
    sealed: bool,
    /// The state was born elsewhere and is not sealed.
    foreign: bool,
}

struct Shared {
    state: Replayed,
    sealer: Option<Arc<Sealer>>,
    /// Records that are not durable yet.
    queue: Vec<Record>,
    /// How many records were ever appended, and how many of them are durable.
    appended: u64,
    durable: u64,
    next_number: u64,
    notices: Vec<Notice>,
    rekeyed: bool,
    /// The least serial that the next snapshot may have.
    serial_floor: u64,
    /// The person agreed to the first sealing.
    agreed: bool,
    /// The next snapshot holds its secrets in clear.
    clear: bool,
}

struct Writer {
    header: JournalHeader,
    /// The sequence of the next frame.
    next: u64,
    /// Whether the journal names the key.
    key_written: bool,
    /// A piece whose write was cut short, or failed; it may have arrived. It goes first, and unchanged.
    unsent: Option<Piece>,
    /// What is in the journal, this run's pieces and those of runs that were cut short.
    segments: Vec<SegmentId>,
    open: bool,
    /// Whether what is written next is the last piece.
    closing: bool,
}

/// Encoded records on their way into the journal.
struct Piece {
    segment: SegmentId,
    bytes: Vec<u8>,
    /// What the writer knows once it is durable.
    next: u64,
    header: JournalHeader,
    key_written: bool,
    /// How many records are durable then.
    upto: u64,
}

/// A record's place in the queue; it is durable once a commit has passed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use = "a record is durable only after a commit"]
pub struct Ticket(u64);

impl Session {
    /// Returns the place of the state, for messages.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Returns the file that the state is in, where it is in one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.store.file()
    }

    /// Looks at the state as it is now.
    pub fn read<T>(&self, look: impl FnOnce(&Snapshot) -> T) -> T {
        look(&self.shared().state.snapshot)
    }

    /// Returns a copy of the state as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.read(Snapshot::clone)
    }

    /// Returns the lineage and serial of the snapshot that was read, which a plan is made on.
    #[must_use]
    pub fn base(&self) -> (&str, u64) {
        (&self.base.snapshot.lineage, self.base.snapshot.serial)
    }

    /// Says whether a run that was cut short left records beside the snapshot that was read: the state then is no longer
    /// the one that a plan of that serial was made from.
    #[must_use]
    pub fn was_replayed(&self) -> bool {
        self.replayed || !self.base.pending.is_empty()
    }

    /// Returns the writes without a recorded outcome, oldest first.
    #[must_use]
    pub fn open_begins(&self) -> Vec<OpenBegin> {
        self.shared().state.open.values().cloned().collect()
    }

    /// Returns, once, what the person should be told.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = std::mem::take(&mut self.shared().notices);
        notices.extend(self.options.keys.notices());
        notices
    }

    /// Changes the state in memory without a record: refreshed attributes, check results. It is written by
    /// [`Session::finish`], and lost if the run is cut short.
    pub fn update<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        change(&mut self.shared().state.snapshot)
    }

    /// Returns the sealer of this state, making its key on first need.
    ///
    /// # Errors
    /// When there are no keys, or a foreign state must not be sealed yet.
    pub fn sealer(&self) -> Result<Arc<Sealer>, StateError> {
        self.check_consent()?;
        self.ensure_sealer(&mut self.shared())
    }

    /// Returns a sealer for what is kept apart from the state: a plan file, for one. It is the state's where that has one,
    /// else one with a key of its own. Whoever uses it keeps its header beside what it seals.
    ///
    /// # Errors
    /// When there are no keys.
    pub fn blob_sealer(&self) -> Result<Arc<Sealer>, StateError> {
        let shared = self.shared();
        match &shared.sealer {
            Some(sealer) => Ok(Arc::clone(sealer)),
            None => self.new_sealer(&shared.state.snapshot.lineage),
        }
    }

    /// Gives the state a new data key for the present recipients; everything is sealed anew when the session finishes.
    /// Copies of the state that were made before still open with the old key.
    ///
    /// # Errors
    /// When there are no keys.
    pub fn replace_key(&self) -> Result<(), StateError> {
        let mut shared = self.shared();
        let queued_or_written = shared.appended > 0;
        if queued_or_written {
            return Err(StateError::malformed(
                &self.location,
                "its key cannot be replaced in a run that has recorded something",
            ));
        }
        shared.sealer = None;
        shared.rekeyed = true;
        self.ensure_sealer(&mut shared).map(drop)
    }

    /// Queues a record and applies it in memory. It is durable when [`Session::commit`] has returned for its ticket.
    ///
    /// # Errors
    /// When the session is for reading only, or the record holds a secret and there is no key to seal it with.
    pub fn append(&self, record: Record) -> Result<Ticket, StateError> {
        if self.lease.is_none() {
            return Err(StateError::ReadOnly {
                location: self.location.clone(),
            });
        }
        let mut shared = self.shared();
        if record.holds_secrets() {
            self.ensure_sealer(&mut shared)?;
        }
        shared.state.apply(record.clone());
        shared.queue.push(record);
        shared.appended += 1;
        Ok(Ticket(shared.appended))
    }

    fn ensure_sealer(&self, shared: &mut Shared) -> Result<Arc<Sealer>, StateError> {
        if let Some(sealer) = &shared.sealer {
            return Ok(Arc::clone(sealer));
        }
        let sealer = self.new_sealer(&shared.state.snapshot.lineage)?;
        shared.sealer = Some(Arc::clone(&sealer));
        Ok(sealer)
    }

    fn new_sealer(&self, lineage: &str) -> Result<Arc<Sealer>, StateError> {
        let keys = &self.options.keys;
        let recipients = keys.recipients()?;
        let sealer = Sealer::create(lineage, &recipients, Arc::clone(&self.options.randomness))?;
        // What we could not open again would be as good as lost.
        sealer.check_openable(&keys.identities()?)?;
        Ok(Arc::new(sealer))
    }

    /// Fails if this is a foreign state that may not be sealed yet.
    fn check_consent(&self) -> Result<(), StateError> {
        match self.needs_consent() {
            true => Err(StateError::ConsentNeeded {
                location: self.location.clone(),
            }),
            false => Ok(()),
        }
    }

    fn check_consent_for_present_secrets(&self) -> Result<(), StateError> {
        match self.base.snapshot.holds_secrets() {
            true => self.check_consent(),
            false => Ok(()),
        }
    }

    /// Tells of secrets in a state that is in clear: another tool may have written it, or written to it, which does not say of
    /// all of them that they are. Nothing else of it may be changed.
    pub fn declare_secrets(&mut self, declare: impl Fn(&mut Snapshot)) {
        if !self.base.sealed && !self.base.snapshot.is_empty() {
            declare(&mut self.base.snapshot);
            declare(&mut self.shared().state.snapshot);
        }
    }

    /// Records that the person agrees to the first sealing of a foreign state.
    pub fn agree(&self) {
        self.shared().agreed = true;
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no holder panics")
    }

    fn new_begin_id(&self) -> BeginId {
        let mut shared = self.shared();
        shared.next_number += 1;
        BeginId {
            epoch: self.epoch,
            number: shared.next_number,
        }
    }
}
