//! A state in a local file.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{Lease, SegmentId, StateStore, Stored, Version, Write};
use crate::error::StateError;
use crate::file::{
    Prepared, beside, directory_of, make_private, private_options, read_if_present, refuse_symlink,
    remove_if_present, sync_directory_of,
};
use crate::lock::{FileLock, LockInfo};

const TAG: &str = "regprov";

/// A state in a local file, with its journal and its lock note beside it.
///
/// Promises fencing on one machine, by the operating system's file locks. On network file systems it is as good as theirs.
/// The calls do their work at once and never wait: a runtime is not needed.
pub struct LocalStore {
    path: PathBuf,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    lock: Option<FileLock>,
    journal: Option<JournalFile>,
}

/// The journal of the epoch at work: one file that only grows.
struct JournalFile {
    path: PathBuf,
    file: File,
    epoch: u64,
    length: u64,
    /// The end of the file is not known any more, so that nothing may follow it.
    broken: bool,
}

impl LocalStore {
    /// Names the state file. Nothing is touched yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            held: Mutex::default(),
        }
    }

    /// Names the state file of a workspace of the configuration in `directory`, where Terraform keeps it.
    #[must_use]
    pub fn for_workspace(directory: &Path, workspace: &str) -> Self {
        if workspace == "default" {
            return Self::new(directory.join("terraform.tfstate"));
        }
        Self::new(
            directory
                .join("terraform.tfstate.d")
                .join(workspace)
                .join("terraform.tfstate"),
        )
    }

    /// Returns the path of the state file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("no holder panics")
    }

    fn journal_prefix(&self) -> PathBuf {
        beside(&self.path, "", ".journal-")
    }

    fn journal_path(&self, epoch: u64) -> PathBuf {
        beside(&self.path, "", &format!(".journal-{epoch}"))
    }

    fn check_lease(&self, held: &Held, lease: &Lease) -> Result<(), StateError> {
        match &held.lock {
            Some(lock) if lock.id() == lease.id => Ok(()),
            Some(_) | None => Err(StateError::NotHeld {
                location: self.location(),
            }),
        }
    }

    fn start_journal(&self, segment: SegmentId, bytes: &[u8]) -> Result<JournalFile, StateError> {
        let path = self.journal_path(segment.epoch);
        let exists = || StateError::SegmentExists {
            location: self.location(),
            segment: segment.to_string(),
        };
        if segment.sequence != 0 {
            return Err(exists());
        }
        let file = match private_options().append(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists()),
            Err(error) => return Err(StateError::io("create the journal", &path)(error)),
        };
        make_private(&file, &path)?;
        let mut journal = JournalFile {
            path,
            file,
            epoch: segment.epoch,
            length: 0,
            broken: false,
        };
        let started = journal
            .append(bytes)
            .and_then(|()| sync_directory_of(&journal.path));
        if let Err(error) = started {
            // So that the same piece can be tried again once there is space.
            let _ = fs::remove_file(&journal.path);
            return Err(error);
        }
        Ok(journal)
    }
}

impl JournalFile {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        if self.broken {
            let problem = "an earlier write to it failed, and its end is not known";
            return Err(StateError::io("append to the journal", &self.path)(
                io::Error::other(problem),
            ));
        }
        match self.file.write_all(bytes).and_then(|()| self.file.sync_data()) {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                let cut = self
                    .file
                    .set_len(self.length)
                    .and_then(|()| self.file.sync_data());
                self.broken = cut.is_err();
                Err(StateError::io("append to the journal", &self.path)(error))
            }
        }
    }
}

fn version_of(bytes: Option<&[u8]>) -> Version {
    Version::new(bytes.map_or_else(|| "absent".to_owned(), |bytes| hex::encode(Sha256::digest(bytes))))
}

