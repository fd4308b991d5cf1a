//! Files in memory.
#![allow(dead_code, reason = "each test file uses its own part")]

use regprov_diag::Sources;
use regprov_lang::{Files, Given, LoadOptions, Loaded, load};
use regprov_value::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by path.
#[derive(Default)]
pub(crate) struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    pub(crate) fn with(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.0.insert(PathBuf::from(path), content.as_ref().to_vec());
        self
    }

    pub(crate) fn load(&self) -> Loaded {
        load(Path::new("."), self, &LoadOptions::default())
    }

    pub(crate) fn load_with(&self, variables: &[(&str, Value)]) -> Loaded {
        let given = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Given::Value(value.clone())));
        load(
            Path::new("."),
            self,
            &LoadOptions::given(Sources::new(), given.collect()),
        )
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        self.0
            .get(path)
            .map(|content| content.as_slice().into())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let directory = if directory == Path::new(".") {
            Path::new("")
        } else {
            directory
        };
        let here = self.0.keys().filter(|path| path.parent() == Some(directory));
        Ok(here
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
            .collect())
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.0
            .keys()
            .any(|file| file.parent().is_some_and(|parent| parent.starts_with(path)))
    }
}

/// One file, `main.tf`.
pub(crate) fn main_tf(text: &str) -> Loaded {
    Memory::default().with("main.tf", text).load()
}

/// One line per diagnostic: place, summary, detail.
pub(crate) fn said(loaded: &Loaded) -> String {
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.sort();
    let line = |diagnostic: &regprov_diag::Diagnostic| {
        let place = diagnostic
            .subject
            .map(|span| loaded.sources.place(span))
            .unwrap_or_default();
        let help: String = diagnostic.help.iter().map(|help| format!(" {help}")).collect();
        format!("{place} {diagnostic}{help}\n")
    };
    diagnostics.iter().map(line).collect()
}
