//! The cases: a file or a folder, and what is expected of it.

use super::entries;
use crate::shell::Result;
use std::path::{Path, PathBuf};

/// What is expected of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// No error.
    Accepted,
    /// Some error.
    Refused,
    /// Warnings on the lines that the file marks, and no error.
    Warned,
    /// Errors on the lines that the file marks.
    Failing,
}

/// One case.
pub(super) struct Case {
    /// A file, which stands for a module of its own, or a folder.
    pub(super) path: PathBuf,
    pub(super) expected: Expected,
}

/// The folders of cases.
const FOLDERS: [(&str, Expected); 6] = [
    ("valid-files", Expected::Accepted),
    ("valid-modules", Expected::Accepted),
    ("invalid-files", Expected::Refused),
    ("invalid-modules", Expected::Refused),
    ("warning-files", Expected::Warned),
    ("error-files", Expected::Failing),
];

/// Single trees.
const TREES: [(&str, Expected); 10] = [
    ("config-build", Expected::Accepted),
    ("dir-empty", Expected::Accepted),
    ("duplicate-local-name", Expected::Refused),
    ("escaping-blocks/resource", Expected::Accepted),
    ("escaping-blocks/data", Expected::Accepted),
    ("escaping-blocks/provider", Expected::Accepted),
    ("experiments/current", Expected::Refused),
    ("nested-backend-warning", Expected::Accepted),
    ("nested-cloud-warning", Expected::Accepted),
    ("provider-reqs", Expected::Accepted),
];

/// Every case below the folder.
pub(super) fn all(material: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (folder, expected) in FOLDERS {
        let found = entries(&material.join(folder))?;
        cases.extend(found.into_iter().map(|path| Case { path, expected }));
    }
    // Whole trees; those with a file `errors` are wrong.
    for path in entries(&material.join("config-diagnostics"))? {
        let expected = match path.join("errors").is_file() {
            true => Expected::Refused,
            false => Expected::Accepted,
        };
        cases.push(Case { path, expected });
    }
    for (name, expected) in TREES {
        let path = material.join(name);
        if path.is_dir() {
            cases.push(Case { path, expected });
        }
    }
    if cases.is_empty() {
        return Err(format!("{} holds no test configurations", material.display()));
    }
    Ok(cases)
}

impl Case {
    /// Folder and name.
    pub(super) fn name(&self) -> String {
        let parts: Vec<_> = self.path.components().rev().take(2).collect();
        let parts = parts.iter().rev().map(|part| part.as_os_str().to_string_lossy());
        parts.collect::<Vec<_>>().join("/")
    }
}
