//! The start of a run: what is in the store, and what a run that was cut short left beside it.

use std::sync::{Arc, Mutex};

use super::lineage::{is_own_lineage, new_lineage};
use super::{Base, OpenOptions, Rollback, Session, Shared, Writer};
use crate::document::{self, Document, Opened, Sealed};
use crate::error::StateError;
use crate::journal::{FORMAT, Frame, FrameKind, JournalHeader, Segment, decode_records, read_clear};
use crate::keys::Notice;
use crate::mark::Mark;
use crate::record::Record;
use crate::replay::replay;
use crate::seal::{Sealer, SealingHeader};
use crate::snapshot::Snapshot;
use crate::store::{Lease, SegmentId, StateStore, Stored};

impl Session {
    /// Takes the lock, reads the state, and replays the journal of a run that was cut short.
    ///
    /// # Errors
    /// When the lock is held, the keys do not fit, or the state is not what was last recorded. The lock is given back.
    pub async fn open(store: Arc<dyn StateStore>, options: OpenOptions) -> Result<Self, StateError> {
        let lease = match &options.lock {
            Some(info) => Some(store.lock(info).await?),
            None => None,
        };
        let loaded = load(store.as_ref(), &options).await;
        match (loaded, lease) {
            (Ok(loaded), lease) => Ok(Self::start(store, options, lease, loaded)),
            (Err(error), None) => Err(error),
            (Err(error), Some(lease)) => {
                // The first failure is the one to report.
                let _ = store.unlock(&lease).await;
                Err(error)
            }
        }
    }

    fn start(store: Arc<dyn StateStore>, options: OpenOptions, lease: Option<Lease>, loaded: Loaded) -> Self {
        let Loaded {
            base,
            epoch,
            recovered,
            sealer,
            segments,
        } = loaded;
        let mut notices = Vec::new();
        if let Some(holder) = lease.as_ref().and_then(|lease| lease.taken_over.clone()) {
            notices.push(Notice::LockTakenOver {
                who: holder.who,
                created: holder.created,
            });
        }
        let records = recovered.records.len();
        let state = replay(base.snapshot.clone(), base.pending.clone(), recovered.records);
        if records > 0 {
            notices.push(Notice::JournalReplayed {
                records,
                open: state.open.len(),
            });
        }
        if recovered.torn > 0 {
            notices.push(Notice::TornJournal {
                bytes: recovered.torn,
            });
        }
        let floor = lease.as_ref().map_or(0, |lease| lease.epoch);
        let header = JournalHeader {
            format: FORMAT,
            lineage: base.snapshot.lineage.clone(),
            serial: base.snapshot.serial,
            digest: base.digest.clone(),
            sealing: None,
        };
        Self {
            location: store.location(),
            epoch: (epoch + 1).max(floor),
            writer: futures::lock::Mutex::new(Writer {
                header,
                next: 0,
                key_written: false,
                unsent: None,
                segments,
                open: true,
                closing: false,
            }),
            shared: Mutex::new(Shared {
                state,
                sealer,
                queue: Vec::new(),
                appended: 0,
                durable: 0,
                next_number: 0,
                notices,
                rekeyed: false,
                serial_floor: 0,
                agreed: false,
                clear: false,
            }),
            store,
            options,
            lease,
            base,
            replayed: records > 0,
        }
    }
}

/// How often a reader without the lock tries to catch the state between two runs.
const ATTEMPTS: usize = 20;

struct Loaded {
    base: Base,
    /// The highest epoch that was used.
    epoch: u64,
    recovered: Recovered,
    sealer: Option<Arc<Sealer>>,
    segments: Vec<SegmentId>,
}

#[derive(Default)]
struct Recovered {
    records: Vec<Record>,
    torn: usize,
}

async fn load(store: &dyn StateStore, options: &OpenOptions) -> Result<Loaded, StateError> {
    let (stored, Journals { segments, journals }) = fetch(store, options.lock.is_some()).await?;
    let mut loader = Loader {
        location: store.location(),
        options,
        sealer: None,
        epoch: 0,
    };
    let mut base = loader.base(stored)?;
    let recovered = loader.journals(&mut base, &journals)?;
    if base.snapshot.lineage.is_empty() {
        base.snapshot.lineage = new_lineage(options.randomness.as_ref());
    }
    Ok(Loaded {
        base,
        epoch: loader.epoch,
        recovered,
        sealer: loader.sealer,
        segments,
    })
}

