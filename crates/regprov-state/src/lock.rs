//! The lock of a state in a local file, understood by Terraform and understanding Terraform's.
//!
//! Terraform takes a POSIX record lock on the state file itself and leaves a note beside it. The lock here is of the same
//! family, but belongs to the open file (`F_OFD_SETLK`), so that opening the file elsewhere in this process does not lose
//! it, and two sessions of one process exclude each other too. The kernel drops it when the process ends, however it ends:
//! a note without a lock is stale.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::StateError;
use crate::file::{
    beside, create_private_directory, directory_of, make_private, private_options, read_if_present,
    refuse_symlink, remove_if_present,
};

/// Who holds a lock, and for what: the note that Terraform leaves and shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// Names this lock; breaking it takes the same name.
    #[serde(rename = "ID")]
    pub id: String,
    /// What is done under it, as Terraform says it: `OperationTypeApply`.
    pub operation: String,
    /// Anything more.
    pub info: String,
    /// The user and the machine.
    pub who: String,
    /// The version of the program.
    pub version: String,
    /// Since when (RFC 3339).
    pub created: String,
    /// The state.
    pub path: String,
}

impl LockInfo {
    /// Returns the operation in words.
    #[must_use]
    pub fn operation_words(&self) -> String {
        let words = self
            .operation
            .strip_prefix("OperationType")
            .unwrap_or(&self.operation);
        if words.is_empty() {
            "an operation".into()
        } else {
            format!("`{}`", words.to_lowercase())
        }
    }
}

/// A held lock. Dropping it releases it.
pub(crate) struct FileLock {
    path: PathBuf,
    id: String,
    /// The locked file at the path, and the ones it has replaced: whoever still waits on an old one must not get through.
    files: Vec<File>,
    /// Whether the state file was made for locking only.
    made: bool,
}

impl FileLock {
    /// Takes the lock, or fails at once. Also returns the note of a holder that is gone.
    pub(crate) fn acquire(path: &Path, info: &LockInfo) -> Result<(Self, Option<LockInfo>), StateError> {
        create_private_directory(&directory_of(path))?;
        refuse_symlink(path)?;
        // Between opening and locking, the file may be replaced by its holder: then the lock is on the old one.
        for _ in 0..100 {
            let file = private_options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(StateError::io("open the state file", path))?;
            if !try_lock(&file).map_err(StateError::io("lock", path))? {
                return Err(Self::locked_error(path));
            }
            if is_at(&file, path) {
                let stale = read_note(path);
                // Made just now, or by a run that was cut short before it wrote anything.
                let made = file.metadata().is_ok_and(|metadata| metadata.len() == 0);
                let lock = Self {
                    path: path.to_owned(),
                    id: info.id.clone(),
                    files: vec![file],
                    made,
                };
                lock.leave_note(info)?;
                return Ok((lock, stale));
            }
        }
        Err(Self::locked_error(path))
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Locks the file that is about to replace the state, before anyone else can see it.
    pub(crate) fn adopt(&mut self, replacement: &File) -> Result<(), StateError> {
        let path = &self.path;
        let file = replacement
            .try_clone()
            .map_err(StateError::io("keep open", path))?;
        if !try_lock(&file).map_err(StateError::io("lock", path))? {
            return Err(Self::locked_error(path));
        }
        self.files.push(file);
        self.made = false;
        Ok(())
    }

    /// Breaks the lock of a holder that is gone, and refuses to break that of a living one.
    pub(crate) fn break_stale(path: &Path, id: &str) -> Result<(), StateError> {
        let location = path.display().to_string();
        let unbreakable = |reason: String| StateError::Unbreakable {
            location: location.clone(),
            reason,
        };
        let Some(note) = read_note(path) else {
            return Err(unbreakable("There is no lock on it.".into()));
        };
        if note.id != id {
            return Err(unbreakable(format!("Its ID is {}, not {id}.", note.id)));
        }
        match Self::acquire(path, &note) {
            Ok((lock, _)) => lock.release(),
            Err(StateError::Locked { .. }) => Err(unbreakable(format!(
                "Its holder ({}) is still running on this machine, or on one that shares this disk. End that process; the \
                 lock goes with it.",
                note.who
            ))),
            Err(error) => Err(error),
        }
    }

    /// Releases the lock and removes the note, and the state file too if it was made for locking and never written.
    pub(crate) fn release(mut self) -> Result<(), StateError> {
        self.let_go()
    }

    fn let_go(&mut self) -> Result<(), StateError> {
        if self.files.is_empty() {
            return Ok(());
        }
        let removed = remove_if_present(&note_path(&self.path), "remove the lock note");
        let empty = self.made && fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() == 0);
        if empty {
            // Still locked: nobody else can have written it.
            remove_if_present(&self.path, "remove the empty state file")?;
        }
        // Closing is not enough: a process that is just being started has a copy of each open file until it runs, and the
        // lock would live as long.
        for file in self.files.drain(..) {
            unlock(&file).map_err(StateError::io("unlock", &self.path))?;
        }
        removed
    }

    fn leave_note(&self, info: &LockInfo) -> Result<(), StateError> {
        let path = note_path(&self.path);
        let info = LockInfo {
            path: self.path.display().to_string(),
            ..info.clone()
        };
        let text = serde_json::to_vec(&info).expect("texts are always printable");
        refuse_symlink(&path)?;
        let mut file = private_options()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(StateError::io("write the lock note", &path))?;
        make_private(&file, &path)?;
        file.write_all(&text)
            .map_err(StateError::io("write the lock note", &path))
    }

    fn locked_error(path: &Path) -> StateError {
        StateError::Locked {
            location: path.display().to_string(),
            holder: read_note(path).map(Box::new),
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Only reached without `release` when a run fails; what cannot be removed then is found stale later.
        let _ = self.let_go();
    }
}

/// Returns where Terraform leaves the note.
fn note_path(path: &Path) -> PathBuf {
    beside(path, ".", ".lock.info")
}

fn read_note(path: &Path) -> Option<LockInfo> {
    let bytes = read_if_present(&note_path(path), "read the lock note").ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// Says whether the open file is the one that the path names now.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        matches!(
            (file.metadata().map(identity), fs::symlink_metadata(path).map(identity)),
            (Ok(open), Ok(named)) if open == named
        )
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn try_lock(file: &File) -> io::Result<bool> {
    use nix::errno::Errno;

    match set_lock(file, nix::libc::F_WRLCK) {
        Ok(()) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn unlock(file: &File) -> io::Result<()> {
    Ok(set_lock(file, nix::libc::F_UNLCK)?)
}

/// Sets or removes the lock on the whole file.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn set_lock(file: &File, kind: nix::libc::c_int) -> nix::Result<()> {
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    let whole_file = libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file)).map(drop)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn try_lock(file: &File) -> io::Result<bool> {
    match fs4::FileExt::try_lock(file) {
        Ok(()) => Ok(true),
        Err(fs4::TryLockError::WouldBlock) => Ok(false),
        Err(fs4::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn unlock(file: &File) -> io::Result<()> {
    fs4::FileExt::unlock(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_lock_is_free_even_while_a_copy_of_the_open_file_lives_on() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("terraform.tfstate");
        std::fs::write(&path, "{}").expect("written");
        let (lock, _) = FileLock::acquire(&path, &LockInfo::default()).expect("locked");
        // As in a process that was started and does not run its program yet.
        let copy = lock.files[0].try_clone().expect("a copy");
        lock.release().expect("released");
        FileLock::acquire(&path, &LockInfo::default())
            .expect("free")
            .0
            .release()
            .expect("released");
        drop(copy);
    }
}
