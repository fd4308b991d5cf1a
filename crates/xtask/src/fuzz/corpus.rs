//! The texts that are damaged: the project's own, and those of folders.

use super::targets::{Shape, Target};
use crate::shell::{Result, root};
use std::fs;
use std::path::{Path, PathBuf};

/// Longer files are left out: what they hold, shorter ones hold too.
const LONGEST: u64 = 50_000;

pub(super) fn gather(target: &Target, extra: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    let root = root();
    let mut texts: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    match target.shape {
        Shape::Files => {
            for folder in ["examples", "crates/regprov-lang/tests/fixtures"] {
                files(&root.join(folder), &[".tf", ".tfvars"], &mut texts)?;
            }
        }
        Shape::Lines => {
            for list in [
                "crates/regprov-lang/tests/fixtures/expressions.txt",
                "crates/xtask/src/diff_language/listed.txt",
            ] {
                let listed = root.join(list);
                let lines =
                    fs::read_to_string(&listed).map_err(|error| format!("{}: {error}", listed.display()))?;
                texts.extend(lines.lines().map(|line| line.as_bytes().to_vec()));
            }
        }
        Shape::Seeds(folders) => {
            for folder in folders {
                files(&root.join(folder), &[".json", ".tfstate"], &mut texts)?;
            }
        }
        Shape::Sealed(folder) => {
            let mut plans = Vec::new();
            files(&root.join(folder), &[".json"], &mut plans)?;
            for plan in plans {
                texts.push(super::plans::seal(&plan)?);
            }
        }
    }
    for folder in extra {
        files(folder, &[""], &mut texts)?;
    }
    Ok(texts)
}

/// The files below a folder whose names end in one of these.
fn files(folder: &Path, endings: &[&str], texts: &mut Vec<Vec<u8>>) -> Result {
    let failed = |error| format!("{}: {error}", folder.display());
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, data) = (entry.path(), entry.metadata().map_err(failed)?);
        let name = path.to_string_lossy();
        if data.is_dir() {
            files(&path, endings, texts)?;
        } else if data.is_file()
            && data.len() <= LONGEST
            && endings.iter().any(|ending| name.ends_with(ending))
        {
            texts.push(fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    Ok(())
}
