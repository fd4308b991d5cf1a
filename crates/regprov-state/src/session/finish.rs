//! The end of a run: a new snapshot, and only then no journal.

use serde_json::{Map, Value};

use super::{FirstSealing, Rollback, Session, Writer};
use crate::document::{Content, build, render};
use crate::error::StateError;
use crate::head::content_digest;
use crate::keys::Notice;
use crate::mark::Mark;
use crate::record::{OpenBegin, Record};
use crate::store::{HeadFacts, Lease, Write};

/// How a session finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The serial of the state.
    pub serial: u64,
    /// Whether it was written: it is not if nothing changed.
    pub written: bool,
}

impl Session {
    /// Writes the state if it changed, removes the journal, and gives the lock back.
    ///
    /// Guarantees: at every moment the state and the journal together hold everything recorded. Writes without a recorded
    /// outcome are kept in the state.
    ///
    /// # Errors
    /// When the store fails; the lock is given back all the same, and the journal stays for the next run.
    pub async fn finish(&self) -> Result<Finished, StateError> {
        let Some(lease) = &self.lease else {
            return Err(StateError::ReadOnly {
                location: self.location.clone(),
            });
        };
        let mut writer = self.writer.lock().await;
        let result = self.compact(&mut writer, lease).await;
        writer.open = false;
        let unlocked = self.store.unlock(lease).await;
        let finished = result?;
        unlocked?;
        Ok(finished)
    }

    /// Gives the lock back and writes nothing. What was recorded stays in the journal for the next run.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn abandon(&self) -> Result<(), StateError> {
        let Some(lease) = &self.lease else { return Ok(()) };
        let mut writer = self.writer.lock().await;
        writer.open = false;
        self.store.unlock(lease).await
    }

    async fn compact(&self, writer: &mut Writer, lease: &Lease) -> Result<Finished, StateError> {
        self.flush_all(writer).await?;
        let (snapshot, pending, rekeyed) = {
            let shared = self.shared();
            let pending: Vec<OpenBegin> = shared.state.open.values().cloned().collect();
            (shared.state.snapshot.clone(), pending, shared.rekeyed)
        };
        let restored = self.options.rollback == Rollback::Accept;
        let changed = !snapshot.same_content(&self.base.snapshot) || pending != self.base.pending || rekeyed;
        if !changed && !restored {
            // Of several pieces the first ones go first: what is left must say that it is history.
            if writer.segments.len() > 1 {
                let base = &self.base;
                self.close_journal(writer, base.snapshot.serial, base.digest.clone())
                    .await?;
            }
            self.remove_journal(writer, lease).await?;
            return Ok(Finished {
                serial: self.base.snapshot.serial,
                written: false,
            });
        }
        let clear = self.shared().clear;
        let secrets = !clear && (snapshot.holds_secrets() || pending.iter().any(holds_secrets));
        if secrets && self.shared().sealer.is_none() {
            if writer.segments.is_empty() {
                self.check_consent()?;
            }
            self.ensure_sealer(&mut self.shared())?;
        }
        let sealer = self.shared().sealer.clone().filter(|_| !clear);
        let content = Content {
            snapshot: &snapshot,
            serial: self.next_serial()?,
            epoch: self.epoch,
            pending: &pending,
            sealer: sealer.as_deref(),
            prior: &self.base.sealed_values,
        };
        let fields = build(&content)?;
        let facts = HeadFacts {
            lineage: snapshot.lineage.clone(),
            serial: content.serial,
            epoch: self.epoch,
            digest: content_digest(&fields),
        };
        self.write(writer, lease, &fields, &facts).await?;
        self.remove_journal(writer, lease).await?;
        Ok(Finished {
            serial: content.serial,
            written: true,
        })
    }

    async fn write(
        &self,
        writer: &mut Writer,
        lease: &Lease,
        fields: &Map<String, Value>,
        facts: &HeadFacts,
    ) -> Result<(), StateError> {
        let sealed = fields.contains_key(crate::head::FIELD);
        if !writer.segments.is_empty() {
            self.close_journal(writer, facts.serial, facts.digest.clone())
                .await?;
        }
        if sealed && !self.base.sealed {
            self.leave_backup(lease).await?;
        }
        let bytes = render(fields);
        let write = Write {
            bytes: &bytes,
            expected: &self.base.version,
            facts,
        };
        self.store.write(lease, write).await?;
        let Some(marks) = &self.options.marks else {
            return Ok(());
        };
        if !sealed {
            return marks.clear(&self.location, &facts.lineage);
        }
        marks.set(&Mark {
            location: self.location.clone(),
            lineage: facts.lineage.clone(),
            serial: facts.serial,
            digest: facts.digest.clone(),
        })
    }

    /// From here on a journal beside the snapshot of this digest is recognized as history.
    async fn close_journal(
        &self,
        writer: &mut Writer,
        serial: u64,
        digest: String,
    ) -> Result<(), StateError> {
        let _ = self.append(Record::Compact { serial, digest })?;
        // This piece can be read by itself: it is the last that is removed.
        writer.closing = true;
        self.flush_all(writer).await
    }

    /// Keeps the state that another tool wrote, or that held secrets in clear.
    async fn leave_backup(&self, lease: &Lease) -> Result<(), StateError> {
        let Some(bytes) = &self.base.bytes else {
            return Ok(());
        };
        if self.base.foreign || self.base.snapshot.holds_secrets() {
            let location = self.store.back_up(lease, bytes).await?;
            self.shared().notices.push(Notice::BackupLeft { location });
        }
        Ok(())
    }

    pub(super) fn next_serial(&self) -> Result<u64, StateError> {
        let base = &self.base.snapshot;
        let seen = match (&self.options.marks, self.options.rollback) {
            (Some(marks), Rollback::Accept) => marks
                .get(&self.location, &base.lineage)?
                .map_or(0, |mark| mark.serial),
            (Some(_) | None, Rollback::Refuse) | (None, Rollback::Accept) => 0,
        };
        Ok((base.serial.max(seen) + 1).max(self.shared().serial_floor))
    }

    /// Removes the journal, oldest pieces first: the newest one says that the snapshot replaces them all.
    async fn remove_journal(&self, writer: &mut Writer, lease: &Lease) -> Result<(), StateError> {
        writer.segments.sort();
        for segment in std::mem::take(&mut writer.segments) {
            self.store.delete_segment(lease, segment).await?;
        }
        Ok(())
    }

    /// Says whether a run that may make secrets needs consent first: the state is foreign, and would be sealed.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        self.base.foreign && self.options.first_sealing == FirstSealing::Ask && !self.shared().agreed
    }
}

fn holds_secrets(open: &OpenBegin) -> bool {
    Record::Begin {
        id: open.id,
        begin: open.begin.clone(),
    }
    .holds_secrets()
        || open.steps.iter().any(|step| {
            let record = Record::Step {
                id: open.id,
                object: step.object.clone(),
                data: step.data.clone(),
            };
            record.holds_secrets()
        })
}