/// A piece of a journal as it was read.
struct Piece {
    /// The number of its first frame.
    sequence: u64,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Journals {
    segments: Vec<SegmentId>,
    /// All pieces that were written in each epoch, oldest first.
    journals: Vec<(u64, Vec<Piece>)>,
}

/// Reads the state and the journal that belongs to it.
async fn fetch(store: &dyn StateStore, locked: bool) -> Result<(Stored, Journals), StateError> {
    for _ in 0..ATTEMPTS {
        let stored = store.read().await?;
        let journals = fetch_journals(store).await;
        if locked {
            return Ok((stored, journals?));
        }
        // Without the lock, a writer may have put a new state in place of both between the two reads.
        if let (Ok(journals), true) = (journals, store.read().await?.version == stored.version) {
            return Ok((stored, journals));
        }
    }
    Err(StateError::Moved {
        location: store.location(),
    })
}

async fn fetch_journals(store: &dyn StateStore) -> Result<Journals, StateError> {
    let mut found = Journals {
        segments: store.segments().await?,
        journals: Vec::new(),
    };
    for segment in &found.segments {
        let bytes = store.read_segment(*segment).await?;
        let piece = Piece {
            sequence: segment.sequence,
            bytes,
        };
        match found.journals.last_mut() {
            Some((epoch, all)) if *epoch == segment.epoch => all.push(piece),
            Some(_) | None => found.journals.push((segment.epoch, vec![piece])),
        }
    }
    Ok(found)
}

struct Loader<'a> {
    location: String,
    options: &'a OpenOptions,
    sealer: Option<Arc<Sealer>>,
    epoch: u64,
}

