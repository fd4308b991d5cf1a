//! Files of the working directory, or of a plan that carries them.

use regprov_engine::Disk;
use regprov_lang::{Files, FunctionContext, InstalledModules};
use regprov_plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How deep below a directory files are looked for.
const DEPTH: usize = 32;

/// The list of installed modules, below the data directory.
const MANIFEST: &str = "modules/modules.json";

/// Where a plan carries that list, whatever the data directory was.
const CARRIED_MANIFEST: &str = ".terraform/modules/modules.json";

/// Reads files relative to a working directory, and remembers what was read.
pub(crate) struct WorkingDirectory {
    place: Place,
    home: Option<PathBuf>,
    read: Mutex<BTreeMap<PathBuf, Arc<[u8]>>>,
}

enum Place {
    /// A directory of this machine.
    Directory(PathBuf),
    /// The files of a plan.
    Carried(BTreeMap<PathBuf, Arc<[u8]>>),
}

impl WorkingDirectory {
    /// The files of a directory.
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            place: Place::Directory(directory.to_owned()),
            home: None,
            read: Mutex::default(),
        }
    }

    /// With the home of the user, for `~` in paths.
    pub(crate) fn with_home(mut self, home: Option<&str>) -> Self {
        self.home = home.map(PathBuf::from);
        self
    }

    /// The files that a plan carries.
    pub(crate) fn from_plan(plan: &Plan) -> Self {
        let files = plan
            .files
            .iter()
            .map(|(path, bytes)| (plain(path), Arc::from(bytes.as_slice())));
        Self {
            place: Place::Carried(files.collect()),
            home: plan.home.clone(),
            read: Mutex::default(),
        }
    }

    /// The modules that were installed below a data directory, or that a plan carries.
    ///
    /// # Errors
    /// The list of them cannot be read.
    pub(crate) fn installed(&self, data_directory: &Path) -> io::Result<InstalledModules> {
        let bytes: Arc<[u8]> = match &self.place {
            Place::Directory(directory) => {
                match std::fs::read(directory.join(data_directory).join(MANIFEST)) {
                    Ok(bytes) => bytes.into(),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        return Ok(InstalledModules::default());
                    }
                    Err(error) => return Err(error),
                }
            }
            Place::Carried(files) => match files.get(Path::new(CARRIED_MANIFEST)) {
                Some(bytes) => Arc::clone(bytes),
                None => return Ok(InstalledModules::default()),
            },
        };
        let installed = InstalledModules::from_json(&bytes)?;
        self.read
            .lock()
            .expect("no holder panics")
            .insert(PathBuf::from(CARRIED_MANIFEST), bytes);
        Ok(installed)
    }

    /// What was read so far.
    pub(crate) fn files_read(&self) -> BTreeMap<PathBuf, Arc<[u8]>> {
        self.read.lock().expect("no holder panics").clone()
    }
}

/// A path without `.` components.
fn plain(path: &Path) -> PathBuf {
    path.components()
        .filter(|component| *component != Component::CurDir)
        .collect()
}

impl Files for WorkingDirectory {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let bytes: Arc<[u8]> = match &self.place {
            Place::Directory(directory) => std::fs::read(directory.join(path))?.into(),
            Place::Carried(files) => files.get(&plain(path)).cloned().ok_or_else(|| {
                io::Error::new(io::ErrorKind::NotFound, "the plan does not carry this file")
            })?,
        };
        self.read
            .lock()
            .expect("no holder panics")
            .insert(plain(path), Arc::clone(&bytes));
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        match &self.place {
            Place::Directory(directory) => {
                let entries = std::fs::read_dir(directory.join(path))?;
                entries
                    .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                    .collect()
            }
            Place::Carried(files) => {
                let path = plain(path);
                let first = |file: &PathBuf| {
                    let name = file.strip_prefix(&path).ok()?.components().next()?;
                    name.as_os_str().to_str().map(str::to_owned)
                };
                Ok(files
                    .keys()
                    .filter_map(first)
                    .collect::<BTreeSet<String>>()
                    .into_iter()
                    .collect())
            }
        }
    }

    fn is_dir(&self, path: &Path) -> bool {
        match &self.place {
            Place::Directory(directory) => directory.join(path).is_dir(),
            Place::Carried(files) => {
                let path = plain(path);
                files.keys().any(|file| file.starts_with(&path) && *file != path)
            }
        }
    }
}

impl FunctionContext for WorkingDirectory {
    fn home(&self) -> Option<PathBuf> {
        self.home.clone()
    }

    fn read_file(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        Files::read(self, path)
    }

    fn file_kind(&self, path: &Path) -> io::Result<Option<bool>> {
        self.kind(path)
    }

    fn walk(&self, directory: &Path) -> io::Result<Vec<String>> {
        Disk::walk(self, directory)
    }
}

impl Disk for WorkingDirectory {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        Files::read(self, path)
    }

    fn kind(&self, path: &Path) -> io::Result<Option<bool>> {
        match &self.place {
            Place::Directory(directory) => match std::fs::metadata(directory.join(path)) {
                Ok(metadata) => Ok(Some(metadata.is_file())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Place::Carried(files) if files.contains_key(&plain(path)) => Ok(Some(true)),
            Place::Carried(_) => Ok(self.is_dir(path).then_some(false)),
        }
    }

    fn walk(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        match &self.place {
            Place::Directory(root) => below(&root.join(directory), "", DEPTH, &mut found)?,
            Place::Carried(files) => {
                let directory = plain(directory);
                let relative = files
                    .keys()
                    .filter_map(|file| file.strip_prefix(&directory).ok()?.to_str());
                found.extend(relative.map(str::to_owned));
            }
        }
        found.sort();
        Ok(found)
    }
}

fn below(directory: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) -> io::Result<()> {
    if depth == 0 {
        return Err(io::Error::other(format!(
            "{} is nested too deeply",
            directory.display()
        )));
    }
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            below(&entry.path(), &format!("{prefix}{name}/"), depth - 1, found)?;
        } else if entry.path().is_file() {
            found.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}
