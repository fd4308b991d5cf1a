//! A place for one state in memory, with exactly the promises of [`StateStore`], and a history of what was done to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use regprov_state::{Lease, LockInfo, Segment, SegmentId, StateError, StateStore, Stored, Version, Write};
use serde_json::Value;

/// What one write did, as the promises look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The lock was taken, with this epoch.
    Locked(u64),
    /// A piece of the journal came in under this epoch.
    Appended(u64),
    /// The state was replaced under this epoch: its lineage and serial.
    Wrote(u64, String, u64),
}

/// How a store behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// What was acknowledged stays.
    Synced,
    /// A piece of the journal is acknowledged before it is on the disk; a crash loses it.
    Lazy,
}

#[derive(Clone, Default)]
struct Content {
    state: Option<Vec<u8>>,
    generation: u64,
    epoch: u64,
    holder: Option<LockInfo>,
    /// The holder is gone, and whoever comes next takes over.
    orphaned: bool,
    segments: BTreeMap<SegmentId, Vec<u8>>,
    /// Acknowledged, and not on the disk.
    volatile: BTreeMap<SegmentId, Vec<u8>>,
    history: Vec<Deed>,
}

/// The place; clones are the same one.
#[derive(Clone)]
pub(crate) struct Bucket {
    content: Arc<Mutex<Content>>,
    durability: Durability,
}

impl Bucket {
    pub(crate) fn new(durability: Durability) -> Self {
        Self {
            content: Arc::default(),
            durability,
        }
    }

    /// Another place with the same content.
    pub(crate) fn fork(&self, durability: Durability) -> Self {
        let content = self.content().clone();
        Self {
            content: Arc::new(Mutex::new(content)),
            durability,
        }
    }

    /// The process that uses it is gone: what it had not synced is lost, and nobody holds its lock.
    pub(crate) fn crash(&self) {
        let mut content = self.content();
        content.volatile.clear();
        content.orphaned = content.holder.is_some();
    }

    /// Writes the first half of a piece, as a machine that loses its power does.
    pub(crate) fn tear(&self, segment: SegmentId, bytes: &[u8]) {
        self.content()
            .segments
            .insert(segment, bytes[..bytes.len() / 2].to_vec());
    }

    pub(crate) fn history(&self) -> Vec<Deed> {
        self.content().history.clone()
    }

    /// How many pieces of the journal are there.
    pub(crate) fn pieces(&self) -> usize {
        self.content().segments.len()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moved(&self) -> StateError {
        StateError::Moved {
            location: self.location(),
        }
    }

    fn exists(&self, segment: SegmentId) -> StateError {
        StateError::SegmentExists {
            location: self.location(),
            segment: segment.to_string(),
        }
    }
}

impl Content {
    /// Makes the writes of a holder that is gone fail by themselves, if it should come back.
    fn fence(&mut self) {
        let epoch = self.epoch;
        let last = self
            .segments
            .range(SegmentId { epoch, sequence: 0 }..)
            .next_back();
        let sequence = last.map_or(0, |(segment, bytes)| {
            let frames = Segment::parse(bytes, epoch, "the journal").map_or(0, |parsed| parsed.frames.len());
            segment.sequence + (frames as u64).max(1)
        });
        self.segments.insert(SegmentId { epoch, sequence }, Vec::new());
        self.generation += 1;
    }
}

#[async_trait]
impl StateStore for Bucket {
    fn location(&self) -> String {
        "the bucket".to_owned()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        let mut content = self.content();
        if let (Some(holder), false) = (&content.holder, content.orphaned) {
            return Err(StateError::Locked {
                location: self.location(),
                holder: Some(Box::new(holder.clone())),
            });
        }
        let taken_over = content.holder.replace(info.clone());
        if taken_over.is_some() {
            content.fence();
        }
        content.orphaned = false;
        content.epoch += 1;
        let epoch = content.epoch;
        content.history.push(Deed::Locked(epoch));
        Ok(Lease {
            id: info.id.clone(),
            epoch,
            taken_over,
        })
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        let mut content = self.content();
        if content.epoch != lease.epoch {
            return Err(StateError::NotHeld {
                location: self.location(),
            });
        }
        content.holder = None;
        Ok(())
    }

    async fn force_unlock(&self, _id: &str) -> Result<(), StateError> {
        self.content().holder = None;
        Ok(())
    }

    async fn read(&self) -> Result<Stored, StateError> {
        let content = self.content();
        Ok(Stored {
            bytes: content.state.clone(),
            version: Version::new(content.generation.to_string()),
        })
    }

    async fn write(&self, _lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        let mut content = self.content();
        if write.expected.as_str() != content.generation.to_string() {
            return Err(self.moved());
        }
        let parsed: Value = serde_json::from_slice(write.bytes).unwrap_or(Value::Null);
        let lineage = parsed["lineage"].as_str().unwrap_or_default().to_owned();
        let serial = parsed["serial"].as_u64().unwrap_or_default();
        content
            .history
            .push(Deed::Wrote(write.facts.epoch, lineage, serial));
        content.state = Some(write.bytes.to_vec());
        content.generation += 1;
        Ok(Version::new(content.generation.to_string()))
    }

    async fn back_up(&self, _lease: &Lease, _bytes: &[u8]) -> Result<String, StateError> {
        Ok("the bucket's backup".to_owned())
    }

    async fn append(&self, _lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        let mut content = self.content();
        if content.segments.contains_key(&segment) || content.volatile.contains_key(&segment) {
            return Err(self.exists(segment));
        }
        content.history.push(Deed::Appended(segment.epoch));
        match self.durability {
            Durability::Synced => content.segments.insert(segment, bytes.to_vec()),
            Durability::Lazy => content.volatile.insert(segment, bytes.to_vec()),
        };
        Ok(())
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        let content = self.content();
        let mut all: Vec<SegmentId> = content
            .segments
            .keys()
            .chain(content.volatile.keys())
            .copied()
            .collect();
        all.sort();
        Ok(all)
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        let content = self.content();
        let bytes = content
            .segments
            .get(&segment)
            .or_else(|| content.volatile.get(&segment));
        Ok(bytes.cloned().unwrap_or_default())
    }

    async fn delete_segment(&self, _lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        let mut content = self.content();
        content.segments.remove(&segment);
        content.volatile.remove(&segment);
        Ok(())
    }
}
