//! The texts that are damaged: the project's own, and those of folders.

use super::targets::{Shape, Target};
use crate::shell::{Result, root};
use std::fs;
use std::path::{Path, PathBuf};

/// Longer files are left out: what they hold, shorter ones hold too.
const LONGEST: u64 = 20_000;

pub(super) fn gather(target: &Target, extra: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    let root = root();
    let mut texts: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    match target.shape {
        Shape::Files => {
            for folder in [
                root.join("examples"),
                root.join("crates/regprov-lang/tests/fixtures"),
            ] {
                files(&folder, &mut texts)?;
            }
            for folder in extra {
                files(folder, &mut texts)?;
            }
        }
        Shape::Lines => {
            let listed = root.join("crates/regprov-lang/tests/fixtures/expressions.txt");
            let lines =
                fs::read_to_string(&listed).map_err(|error| format!("{}: {error}", listed.display()))?;
            texts.extend(lines.lines().map(|line| line.as_bytes().to_vec()));
        }
        Shape::Seeds => {
            for folder in extra {
                files(folder, &mut texts)?;
            }
        }
    }
    Ok(texts)
}

fn files(folder: &Path, texts: &mut Vec<Vec<u8>>) -> Result {
    let failed = |error| format!("{}: {error}", folder.display());
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, data) = (entry.path(), entry.metadata().map_err(failed)?);
        if data.is_dir() {
            files(&path, texts)?;
        } else if data.is_file() && data.len() <= LONGEST {
            texts.push(fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    Ok(())
}
