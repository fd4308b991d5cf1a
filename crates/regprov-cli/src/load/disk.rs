//! Files of the working directory, or of a plan that carries them.

use regprov_engine::Disk;
use regprov_lang::Files;
use regprov_plan::{DirectoryEntry, Plan};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Reads files relative to a working directory, and remembers what was read.
pub(crate) struct WorkingDirectory {
    place: Place,
    read: Mutex<BTreeMap<PathBuf, Arc<[u8]>>>,
}

enum Place {
    /// A directory of this machine.
    Directory(PathBuf),
    /// The files of a plan, and the directories that its functions listed.
    Carried(BTreeMap<PathBuf, Arc<[u8]>>, BTreeMap<PathBuf, Vec<DirectoryEntry>>),
}

impl WorkingDirectory {
    /// The files of a directory.
    pub(crate) fn new(directory: &Path) -> Self {
        Self { place: Place::Directory(directory.to_owned()), read: Mutex::default() }
    }

    /// The files that a plan carries.
    pub(crate) fn from_plan(plan: &Plan) -> Self {
        let files = plan.files.iter().map(|(path, bytes)| (plain(path), Arc::from(bytes.as_slice()))).collect();
        let listings = plan.listings.iter().map(|(path, entries)| (plain(path), entries.clone())).collect();
        Self { place: Place::Carried(files, listings), read: Mutex::default() }
    }

    /// What was read so far.
    pub(crate) fn take_read(&self) -> BTreeMap<PathBuf, Arc<[u8]>> {
        self.read.lock().expect("no holder panics").clone()
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        match &self.place {
            Place::Directory(directory) => listed(&directory.join(path)),
            Place::Carried(files, listings) => match listings.get(&plain(path)) {
                Some(entries) => Ok(entries.clone()),
                None => Ok(implied(files, &plain(path))),
            },
        }
    }
}

/// A path without `.` components.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|component| *component != Component::CurDir).collect()
}

fn listed(path: &Path) -> io::Result<Vec<DirectoryEntry>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string() {
            entries.push(DirectoryEntry { name, directory: entry.path().is_dir() });
        }
    }
    entries.sort();
    Ok(entries)
}

/// The entries of a directory, as the paths of carried files imply them.
fn implied(files: &BTreeMap<PathBuf, Arc<[u8]>>, directory: &Path) -> Vec<DirectoryEntry> {
    let mut entries: Vec<DirectoryEntry> = files
        .keys()
        .filter_map(|path| {
            let mut rest = path.strip_prefix(directory).ok()?.components();
            let name = rest.next()?.as_os_str().to_str()?.to_owned();
            Some(DirectoryEntry { name, directory: rest.next().is_some() })
        })
        .collect();
    entries.sort();
    entries.dedup();
    entries
}

impl Files for WorkingDirectory {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let bytes: Arc<[u8]> = match &self.place {
            Place::Directory(directory) => std::fs::read(directory.join(path))?.into(),
            Place::Carried(files, _) => {
                files.get(&plain(path)).cloned().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the plan does not carry this file"))?
            }
        };
        self.read.lock().expect("no holder panics").insert(plain(path), Arc::clone(&bytes));
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        Ok(self.entries(path)?.into_iter().map(|entry| entry.name).collect())
    }

    fn is_dir(&self, path: &Path) -> bool {
        match &self.place {
            Place::Directory(directory) => directory.join(path).is_dir(),
            Place::Carried(files, _) => files.keys().any(|file| file.starts_with(plain(path)) && *file != plain(path)),
        }
    }
}

impl Disk for WorkingDirectory {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        Files::read(self, path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        self.entries(path)
    }
}
