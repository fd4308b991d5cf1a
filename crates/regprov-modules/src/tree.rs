//! Directory trees: their digest, copies, and links that lead out of them.

use crate::InstallError;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How deep directories may nest.
const DEPTH: usize = 64;

/// What lies in a tree, `.git` apart.
enum Entry {
    Directory,
    File,
    /// A link and what it says.
    Link(PathBuf),
}

/// The digest of all files of a package: that of the lines `SHA256  PATH`, in the order of the paths. A link counts as
/// the line `link  PATH -> TARGET`. `.git` does not count.
///
/// # Errors
/// Something in the tree cannot be read.
pub fn digest(root: &Path) -> io::Result<String> {
    let mut entries = Vec::new();
    walk(root, Path::new(""), 0, &mut entries)?;
    let mut lines = Vec::new();
    for (path, entry) in entries {
        let name = path.to_string_lossy().replace('\\', "/");
        let line = match entry {
            Entry::Directory => continue,
            Entry::File => format!("{}  {name}\n", file_digest(&root.join(&path))?),
            Entry::Link(target) => format!("link  {name} -> {}\n", target.display()),
        };
        lines.push((name, line));
    }
    lines.sort();
    let mut whole = Sha256::new();
    lines.iter().for_each(|(_, line)| whole.update(line));
    Ok(format!("sha256:{}", hex::encode(whole.finalize())))
}

fn file_digest(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}

fn walk(root: &Path, below: &Path, depth: usize, found: &mut Vec<(PathBuf, Entry)>) -> io::Result<()> {
    if depth > DEPTH {
        return Err(io::Error::other("its directories are nested too deeply"));
    }
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        if entry.file_name() == ".git" {
            continue;
        }
        let (path, kind) = (below.join(entry.file_name()), entry.file_type()?);
        if kind.is_symlink() {
            let target = fs::read_link(entry.path())?;
            found.push((path, Entry::Link(target)));
        } else if kind.is_dir() {
            found.push((path.clone(), Entry::Directory));
            walk(root, &path, depth + 1, found)?;
        } else {
            found.push((path, Entry::File));
        }
    }
    Ok(())
}

/// Copies a package, links as links.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), InstallError> {
    let failed = |error| InstallError::disk(to, &error);
    let mut entries = Vec::new();
    walk(from, Path::new(""), 0, &mut entries).map_err(|error| InstallError::disk(from, &error))?;
    fs::create_dir_all(to).map_err(failed)?;
    for (path, entry) in entries {
        let target = to.join(&path);
        match entry {
            Entry::Directory => fs::create_dir_all(&target),
            Entry::File => fs::copy(from.join(&path), &target).map(drop),
            Entry::Link(points_to) => link(&points_to, &target),
        }
        .map_err(failed)?;
    }
    Ok(())
}

/// Makes a symbolic link.
#[cfg(unix)]
pub(crate) fn link(points_to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(points_to, at)
}

/// Makes a symbolic link.
#[cfg(not(unix))]
pub(crate) fn link(_points_to: &Path, _at: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Refuses links that lead out of a tree, and removes those that lead nowhere.
pub(crate) fn check_links(root: &Path) -> Result<(), InstallError> {
    let disk = |error| InstallError::disk(root, &error);
    let real = fs::canonicalize(root).map_err(disk)?;
    let mut entries = Vec::new();
    walk(root, Path::new(""), 0, &mut entries).map_err(disk)?;
    for (path, entry) in entries {
        let Entry::Link(target) = entry else {
            continue;
        };
        match fs::canonicalize(root.join(&path)) {
            Ok(place) if place.starts_with(&real) && !place.starts_with(real.join(".git")) => {}
            Ok(_) => {
                let message = format!(
                    "the link {} in it leads to {}, outside of the package",
                    path.display(),
                    target.display()
                );
                return Err(InstallError::unsafe_package(message));
            }
            Err(_) => fs::remove_file(root.join(&path)).map_err(disk)?,
        }
    }
    Ok(())
}

/// Removes every `.git` of a checkout.
pub(crate) fn remove_git(root: &Path) -> io::Result<()> {
    remove_git_below(root, 0)
}

fn remove_git_below(directory: &Path, depth: usize) -> io::Result<()> {
    if depth > DEPTH {
        return Err(io::Error::other("its directories are nested too deeply"));
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        match (entry.file_name() == ".git", kind.is_dir()) {
            (true, true) => fs::remove_dir_all(entry.path())?,
            (true, false) => fs::remove_file(entry.path())?,
            (false, true) => remove_git_below(&entry.path(), depth + 1)?,
            (false, false) => {}
        }
    }
    Ok(())
}

/// Removes what is at a path: a tree, a link or a file; nothing there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), InstallError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    removed.map_err(|error| InstallError::disk(path, &error))
}

/// Resolves the directory within a package; each part may hold wildcards that match one name.
pub(crate) fn find(root: &Path, directory: &str) -> Result<PathBuf, InstallError> {
    let mut found = PathBuf::new();
    for part in Path::new(directory).components() {
        let part = part.as_os_str().to_string_lossy();
        if !part.contains(['*', '?']) {
            found.push(part.as_ref());
            continue;
        }
        let names = fs::read_dir(root.join(&found)).map_err(|error| InstallError::disk(root, &error))?;
        let matching: Vec<String> = names
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name != ".git" && matches(&part, name))
            .collect();
        let [name] = matching.as_slice() else {
            let message = format!(
                "{} entries of its package match `{part}` of `//{directory}`, and one should",
                matching.len()
            );
            return Err(InstallError::fetch(message));
        };
        found.push(name);
    }
    if root.join(&found).is_dir() {
        return Ok(found);
    }
    Err(
        InstallError::fetch(format!("its package has no directory `{directory}`"))
            .help("The part of the source after `//` is a directory within the package."),
    )
}

/// `*` is any text, `?` one character.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut next, mut star) = (0, 0, None);
    while next < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, next));
                at += 1;
            }
            Some('?') => (at, next) = (at + 1, next + 1),
            Some(character) if *character == name[next] => (at, next) = (at + 1, next + 1),
            Some(_) | None => match star {
                Some((before, eaten)) => {
                    (at, next) = (before + 1, eaten + 1);
                    star = Some((before, eaten + 1));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*", "x", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("?b*", "ab", true),
            ("", "", true),
            ("*-*", "a-b-c", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn the_digest_counts_names_and_contents_and_not_git() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("sub/.git")).unwrap();
        fs::write(root.join("sub/a.tf"), "a").unwrap();
        let first = digest(root).unwrap();
        assert!(first.starts_with("sha256:") && first.len() == 71, "{first}");
        fs::write(root.join("sub/.git/x"), "x").unwrap();
        assert_eq!(digest(root).unwrap(), first);
        fs::rename(root.join("sub/a.tf"), root.join("sub/b.tf")).unwrap();
        assert_ne!(digest(root).unwrap(), first);
    }

    #[cfg(unix)]
    #[test]
    fn a_chain_of_links_out_of_a_package_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("package");
        fs::create_dir_all(root.join("d")).unwrap();
        fs::write(root.join("a"), "a").unwrap();
        link(Path::new("../a"), &root.join("d/fine")).unwrap();
        link(Path::new("nothing"), &root.join("dangling")).unwrap();
        check_links(&root).unwrap();
        assert!(fs::symlink_metadata(root.join("dangling")).is_err());
        link(Path::new("."), &root.join("d/here")).unwrap();
        link(Path::new("d/here/../.."), &root.join("out")).unwrap();
        let error = check_links(&root).unwrap_err();
        assert!(error.to_string().contains("outside of the package"), "{error}");
    }
}
