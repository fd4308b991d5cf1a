//! State snapshots, journal, sealing, locks and stores.
//!
//! A *snapshot* is what was last recorded, in the layout of Terraform state v4; the *journal* is a write-ahead log
//! beside it; *sealing* keeps every secret in both of them unreadable at rest; a *store* holds the bytes and promises
//! one effective writer. [`Session`] ties the four together for one run.
//!
//! This crate knows nothing of configuration, plans or clouds. It reads no environment variable, no clock and no global
//! randomness of its own: these enter by argument ([`Randomness`], [`KeySource`], the fields of [`LockInfo`]).

mod document;
mod error;
mod file;
mod head;
mod identity;
mod journal;
mod keys;
mod lock;
mod mark;
mod paths;
mod record;
mod replay;
mod seal;
mod sealed_plan;
mod session;
mod snapshot;
mod store;

pub use document::{LOCKED_VERSION, PLAIN_VERSION};
pub use error::{ErrorKind, StateError};
pub use head::Head;
pub use identity::{Identity, IdentityFile, Recipient};
pub use journal::{Frame, FrameKind, JournalHeader, Segment};
pub use keys::{
    FileKeys, FileKeysSettings, GiveText, KeySource, Notice, Passphrase, RECIPIENTS_FILE, Randomness,
};
pub use lock::LockInfo;
pub use mark::HighWaterMarks;
pub use record::{Action, Begin, BeginId, Edit, OpenBegin, Outcome, Progress, Record};
pub use replay::{Replayed, replay};
pub use seal::{SealError, Sealer, SealingHeader};
pub use sealed_plan::SealedPlan;
pub use session::{Finished, FirstSealing, OpenOptions, Push, Rollback, Session, Ticket};
pub use snapshot::{InstanceState, ObjectKey, OutputState, Snapshot, Status, deposed_key};
pub use store::{HeadFacts, Lease, LocalStore, SegmentId, StateStore, Stored, Version, Write};
