//! High-water marks: what this machine has seen of a sealed state, so that an older copy is noticed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::StateError;
use crate::file::{create_private_directory, read_if_present, write_atomically};

/// A directory with one small file for each sealed state that was written or read from here. It belongs beside the user's
/// other settings, away from the states themselves.
#[derive(Clone, Debug)]
pub struct HighWaterMarks {
    directory: PathBuf,
}

/// The newest that was seen of one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) location: String,
    pub(crate) lineage: String,
    pub(crate) serial: u64,
    pub(crate) digest: String,
}

impl HighWaterMarks {
    /// Names the directory; it is made when the first mark is set.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Returns the mark of a state; `None` where this machine has not seen it sealed. A damaged mark counts as none.
    pub(crate) fn get(&self, location: &str, lineage: &str) -> Result<Option<Mark>, StateError> {
        let path = self.path(location, lineage);
        let Some(bytes) = read_if_present(&path, "read the high-water mark")? else {
            return Ok(None);
        };
        Ok(serde_json::from_slice(&bytes).ok())
    }

    /// Checks a state against its mark.
    pub(crate) fn check(&self, seen: &Mark) -> Result<(), StateError> {
        let Some(mark) = self.get(&seen.location, &seen.lineage)? else {
            return Ok(());
        };
        let location = seen.location.clone();
        if seen.serial < mark.serial {
            return Err(StateError::RolledBack {
                location,
                found: seen.serial,
                seen: mark.serial,
            });
        }
        if seen.serial == mark.serial && seen.digest != mark.digest {
            let problem = format!("other content with serial {} was seen here before", mark.serial);
            return Err(StateError::Altered { location, problem });
        }
        Ok(())
    }

    /// Raises the mark of a state; does nothing if it stands there already.
    pub(crate) fn set(&self, mark: &Mark) -> Result<(), StateError> {
        if self.get(&mark.location, &mark.lineage)?.as_ref() == Some(mark) {
            return Ok(());
        }
        create_private_directory(&self.directory)?;
        let text = serde_json::to_vec(mark).expect("texts and numbers are always printable");
        let tag = format!("{}", std::process::id());
        write_atomically(&self.path(&mark.location, &mark.lineage), &tag, &text)
    }

    /// Takes the mark of a state away, where it is no longer sealed.
    pub(crate) fn clear(&self, location: &str, lineage: &str) -> Result<(), StateError> {
        crate::file::remove_if_present(&self.path(location, lineage), "remove the high-water mark")
    }

    fn path(&self, location: &str, lineage: &str) -> PathBuf {
        let mut hash = Sha256::new();
        hash.update((location.len() as u64).to_le_bytes());
        hash.update(location.as_bytes());
        hash.update(lineage.as_bytes());
        self.directory
            .join(format!("{}.json", hex::encode(&hash.finalize()[..16])))
    }
}
