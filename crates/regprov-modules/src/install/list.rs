//! The list of installed modules, beside what is pinned.

use super::{package_directory, package_of};
use crate::{InstallError, Lock, codes, tree};
use regprov_lang::{Configuration, InstalledModule, InstalledModules, ModuleSource};
use std::collections::BTreeMap;
use std::path::Path;

/// The installed modules that are not what is pinned.
///
/// # Errors
/// What is installed cannot be read.
pub fn changed(
    root: &Path,
    data: &Path,
    installed: &InstalledModules,
    lock: &Lock,
) -> Vec<(String, InstallError)> {
    let mut found = Vec::new();
    for (key, module) in &installed.0 {
        let Some(pin) = lock
            .0
            .get(key)
            .filter(|pin| pin.source == package_of(&module.source))
        else {
            continue;
        };
        let place = root.join(package_directory(data, key));
        match tree::digest(&place) {
            Ok(digest) if digest == pin.digest && pin.version == module.version => {}
            Ok(digest) => {
                let message = format!(
                    "what lies in {} has the digest {digest}, and {} is pinned",
                    place.display(),
                    pin.digest
                );
                let error = InstallError::new(&codes::CHANGED, message)
                    .help("Install what is pinned: regprov init. Pin what is newest: regprov init -upgrade");
                found.push((key.clone(), error));
            }
            Err(error) => found.push((key.clone(), InstallError::disk(&place, &error))),
        }
    }
    found
}

/// Writes the list of installed modules as Terraform does, the local ones included.
///
/// # Errors
/// It cannot be written.
pub fn write_list(
    root: &Path,
    data: &Path,
    configuration: &Configuration,
    installed: &InstalledModules,
) -> Result<(), InstallError> {
    let mut rows = BTreeMap::new();
    for (path, module) in &configuration.modules {
        let key = path.join(".");
        let call = path.split_last().and_then(|(name, above)| {
            let parent = configuration.modules.get(above)?;
            ModuleSource::parse(&parent.module_calls.get(name.as_str())?.source.text).ok()
        });
        let local = |source: String| InstalledModule {
            source,
            version: None,
            directory: module.directory.clone(),
        };
        let row = match call {
            None => local(String::new()),
            Some(ModuleSource::Local(source)) => local(source),
            Some(ModuleSource::Registry(_) | ModuleSource::Remote(_)) => match installed.0.get(&key) {
                Some(row) => row.clone(),
                None => continue,
            },
        };
        rows.insert(key, row);
    }
    let directory = root.join(data).join("modules");
    let path = directory.join("modules.json");
    let new = directory.join("modules.json.new");
    std::fs::create_dir_all(&directory)
        .and_then(|()| std::fs::write(&new, InstalledModules(rows).to_json()))
        .and_then(|()| std::fs::rename(&new, &path))
        .map_err(|error| InstallError::disk(&path, &error))
}
