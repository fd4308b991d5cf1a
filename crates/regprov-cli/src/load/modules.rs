//! The modules that were installed for a configuration.

use super::WorkingDirectory;
use crate::context::Context;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{InstalledModules, codes};
use regprov_modules::{Lock, changed};
use std::path::Path;

/// The modules that were installed for the working directory.
pub(crate) fn installed(context: &Context, disk: &WorkingDirectory) -> Result<InstalledModules, Diagnostic> {
    let data = context.data_directory();
    disk.installed(data).map_err(|error| unreadable(data, &error))
}

/// Refuses installed modules that are not what the lock file pins.
pub(super) fn check(context: &Context, installed: &InstalledModules) -> Result<(), Diagnostics> {
    if installed.0.is_empty() {
        return Ok(());
    }
    let lock = Lock::read(&context.directory).map_err(|error| error.about_all())?;
    let changed = changed(&context.directory, context.data_directory(), installed, &lock);
    let diagnostics: Diagnostics = changed
        .iter()
        .map(|(key, error)| error.diagnostic(key, None))
        .collect();
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(diagnostics)
    }
}

/// The modules that a plan carries.
pub(super) fn carried(disk: &WorkingDirectory) -> Result<InstalledModules, Diagnostic> {
    disk.installed(Path::new(""))
        .map_err(|error| unreadable(Path::new("the plan"), &error))
}

fn unreadable(place: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(&codes::MODULE_MISSING, "List of installed modules cannot be read")
        .detail(format!(
            "The list of modules in {} cannot be read: {error}.",
            place.display()
        ))
        .help("Install the modules anew: regprov init -upgrade")
}
