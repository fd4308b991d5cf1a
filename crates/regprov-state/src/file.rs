//! Files that are either old or new, never torn, and never readable by others.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::StateError;

/// Refuses a symbolic link at `path`; absence is fine.
pub(crate) fn refuse_symlink(path: &Path) -> Result<(), StateError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.file_type().is_symlink() => Err(StateError::Symlink {
            path: path.to_owned(),
        }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StateError::io("look at", path)(error)),
    }
}

/// Returns options that never follow a symbolic link and create with mode 0600.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(nix::libc::O_NOFOLLOW);
    }
    options
}

/// Sets mode 0600 whatever the umask was.
pub(crate) fn make_private(file: &File, path: &Path) -> Result<(), StateError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))
            .map_err(StateError::io("restrict the permissions of", path))?;
    }
    #[cfg(not(unix))]
    let _ = (file, path);
    Ok(())
}

/// Creates a directory and its parents, each new one with mode 0700.
pub(crate) fn create_private_directory(path: &Path) -> Result<(), StateError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
        .create(path)
        .map_err(StateError::io("create the directory", path))
}

/// Makes a rename, creation or removal in the directory of `path` durable.
pub(crate) fn sync_directory_of(path: &Path) -> Result<(), StateError> {
    #[cfg(unix)]
    {
        let directory = directory_of(path);
        File::open(&directory)
            .and_then(|handle| handle.sync_all())
            .map_err(StateError::io("make durable the directory", directory))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

pub(crate) fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Returns the path of a file beside `path` whose name is the file name with `prefix` and `suffix` around it. A leading
/// dot of the name is not doubled.
pub(crate) fn beside(path: &Path, prefix: &str, suffix: &str) -> PathBuf {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = if prefix == "." {
        name.trim_start_matches('.')
    } else {
        name.as_str()
    };
    path.with_file_name(format!("{prefix}{name}{suffix}"))
}

/// Removes a file; absence is success.
pub(crate) fn remove_if_present(path: &Path, operation: &'static str) -> Result<(), StateError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StateError::io(operation, path)(error)),
    }
}

/// Reads a file without following a symbolic link; `None` where it does not exist.
pub(crate) fn read_if_present(path: &Path, operation: &'static str) -> Result<Option<Vec<u8>>, StateError> {
    refuse_symlink(path)?;
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::io(operation, path)(error)),
    }
}

/// A new file that is complete and durable under a temporary name, and removed unless it is put in place.
pub(crate) struct Prepared {
    pub(crate) file: File,
    temporary: PathBuf,
    placed: bool,
}

impl Prepared {
    /// Writes `bytes` durably beside `target`, with mode 0600. `tag` tells concurrent writers apart.
    pub(crate) fn write(target: &Path, tag: &str, bytes: &[u8]) -> Result<Self, StateError> {
        let temporary = beside(target, ".", &format!(".{tag}.new"));
        remove_if_present(&temporary, "remove the left-over")?;
        let file = private_options()
            .write(true)
            .read(true)
            .create_new(true)
            .open(&temporary)
            .map_err(StateError::io("create", &temporary))?;
        let mut prepared = Self {
            file,
            temporary,
            placed: false,
        };
        make_private(&prepared.file, &prepared.temporary)?;
        prepared
            .file
            .write_all(bytes)
            .and_then(|()| prepared.file.sync_all())
            .map_err(StateError::io("write", &prepared.temporary))?;
        Ok(prepared)
    }

    /// Replaces `target` in one step and makes that durable.
    pub(crate) fn replace(mut self, target: &Path) -> Result<File, StateError> {
        refuse_symlink(target)?;
        fs::rename(&self.temporary, target).map_err(StateError::io("replace", target))?;
        self.placed = true;
        sync_directory_of(target)?;
        self.file.try_clone().map_err(StateError::io("keep open", target))
    }

    /// Puts it at `target` unless something is there; returns whether it did.
    pub(crate) fn place_new(self, target: &Path) -> Result<bool, StateError> {
        match fs::hard_link(&self.temporary, target) {
            Ok(()) => {
                sync_directory_of(target)?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(StateError::io("create", target)(error)),
        }
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if !self.placed {
            // Best effort: a left-over has mode 0600 and is removed by the next writer.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Replaces `target` by `bytes`: old or new, never a mix; mode 0600.
pub(crate) fn write_atomically(target: &Path, tag: &str, bytes: &[u8]) -> Result<(), StateError> {
    refuse_symlink(target)?;
    Prepared::write(target, tag, bytes)?.replace(target).map(drop)
}
