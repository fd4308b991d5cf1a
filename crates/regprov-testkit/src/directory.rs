//! Folders of files.

use std::fs;
use std::path::{Path, PathBuf};

/// Copies what a folder holds into another, which is made; hidden files and folders are left out.
///
/// # Panics
/// When a file cannot be copied.
pub fn copy_tree(from: &Path, to: &Path) {
    make(to);
    for path in entries(from) {
        let name = path.file_name().expect("an entry of a folder has a name");
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            copy_tree(&path, &to.join(name));
        } else {
            let copied = fs::copy(&path, to.join(name));
            copied.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

pub(crate) fn make(folder: &Path) {
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

/// What a folder holds, by name.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// Every file below a folder, hidden ones included.
///
/// # Panics
/// When a folder cannot be listed.
#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(folder) {
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