#[async_trait]
impl StateStore for LocalStore {
    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn location(&self) -> String {
        // The same place has one name, whatever way leads to it.
        let directory = directory_of(&self.path);
        let directory = fs::canonicalize(&directory).unwrap_or(directory);
        directory
            .join(self.path.file_name().unwrap_or_default())
            .display()
            .to_string()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        let mut held = self.held();
        if held.lock.is_some() {
            return Err(StateError::Locked {
                location: self.location(),
                holder: Some(Box::new(info.clone())),
            });
        }
        let (lock, taken_over) = FileLock::acquire(&self.path, info)?;
        held.lock = Some(lock);
        held.journal = None;
        Ok(Lease {
            id: info.id.clone(),
            epoch: 0,
            taken_over,
        })
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        let mut held = self.held();
        self.check_lease(&held, lease)?;
        held.journal = None;
        held.lock.take().map_or(Ok(()), FileLock::release)
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        FileLock::break_stale(&self.path, id)
    }

    async fn read(&self) -> Result<Stored, StateError> {
        let bytes = read_if_present(&self.path, "read the state file")?;
        Ok(Stored {
            version: version_of(bytes.as_deref()),
            bytes,
        })
    }

    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        let mut held = self.held();
        self.check_lease(&held, lease)?;
        // The lock keeps out everyone who asks for it; this keeps out those who do not.
        let present = read_if_present(&self.path, "read the state file")?;
        if version_of(present.as_deref()) != *write.expected {
            return Err(StateError::Moved {
                location: self.location(),
            });
        }
        let prepared = Prepared::write(&self.path, TAG, write.bytes)?;
        if let Some(lock) = &mut held.lock {
            lock.adopt(&prepared.file)?;
        }
        prepared.replace(&self.path)?;
        Ok(version_of(Some(write.bytes)))
    }

    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError> {
        self.check_lease(&self.held(), lease)?;
        let mut number = 1u32;
        loop {
            let suffix = if number == 1 {
                ".backup".to_owned()
            } else {
                format!(".backup-{number}")
            };
            let path = beside(&self.path, "", &suffix);
            if Prepared::write(&path, TAG, bytes)?.place_new(&path)? {
                return Ok(path.display().to_string());
            }
            number += 1;
        }
    }

    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        let mut held = self.held();
        self.check_lease(&held, lease)?;
        match &mut held.journal {
            Some(journal) if journal.epoch == segment.epoch => journal.append(bytes),
            Some(_) | None => {
                held.journal = Some(self.start_journal(segment, bytes)?);
                Ok(())
            }
        }
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        let prefix = self.journal_prefix();
        let prefix = prefix
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let directory = directory_of(&self.path);
        let failed = || StateError::io("list the directory", &directory);
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed()(error)),
        };
        let mut segments = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed())?.file_name();
            let epoch = name
                .to_str()
                .and_then(|name| name.strip_prefix(&prefix))
                .and_then(|text| text.parse().ok());
            segments.extend(epoch.map(|epoch| SegmentId { epoch, sequence: 0 }));
        }
        segments.sort();
        Ok(segments)
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        let path = self.journal_path(segment.epoch);
        refuse_symlink(&path)?;
        fs::read(&path).map_err(StateError::io("read the journal", &path))
    }

    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        let mut held = self.held();
        self.check_lease(&held, lease)?;
        if segment.sequence != 0 {
            // All pieces of an epoch are one file, which goes with the first of them.
            return Ok(());
        }
        if held
            .journal
            .as_ref()
            .is_some_and(|journal| journal.epoch == segment.epoch)
        {
            held.journal = None;
        }
        let path = self.journal_path(segment.epoch);
        remove_if_present(&path, "remove the journal")?;
        sync_directory_of(&path)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn after_a_failed_write_of_unknown_end_nothing_more_is_appended() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("terraform.tfstate.journal-1");
        // Always full, and cannot be cut back either.
        let file = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("the device");
        let mut journal = JournalFile {
            path: path.clone(),
            file,
            epoch: 1,
            length: 0,
            broken: false,
        };
        let error = journal.append(b"record").expect_err("the disk is full");
        let detail = error.detail();
        assert!(detail.contains(&path.display().to_string()), "{detail}");
        assert!(detail.contains("Free some space"), "{detail}");
        journal.file = File::create(&path).expect("space again");
        journal
            .append(b"record")
            .expect_err("what is in the file is not known");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 0);
    }
}
