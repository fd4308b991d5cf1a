//! The store on disk: a snapshot and the event log after it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::log::{Log, LogError, read_whole, write_whole};
use super::{Changes, Tables, apply};
use crate::ledger::Entry;

const COMPACT_AFTER: u64 = 8 << 20;
const FORMAT: u32 = 1;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    /// A file cannot be read, or is damaged.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A record is not one of ours.
    #[error("the store holds a record that cannot be read: {0}")]
    Record(#[from] serde_json::Error),
    /// Another version wrote it.
    #[error("the store has format {0}, this version reads format 1")]
    Format(u32),
}

/// One committed step: changes and the request that made them.
#[derive(Serialize, Deserialize)]
struct Record {
    number: u64,
    changes: Vec<(String, String, Option<Value>)>,
    entry: Option<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    format: u32,
    number: u64,
    tables: Tables,
    ledger: Vec<Entry>,
}

/// An open store.
pub(crate) struct Disk {
    /// `None` where nothing is kept.
    files: Option<Files>,
    number: u64,
}

struct Files {
    log: Log,
    snapshot: PathBuf,
    snapshot_size: u64,
}

impl Disk {
    /// Opens or makes the store in `folder`.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Tables, Vec<Entry>), DiskError> {
        let path = folder.join("snapshot.bin");
        let (mut tables, mut ledger, mut number, mut size) = (Tables::new(), Vec::new(), 0, 0);
        if let Some(bytes) = read_whole(&path)? {
            let snapshot: Snapshot = serde_json::from_slice(&bytes)?;
            if snapshot.format != FORMAT {
                return Err(DiskError::Format(snapshot.format));
            }
            (tables, ledger, number, size) = (
                snapshot.tables,
                snapshot.ledger,
                snapshot.number,
                bytes.len() as u64,
            );
        }
        let (log, payloads) = Log::open(&folder.join("events.log"))?;
        for payload in payloads {
            let record: Record = serde_json::from_slice(&payload)?;
            if record.number <= number {
                continue;
            }
            number = record.number;
            apply(
                &mut tables,
                record.changes.into_iter().map(|(t, k, v)| ((t, k), v)).collect(),
            );
            ledger.extend(record.entry);
        }
        let files = Files {
            log,
            snapshot: path,
            snapshot_size: size,
        };
        let disk = Self {
            files: Some(files),
            number,
        };
        Ok((disk, tables, ledger))
    }

    /// A store that keeps nothing: what it holds is gone with the process.
    pub(crate) fn in_memory(&self) -> Self {
        Self {
            files: None,
            number: self.number,
        }
    }

    /// Appends changes and the ledger's entry as one record; `durable` waits for the disk.
    pub(crate) fn commit(
        &mut self,
        changes: &Changes,
        entry: Option<&Entry>,
        durable: bool,
    ) -> io::Result<()> {
        if let Some(files) = &mut self.files {
            let changes = changes
                .iter()
                .map(|((table, key), v)| (table.clone(), key.clone(), v.clone()))
                .collect();
            let record = Record {
                number: self.number + 1,
                changes,
                entry: entry.cloned(),
            };
            let payload = serde_json::to_vec(&record)?;
            files.log.append(&payload, durable)?;
        }
        self.number += 1;
        Ok(())
    }

    /// Whether the log has grown enough for a snapshot.
    pub(crate) fn wants_compaction(&self) -> bool {
        self.files
            .as_ref()
            .is_some_and(|files| files.log.length() > COMPACT_AFTER.max(files.snapshot_size))
    }

    /// Writes a snapshot and empties the log. A crash in between is harmless: the snapshot says what it holds already.
    pub(crate) fn compact(&mut self, tables: &Tables, ledger: &[Entry]) -> io::Result<()> {
        let Some(files) = &mut self.files else {
            return Ok(());
        };
        let snapshot = Snapshot {
            format: FORMAT,
            number: self.number,
            tables: tables.clone(),
            ledger: ledger.to_vec(),
        };
        let payload = serde_json::to_vec(&snapshot)?;
        write_whole(&files.snapshot, &payload)?;
        files.snapshot_size = payload.len() as u64;
        files.log.clear()
    }

    /// Waits until everything committed is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.files.as_ref().map_or(Ok(()), |files| files.log.sync())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(key: &str, value: u32) -> Changes {
        Changes::from([(("t".to_owned(), key.to_owned()), Some(json!(value)))])
    }

    #[test]
    fn a_reopened_store_holds_what_was_committed_before_and_after_a_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let (mut disk, mut tables, ledger) = Disk::open(folder.path()).unwrap();
        disk.commit(&change("a", 1), None, true).unwrap();
        apply(&mut tables, change("a", 1));
        let log_before = std::fs::read(folder.path().join("events.log")).unwrap();
        disk.compact(&tables, &ledger).unwrap();
        disk.commit(&change("b", 2), None, true).unwrap();
        drop(disk);
        let (disk, tables, _) = Disk::open(folder.path()).unwrap();
        assert_eq!(
            serde_json::to_value(&tables).unwrap(),
            json!({ "t": { "a": 1, "b": 2 } })
        );
        assert_eq!(disk.number, 2);
        drop(disk);
        // A crash after the snapshot and before the log was emptied replays nothing twice.
        std::fs::write(folder.path().join("events.log"), log_before).unwrap();
        let (disk, tables, _) = Disk::open(folder.path()).unwrap();
        assert_eq!(serde_json::to_value(&tables).unwrap(), json!({ "t": { "a": 1 } }));
        assert_eq!(disk.number, 1);
    }
}
