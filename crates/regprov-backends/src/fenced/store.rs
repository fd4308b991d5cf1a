//! The contract of a state store, on top of the lease.

use std::time::Duration;

use async_trait::async_trait;
use regprov_state::{Lease, LockInfo, SegmentId, StateError, StateStore, Stored, Version, Write};
use serde_json::Value;

use super::head::{Head, StateFacts};
use super::{Fenced, Shared};
use crate::objects::{Condition, Found, Written, put_surely};

/// What stands under a name that is taken only so that nobody else writes it. Not nothing: some stores want to be told a length.
pub(super) const BARRIER: &[u8] = b"fenced\n";

/// How long the name stays taken that a writer who was fenced out would write next.
const BARRIER_STAYS: Duration = Duration::from_secs(7 * 24 * 3600);

/// The version of a state that does not exist.
const ABSENT: &str = "";

impl Shared {
    pub(super) fn segment_name(&self, segment: SegmentId) -> String {
        // Filled up with zeros, so that names are in the order of what they name.
        format!(
            "{}{:010}-{:010}",
            self.layout.journal(),
            segment.epoch,
            segment.sequence
        )
    }

    pub(super) async fn journal(&self) -> Result<Vec<SegmentId>, StateError> {
        let prefix = self.layout.journal();
        let names = self
            .objects
            .list(&prefix)
            .await
            .map_err(self.failed("list the journal of"))?;
        let mut segments: Vec<SegmentId> = names
            .iter()
            .filter_map(|name| {
                let (epoch, sequence) = name.strip_prefix(&prefix)?.split_once('-')?;
                Some(SegmentId {
                    epoch: epoch.parse().ok()?,
                    sequence: sequence.parse().ok()?,
                })
            })
            .collect();
        segments.sort();
        Ok(segments)
    }

    /// Reads a piece of the journal. It may be gone since it was listed: its writer has just ended, and the state says the
    /// same.
    pub(super) async fn piece(&self, segment: SegmentId) -> Result<Option<Found>, StateError> {
        let name = self.segment_name(segment);
        self.objects
            .get(&name)
            .await
            .map_err(self.failed("read the journal of"))
    }

    /// Removes a barrier that nobody can be waiting behind any more.
    async fn remove_old_barrier(&self, segment: SegmentId, barrier: &Found) {
        if barrier.age.is_some_and(|age| age > BARRIER_STAYS) && self.holding.lock().await.is_some() {
            // It is in nobody's way if it stays.
            let _ = self.objects.delete(&self.segment_name(segment)).await;
        }
    }
}

#[async_trait]
impl StateStore for Fenced {
    fn location(&self) -> String {
        self.shared.location()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        {
            let mut holding = self.shared.holding.lock().await;
            if holding.as_ref().is_some_and(|holding| !holding.lost) {
                return Err(StateError::Locked {
                    location: self.location(),
                    holder: Some(Box::new(info.clone())),
                });
            }
            *holding = None;
        }
        self.shared.acquire(info).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        let shared = &self.shared;
        let mut guard = shared.holding.lock().await;
        let Some(holding) = guard.as_mut().filter(|holding| holding.id == lease.id) else {
            return Err(shared.not_held());
        };
        let terraform = shared.terraform.release(&lease.id).await;
        let mut head = holding.head.released();
        head.state = holding.written.clone().or(head.state);
        let released = shared.swap(holding, head).await;
        *guard = None;
        released?;
        terraform.map_err(shared.failed("release Terraform's lock on"))
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        let shared = &self.shared;
        let name = shared.layout.head();
        let found = shared
            .objects
            .get(&name)
            .await
            .map_err(shared.failed("read the lock of"))?;
        let mut broken = false;
        if let Some(found) = found {
            let head = Head::parse(&found.bytes, &shared.location())?;
            if head.holder.as_ref().is_some_and(|holder| holder.id == id) {
                let bytes = head.without_holder().print();
                let condition = Condition::Is(&found.version);
                let outcome = put_surely(shared.objects.as_ref(), &name, &bytes, condition);
                if let Written::Refused = outcome.await.map_err(shared.failed("break the lock of"))? {
                    return Err(StateError::Unbreakable {
                        location: shared.location(),
                        reason: "Its holder is alive: it has just renewed the lock, or given it back. Run the command \
                                 again if it is to be broken all the same."
                            .into(),
                    });
                }
                broken = true;
            }
        }
        broken |= shared
            .terraform
            .break_lock(id)
            .await
            .map_err(shared.failed("break Terraform's lock on"))?;
        if broken {
            return Ok(());
        }
        Err(StateError::Unbreakable {
            location: shared.location(),
            reason: format!("There is no lock with the ID {id} on it."),
        })
    }

