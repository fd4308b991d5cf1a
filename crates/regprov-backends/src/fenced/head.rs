//! The head object: who writes, and which epoch it is.

use regprov_state::{HeadFacts, LockInfo, StateError};
use serde::{Deserialize, Serialize};

const FORMAT: u64 = 1;

/// The content of the head object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The version of this form.
    pub(super) format: u64,
    /// The epoch of the last writer.
    pub(super) epoch: u64,
    /// Counts renewals, so that no two heads are the same bytes.
    pub(super) renewal: u64,
    /// Who writes now.
    pub(super) holder: Option<LockInfo>,
    /// How long the holder keeps the lease without renewing it, in milliseconds.
    pub(super) lease_ms: u64,
    /// Holders whose lease lapsed or was broken, since one last ended as it should: their next writes are to be made
    /// impossible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gone: Vec<Gone>,
    /// The state as it was last written from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<StateFacts>,
}

/// A holder that is gone, or paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gone {
    pub(super) id: String,
    pub(super) epoch: u64,
}

/// Which state was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StateFacts {
    lineage: String,
    serial: u64,
    digest: String,
}

impl From<&HeadFacts> for StateFacts {
    fn from(facts: &HeadFacts) -> Self {
        Self {
            lineage: facts.lineage.clone(),
            serial: facts.serial,
            digest: facts.digest.clone(),
        }
    }
}

impl Head {
    pub(super) fn parse(bytes: &[u8], location: &str) -> Result<Self, StateError> {
        let head: Self = serde_json::from_slice(bytes).map_err(|source| StateError::NotJson {
            location: format!("the lock of {location}"),
            source,
        })?;
        if head.format > FORMAT {
            return Err(StateError::Malformed {
                location: format!("the lock of {location}"),
                problem: format!(
                    "it is from a newer version of regprov (format {}), which is to be used here",
                    head.format
                ),
            });
        }
        Ok(head)
    }

    pub(super) fn print(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers are always printable")
    }

    /// The head once the lease is taken by someone.
    pub(super) fn taken_by(&self, info: &LockInfo, lease_ms: u64) -> Self {
        let mut next = self.without_holder();
        next.epoch += 1;
        next.holder = Some(info.clone());
        next.lease_ms = lease_ms;
        next
    }

    /// The head once its holder has been found gone.
    pub(super) fn without_holder(&self) -> Self {
        let mut next = self.next();
        if let Some(holder) = next.holder.take() {
            next.gone.push(Gone {
                id: holder.id,
                epoch: self.epoch,
            });
        }
        next
    }

    /// The head once its holder gave the lease back.
    pub(super) fn released(&self) -> Self {
        Self {
            holder: None,
            gone: Vec::new(),
            ..self.next()
        }
    }

    /// The same, and yet other bytes.
    pub(super) fn next(&self) -> Self {
        Self {
            format: FORMAT,
            renewal: self.renewal + 1,
            ..self.clone()
        }
    }
}