impl Loader<'_> {
    fn base(&mut self, stored: Stored) -> Result<Base, StateError> {
        let bytes = stored.bytes.filter(|bytes| !bytes.is_empty());
        let document = match &bytes {
            Some(bytes) => Document::parse(bytes, &self.location)?,
            None => None,
        };
        let Some(document) = document else {
            let snapshot = Snapshot {
                terraform_version: self.options.terraform_version.clone(),
                ..Snapshot::default()
            };
            return Ok(Base {
                snapshot,
                bytes: None,
                version: stored.version,
                digest: String::new(),
                pending: Vec::new(),
                sealed_values: Sealed::new(),
                sealed: false,
                foreign: false,
            });
        };
        if let Some(header) = document.sealing()? {
            let sealer = self.open_key(&header, document.lineage()?)?;
            self.epoch = document.verify(&sealer)?.epoch;
            self.sealer = Some(sealer);
        }
        self.check_mark(&document)?;
        let digest = document.digest();
        let sealed = self.sealer.is_some();
        let Opened {
            snapshot,
            pending,
            sealed: sealed_values,
        } = document::open(document, self.sealer.as_deref())?;
        // A state without secrets has no head to keep the epoch in, but its open writes name theirs.
        self.epoch = pending
            .iter()
            .map(|open| open.id.epoch)
            .fold(self.epoch, u64::max);
        let foreign = !sealed && !snapshot.is_empty() && !is_own_lineage(&snapshot.lineage);
        Ok(Base {
            snapshot,
            bytes,
            version: stored.version,
            digest,
            pending,
            sealed_values,
            sealed,
            foreign,
        })
    }

    fn check_mark(&self, document: &Document) -> Result<(), StateError> {
        let (Some(marks), Rollback::Refuse) = (&self.options.marks, self.options.rollback) else {
            return Ok(());
        };
        let seen = Mark {
            location: self.location.clone(),
            lineage: document.lineage()?.to_owned(),
            serial: document.serial()?,
            digest: document.digest(),
        };
        marks.check(&seen)?;
        if self.sealer.is_some() {
            marks.set(&seen)
        } else {
            Ok(())
        }
    }

    fn open_key(&self, header: &SealingHeader, lineage: &str) -> Result<Arc<Sealer>, StateError> {
        if let Some(sealer) = &self.sealer
            && sealer.header() == header
            && sealer.lineage() == lineage
        {
            return Ok(Arc::clone(sealer));
        }
        let identities = self.options.keys.identities_for(header)?;
        let randomness = Arc::clone(&self.options.randomness);
        Ok(Arc::new(Sealer::open(header, lineage, &identities, randomness)?))
    }

    /// Reads what runs that were cut short recorded, oldest first. Nothing of it counts if the snapshot already holds it.
    fn journals(&mut self, base: &mut Base, journals: &[(u64, Vec<Piece>)]) -> Result<Recovered, StateError> {
        let mut recovered = Recovered::default();
        let (mut mismatch, mut beheaded) = (None, None);
        for (epoch, pieces) in journals {
            self.epoch = self.epoch.max(*epoch);
            let location = format!("{}, epoch {epoch}", self.location);
            if pieces.first().is_some_and(|piece| piece.sequence > 0) {
                // Its removal was cut short, and that begins once a later piece says that it is history.
                if self.is_history(*epoch, pieces, base)? {
                    (recovered, mismatch, beheaded) = (Recovered::default(), None, None);
                } else {
                    beheaded = Some(location);
                }
                continue;
            }
            let bytes: Vec<u8> = pieces.iter().flat_map(|piece| &piece.bytes).copied().collect();
            let segment = Segment::parse(&bytes, *epoch, &location)?;
            recovered.torn += segment.torn;
            let Some((first, frames)) = segment.frames.split_first() else {
                continue;
            };
            let header = self.header(first, base)?;
            let records = self.records(&header, frames)?;
            let history =
                |record: &Record| matches!(record, Record::Compact { digest, .. } if *digest == base.digest);
            if records.iter().any(history) {
                (recovered, mismatch, beheaded) = (Recovered::default(), None, None);
                continue;
            }
            if header.digest != base.digest {
                mismatch = Some(header.serial);
            }
            recovered.records.extend(records);
        }
        if let Some(location) = beheaded {
            return Err(StateError::JournalDamaged {
                location,
                offset: 0,
                problem: "its first pieces are missing".to_owned(),
            });
        }
        match mismatch {
            Some(serial) => Err(StateError::JournalBase {
                location: self.location.clone(),
                base: serial,
                found: base.snapshot.serial,
            }),
            None => Ok(recovered),
        }
    }

    /// Whether the last piece of a journal, read by itself, says that the snapshot holds all of it.
    fn is_history(&mut self, epoch: u64, pieces: &[Piece], base: &mut Base) -> Result<bool, StateError> {
        let Some(last) = pieces.iter().rev().find(|piece| !piece.bytes.is_empty()) else {
            return Ok(false);
        };
        let location = format!("{}, epoch {epoch}", self.location);
        let segment = Segment::parse_from(&last.bytes, (epoch, last.sequence), &location)?;
        let Some((first, frames)) = segment.frames.split_first() else {
            return Ok(false);
        };
        if first.kind != FrameKind::Header {
            return Ok(false);
        }
        let header = self.header(first, base)?;
        let records = self.records(&header, frames)?;
        Ok(records
            .iter()
            .any(|record| matches!(record, Record::Compact { digest, .. } if *digest == base.digest)))
    }

    fn header(&mut self, frame: &Frame, base: &mut Base) -> Result<JournalHeader, StateError> {
        if frame.kind != FrameKind::Header {
            return Err(StateError::malformed(
                &self.location,
                "its journal does not start with a header",
            ));
        }
        let header: JournalHeader = read_clear(frame, &self.location)?;
        if header.format != FORMAT {
            let problem = format!("its journal is from a newer version (format {})", header.format);
            return Err(StateError::malformed(&self.location, problem));
        }
        let snapshot = &mut base.snapshot;
        if snapshot.lineage.is_empty() {
            // The first run on this state was cut short before there was a snapshot.
            snapshot.lineage.clone_from(&header.lineage);
        }
        if snapshot.lineage != header.lineage {
            let problem = format!("the journal beside it belongs to the lineage {}", header.lineage);
            return Err(StateError::malformed(&self.location, problem));
        }
        Ok(header)
    }

    fn records(&mut self, header: &JournalHeader, frames: &[Frame]) -> Result<Vec<Record>, StateError> {
        let mut sealer = match &header.sealing {
            Some(sealing) => Some(self.open_key(sealing, &header.lineage)?),
            None => None,
        };
        let mut records = Vec::new();
        for frame in frames {
            match frame.kind {
                FrameKind::Key => {
                    let sealing: SealingHeader = read_clear(frame, &self.location)?;
                    sealer = Some(self.open_key(&sealing, &header.lineage)?);
                }
                // The last piece can be read by itself.
                FrameKind::Header => {}
                FrameKind::Clear | FrameKind::Sealed => {
                    records.extend(decode_records(frame, header, sealer.as_deref(), &self.location)?);
                }
            }
        }
        if self.sealer.is_none() {
            self.sealer = sealer;
        }
        Ok(records)
    }
}

/// Opens a copy of a state with its own key.
pub(super) fn open_copy(bytes: &[u8], location: &str, options: &OpenOptions) -> Result<Snapshot, StateError> {
    let Some(document) = Document::parse(bytes, location)? else {
        return Err(StateError::malformed(location, "it is empty"));
    };
    let sealer = match document.sealing()? {
        Some(header) => {
            let (identities, randomness) = (
                options.keys.identities_for(&header)?,
                Arc::clone(&options.randomness),
            );
            let sealer = Sealer::open(&header, document.lineage()?, &identities, randomness)?;
            document.verify(&sealer)?;
            Some(sealer)
        }
        None => None,
    };
    Ok(document::open(document, sealer.as_ref())?.snapshot)
}
