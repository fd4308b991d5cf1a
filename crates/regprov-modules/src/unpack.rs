//! Writes the entries of an archive below one directory, and nothing elsewhere.

use crate::{InstallError, tree};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// How much an archive may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most bytes that it may hold unpacked.
    pub bytes: u64,
    /// The most entries.
    pub entries: usize,
    /// How many times more bytes it may hold unpacked than packed.
    pub ratio: u64,
    /// The ratio counts beyond so many bytes.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            entries: 100_000,
            ratio: 200,
            ratio_from: 64 << 20,
        }
    }
}

impl Limits {
    /// The most bytes that an archive of a packed size may hold.
    pub(crate) fn unpacked(&self, packed: usize) -> u64 {
        let by_ratio = (packed as u64).saturating_mul(self.ratio).max(self.ratio_from);
        by_ratio.min(self.bytes)
    }
}

/// Writes entries below a directory.
pub(crate) struct Unpacker {
    root: PathBuf,
    links: Vec<(PathBuf, PathBuf)>,
    entries: usize,
    limits: Limits,
    left: u64,
}

impl Unpacker {
    /// Begins with an empty directory, for an archive of a packed size.
    pub(crate) fn new(root: &Path, limits: Limits, packed: usize) -> Result<Self, InstallError> {
        fs::create_dir_all(root).map_err(|error| InstallError::disk(root, &error))?;
        Ok(Self {
            root: root.to_owned(),
            links: Vec::new(),
            entries: 0,
            limits,
            left: limits.unpacked(packed),
        })
    }

    pub(crate) fn directory(&mut self, name: &str) -> Result<(), InstallError> {
        self.count()?;
        let path = self.place(name)?;
        self.make(&path)
    }

    pub(crate) fn file(
        &mut self,
        name: &str,
        content: &mut dyn Read,
        executable: bool,
    ) -> Result<(), InstallError> {
        self.count()?;
        let path = self.named(name)?;
        self.make(path.parent().unwrap_or(Path::new("")))?;
        let target = self.root.join(&path);
        if fs::symlink_metadata(&target).is_ok() {
            return Err(twice(name));
        }
        let mut file = fs::File::create_new(&target).map_err(|error| InstallError::disk(&target, &error))?;
        let mut limited = content.take(self.left.saturating_add(1));
        let written = io::copy(&mut limited, &mut file).map_err(|error| {
            InstallError::fetch(format!("the archive is damaged at {}: {error}", shown(name)))
        })?;
        self.left = self.left.checked_sub(written).ok_or_else(too_large)?;
        file.flush()
            .map_err(|error| InstallError::disk(&target, &error))?;
        drop(file);
        mark_executable(&target, executable).map_err(|error| InstallError::disk(&target, &error))
    }

    /// Notes a symbolic link; links are made in the end, so that nothing is written through one.
    pub(crate) fn link(&mut self, name: &str, points_to: &str) -> Result<(), InstallError> {
        self.count()?;
        let path = self.named(name)?;
        let out = points_to.starts_with('/') || points_to.contains('\\') || points_to.contains('\0');
        if out || climbs(path.parent().unwrap_or(Path::new("")), points_to) {
            let message = format!(
                "the link {} in it leads to {}, outside of the package",
                shown(name),
                shown(points_to)
            );
            return Err(InstallError::unsafe_package(message));
        }
        self.links.push((path, PathBuf::from(points_to)));
        Ok(())
    }

    /// A second name of a file that was unpacked before: its copy.
    pub(crate) fn hard_link(&mut self, name: &str, points_to: &str) -> Result<(), InstallError> {
        let original = self.root.join(self.named(points_to)?);
        let mut file = match fs::symlink_metadata(&original) {
            Ok(metadata) if metadata.is_file() => {
                fs::File::open(&original).map_err(|error| InstallError::disk(&original, &error))?
            }
            Ok(_) | Err(_) => {
                let message = format!(
                    "the link {} in it leads to {}, which is no file of the package",
                    shown(name),
                    shown(points_to)
                );
                return Err(InstallError::unsafe_package(message));
            }
        };
        self.file(name, &mut file, false)
    }

    /// Makes the links, and refuses those that lead out after all.
    pub(crate) fn finish(self) -> Result<(), InstallError> {
        for (path, points_to) in &self.links {
            self.make(path.parent().unwrap_or(Path::new("")))?;
            let at = self.root.join(path);
            if fs::symlink_metadata(&at).is_ok() {
                return Err(twice(&path.to_string_lossy()));
            }
            tree::link(points_to, &at).map_err(|error| InstallError::disk(&at, &error))?;
        }
        tree::remove_git(&self.root).map_err(|error| InstallError::disk(&self.root, &error))?;
        tree::check_links(&self.root)
    }

    fn count(&mut self) -> Result<(), InstallError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            let message = format!("the archive has more than {} entries", self.limits.entries);
            return Err(InstallError::unsafe_package(message));
        }
        Ok(())
    }

    /// A path below the root; it may be the root itself.
    fn place(&self, name: &str) -> Result<PathBuf, InstallError> {
        let outside = || {
            let message = format!("the entry {} in it leads out of the package", shown(name));
            InstallError::unsafe_package(message)
        };
        let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
        if name.starts_with('/') || name.contains('\\') || name.contains('\0') || drive {
            return Err(outside());
        }
        let mut path = PathBuf::new();
        for part in name.split('/').filter(|part| !part.is_empty() && *part != ".") {
            if part == ".." {
                return Err(outside());
            }
            path.push(part);
        }
        Ok(path)
    }

    /// A path below the root that is not the root.
    fn named(&self, name: &str) -> Result<PathBuf, InstallError> {
        let path = self.place(name)?;
        if path.as_os_str().is_empty() {
            return Err(InstallError::unsafe_package("an entry in it has no name"));
        }
        Ok(path)
    }

    /// Makes a directory and those above it. As links are made last, none of them is a link.
    fn make(&self, path: &Path) -> Result<(), InstallError> {
        let target = self.root.join(path);
        fs::create_dir_all(&target).map_err(|error| InstallError::disk(&target, &error))
    }
}

/// Whether a link goes above the root on its way, taken literally.
fn climbs(from: &Path, points_to: &str) -> bool {
    let mut depth = from.components().count();
    for part in points_to
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
    {
        if part != ".." {
            depth += 1;
            continue;
        }
        if depth == 0 {
            return true;
        }
        depth -= 1;
    }
    false
}

fn twice(name: &str) -> InstallError {
    InstallError::unsafe_package(format!("the archive holds {} twice", shown(name)))
}

pub(crate) fn too_large() -> InstallError {
    InstallError::unsafe_package("the archive holds far more than it should, or than its size makes likely")
        .help("Fetch the module from a git repository, or leave out of the archive what is not part of it.")
}

fn shown(name: &str) -> String {
    let short: String = name.chars().take(200).collect();
    format!("`{}`", regprov_http::sanitize(&short))
}

#[cfg(unix)]
fn mark_executable(path: &Path, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if executable {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn mark_executable(_path: &Path, _executable: bool) -> io::Result<()> {
    Ok(())
}