    async fn read(&self) -> Result<Stored, StateError> {
        let shared = &self.shared;
        let found = shared
            .objects
            .get(&shared.layout.state)
            .await
            .map_err(shared.failed("read the state"))?;
        Ok(match found {
            Some(found) => Stored {
                bytes: (!is_placeholder(&found.bytes)).then_some(found.bytes),
                version: found.version,
            },
            None => Stored {
                bytes: None,
                version: Version::new(ABSENT),
            },
        })
    }

    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        let shared = &self.shared;
        drop(shared.held(lease).await?);
        let condition = if write.expected.as_str() == ABSENT {
            Condition::Absent
        } else {
            Condition::Is(write.expected)
        };
        let outcome = put_surely(
            shared.objects.as_ref(),
            &shared.layout.state,
            write.bytes,
            condition,
        );
        match outcome.await.map_err(shared.failed("write the state"))? {
            Written::Done(version) => {
                if let Some(holding) = shared.holding.lock().await.as_mut() {
                    holding.written = Some(StateFacts::from(write.facts));
                }
                Ok(version)
            }
            Written::Refused => Err(StateError::Moved {
                location: self.location(),
            }),
        }
    }

    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError> {
        let shared = &self.shared;
        drop(shared.held(lease).await?);
        let mut number = 1;
        loop {
            let name = shared.layout.backup(number);
            let outcome = put_surely(shared.objects.as_ref(), &name, bytes, Condition::Absent);
            if let Written::Done(_) = outcome.await.map_err(shared.failed("back up the state"))? {
                return Ok(shared.objects.place(&name));
            }
            number += 1;
        }
    }

    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        let shared = &self.shared;
        let mut holding = shared.held(lease).await?;
        if holding.head.epoch < segment.epoch {
            // So that whoever takes over knows which names to take.
            let mut head = holding.head.next();
            head.epoch = segment.epoch;
            shared.swap(&mut holding, head).await?;
        }
        drop(holding);
        let name = shared.segment_name(segment);
        let outcome = put_surely(shared.objects.as_ref(), &name, bytes, Condition::Absent);
        match outcome.await.map_err(shared.failed("append to the journal of"))? {
            Written::Done(_) => Ok(()),
            Written::Refused => Err(StateError::SegmentExists {
                location: self.location(),
                segment: segment.to_string(),
            }),
        }
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        let shared = &self.shared;
        let mut segments = Vec::new();
        for segment in shared.journal().await? {
            match shared.piece(segment).await? {
                // It says nothing, and has to stay: whoever was fenced out may still be about to write it.
                Some(barrier) if barrier.bytes == BARRIER => {
                    shared.remove_old_barrier(segment, &barrier).await
                }
                Some(found) => {
                    let mut read = shared.read_ahead.lock().expect("no holder panics");
                    read.insert(segment, found.bytes);
                    segments.push(segment);
                }
                None => {}
            }
        }
        Ok(segments)
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        let shared = &self.shared;
        // It was read when it was listed, and never changes.
        let read = shared
            .read_ahead
            .lock()
            .expect("no holder panics")
            .remove(&segment);
        match read {
            Some(bytes) => Ok(bytes),
            None => Ok(shared
                .piece(segment)
                .await?
                .map(|found| found.bytes)
                .unwrap_or_default()),
        }
    }

    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        let shared = &self.shared;
        drop(shared.held(lease).await?);
        let name = shared.segment_name(segment);
        shared
            .objects
            .delete(&name)
            .await
            .map_err(shared.failed("remove the journal of"))
    }
}

/// Says whether this is a state that only stands where there was none.
fn is_placeholder(bytes: &[u8]) -> bool {
    if bytes.trim_ascii().is_empty() {
        return true;
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(bytes) else {
        return false;
    };
    fields.get("serial") == Some(&Value::from(0))
        && fields.get("lineage").is_none_or(|lineage| lineage == "")
        && fields
            .get("resources")
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty)
}
