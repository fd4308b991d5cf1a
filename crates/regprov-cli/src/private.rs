//! Files that hold secrets: mode 0600, whole or not at all.

use crate::codes::SECRET;
use regprov_diag::Diagnostic;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a file beside its place, then moves it there; a link at the place is replaced, not followed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let failed = |error: io::Error| {
        Diagnostic::error(&SECRET, "File cannot be written").detail(format!("{}: {error}.", path.display()))
    };
    let name = path
        .file_name()
        .ok_or_else(|| failed(io::Error::other("it names no file")))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(temporary);
    let written = create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    });
    written.map_err(|error| {
        // What was begun is of no use; that it cannot be removed changes nothing about the failure.
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}
