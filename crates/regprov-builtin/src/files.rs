//! Files of this machine, as `local_*` reads and writes them.

use regprov_provider::{Error, ErrorKind};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

/// Where files are read and written: a working directory, or a place of its own for what is written.
#[derive(Clone, Debug)]
pub struct LocalFiles {
    directory: PathBuf,
    apart: Option<PathBuf>,
}

/// The modes of a file and of directories that are made for it, before the process's mask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modes {
    pub(crate) file: u32,
    pub(crate) directory: u32,
}

impl LocalFiles {
    /// Relative paths start in a directory.
    #[must_use]
    pub fn in_directory(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            apart: None,
        }
    }

    /// The same, but everything is written below another directory, whatever its path, and read from there first.
    #[must_use]
    pub fn apart(directory: &Path, written: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            apart: Some(written.to_owned()),
        }
    }

    /// Where a file of this name is written.
    fn target(&self, name: &str) -> PathBuf {
        let path = plain(&self.directory.join(name));
        let Some(apart) = &self.apart else {
            return path;
        };
        match path.strip_prefix(plain(&self.directory)) {
            Ok(inside) => apart.join(inside),
            Err(_) => apart.join("root").join(below_root(&path)),
        }
    }

    /// The content of a file; `None` where there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let target = self.target(name);
        let path = match self.apart.is_some() && !target.exists() {
            true => self.directory.join(name),
            false => target,
        };
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, &error)),
        }
    }

    /// What was written under a name; `None` where nothing is.
    pub(crate) fn written(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.target(name);
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, &error)),
        }
    }

    /// Writes a file whole or not at all; makes its directories.
    pub(crate) fn write(&self, name: &str, content: &[u8], modes: Modes) -> Result<(), Error> {
        let path = self.target(name);
        // What a link leads to is written, not the link.
        let path = fs::canonicalize(&path).unwrap_or(path);
        let directory = path.parent().unwrap_or(Path::new("/"));
        make_directories(directory, modes.directory).map_err(|error| failed("make", directory, &error))?;
        let write = if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            // A device or a pipe takes the bytes; a directory refuses them.
            OpenOptions::new()
                .write(true)
                .open(&path)
                .and_then(|mut file| file.write_all(content))
        } else {
            replace(&path, content, modes.file)
        };
        write.map_err(|error| failed("write", &path, &error))
    }

    /// Removes a file; one that is gone is no failure.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.target(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", &path, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Writes a new file beside the old one and puts it in its place.
fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut name = path
        .file_name()
        .ok_or(io::ErrorKind::InvalidInput)?
        .to_os_string();
    name.push(".regprov-new");
    let beside = path.with_file_name(name);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode | 0o200);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(content)?;
        // The mask of the process was applied to the mode; the right to write is ours only while writing.
        #[cfg(unix)]
        if mode & 0o200 == 0 {
            use std::os::unix::fs::PermissionsExt as _;
            let masked = file.metadata()?.permissions().mode() & mode;
            file.set_permissions(fs::Permissions::from_mode(masked))?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn make_directories(directory: &Path, mode: u32) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(directory)
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => plain.push(part),
        }
    }
    plain
}

fn below_root(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect()
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        _ => ErrorKind::Failed,
    };
    Error::new(
        kind,
        format!("the system refused to {verb} {}: {error}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::{LocalFiles, Modes};
    use std::path::Path;

    const MODES: Modes = Modes {
        file: 0o640,
        directory: 0o750,
    };

    #[test]
    fn a_file_is_written_with_its_directories_and_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        let files = LocalFiles::in_directory(directory.path());
        files.write("a/b/c.txt", b"one", MODES).unwrap();
        files.write("a/b/c.txt", b"two", MODES).unwrap();
        assert_eq!(files.read("./a/../a/b/c.txt").unwrap().unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &str| {
                let found = std::fs::metadata(directory.path().join(path)).unwrap();
                found.permissions().mode() & 0o777
            };
            assert_eq!((mode("a/b/c.txt"), mode("a/b")), (0o640, 0o750));
        }
        let names = std::fs::read_dir(directory.path().join("a/b")).unwrap();
        assert_eq!(names.count(), 1, "nothing is left beside the file");
        files.remove("a/b/c.txt").unwrap();
        files.remove("a/b/c.txt").unwrap();
        assert_eq!(files.read("a/b/c.txt").unwrap(), None);
    }

    #[test]
    fn apart_nothing_is_written_where_the_name_points() {
        let directory = tempfile::tempdir().unwrap();
        let work = directory.path().join("work");
        std::fs::create_dir(&work).unwrap();
        std::fs::write(work.join("mine"), b"real").unwrap();
        let files = LocalFiles::apart(&work, &work.join(".apart"));
        assert_eq!(files.read("mine").unwrap().unwrap(), b"real");
        assert_eq!(files.written("mine").unwrap(), None);
        files.write("mine", b"tried", MODES).unwrap();
        assert_eq!(files.read("mine").unwrap().unwrap(), b"tried");
        assert_eq!(std::fs::read(work.join("mine")).unwrap(), b"real");
        let outside = directory.path().join("outside");
        files.write(outside.to_str().unwrap(), b"tried", MODES).unwrap();
        assert!(!outside.exists());
        files
            .write("../../../../../../../../../etc/hosts-of-a-test", b"", MODES)
            .unwrap();
        assert!(!Path::new("/etc/hosts-of-a-test").exists());
    }
}
