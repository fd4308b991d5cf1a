//! A file: read, formatted, written back.

use regprov_diag::{Diagnostics, Sources};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// A file before and after.
pub(super) struct Formatted {
    pub(super) before: Vec<u8>,
    pub(super) after: Vec<u8>,
}

impl Formatted {
    pub(super) fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// Why a file is not formatted.
pub(super) enum Failure {
    /// It is no native syntax.
    Syntax(Diagnostics),
    /// It cannot be read or written.
    Disk(io::Error),
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::Disk)
}

/// Formats a text; it becomes a source, so that what is wrong with it can be shown.
pub(super) fn format(name: &str, before: Vec<u8>, sources: &mut Sources) -> Result<Formatted, Failure> {
    let source = sources.add(name, regprov_lang::readable(&before));
    let after = regprov_lang::format(&before, source).map_err(Failure::Syntax)?;
    Ok(Formatted { before, after })
}

/// Writes a file whole or not at all. What a link points to is written, and permissions stay.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = || {
        let path = fs::canonicalize(path)?;
        let permissions = fs::metadata(&path)?.permissions();
        // A file that may not be written is not replaced either.
        OpenOptions::new().write(true).open(&path)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}~", std::process::id()));
        let beside = path.with_file_name(name);
        let moved = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.set_permissions(permissions)?;
                file.sync_all()?;
                fs::rename(&beside, &path)
            });
        if moved.is_err() {
            // What was begun is of no use; that it cannot be removed changes nothing about the failure.
            let _ = fs::remove_file(&beside);
        }
        moved
    };
    written().map_err(Failure::Disk)
}
