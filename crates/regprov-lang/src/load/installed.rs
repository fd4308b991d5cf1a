//! Modules that were installed, and those that still have to be.

use crate::{Constraints, ModuleSource, StaticModulePath};
use regprov_diag::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The modules that were installed, by the names of the calls that lead to them (`network.subnets`). Its JSON form is
/// Terraform's `modules.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstalledModules(pub BTreeMap<String, InstalledModule>);

/// One installed module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledModule {
    /// The normal form of its source.
    #[serde(rename = "Source", default)]
    pub source: String,
    /// Its version, where it comes from a registry.
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its directory, from the root module.
    #[serde(rename = "Dir")]
    pub directory: PathBuf,
}

/// A module that is called and not installed.
#[derive(Debug, Clone)]
pub struct WantedModule {
    /// The calls that lead to it.
    pub path: StaticModulePath,
    /// Where it comes from.
    pub source: ModuleSource,
    /// The versions that are allowed.
    pub version: Constraints,
    /// Where its source is written.
    pub span: Span,
}

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(rename = "Key")]
    key: String,
    #[serde(flatten)]
    module: InstalledModule,
}

#[derive(Serialize, Deserialize)]
struct List {
    #[serde(rename = "Modules")]
    modules: Vec<Row>,
}

impl InstalledModules {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// It is not such a list.
    pub fn from_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let list: List = serde_json::from_slice(bytes)?;
        Ok(Self(
            list.modules
                .into_iter()
                .map(|row| (row.key, row.module))
                .collect(),
        ))
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        let rows = self.0.iter().map(|(key, module)| Row {
            key: key.clone(),
            module: module.clone(),
        });
        let list = List {
            modules: rows.collect(),
        };
        serde_json::to_string(&list).expect("text and paths that came from text have a JSON form")
    }

    /// The module that a chain of calls leads to.
    pub fn get(&self, path: &[String]) -> Option<&InstalledModule> {
        self.0.get(&path.join("."))
    }
}
