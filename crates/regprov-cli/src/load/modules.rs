//! The modules that were installed for a configuration.

use super::WorkingDirectory;
use crate::context::Context;
use regprov_diag::Diagnostic;
use regprov_lang::{InstalledModules, codes};
use std::path::Path;

/// The modules that were installed for the working directory.
pub(crate) fn installed(context: &Context, disk: &WorkingDirectory) -> Result<InstalledModules, Diagnostic> {
    let data = context.data_directory();
    disk.installed(data).map_err(|error| unreadable(data, &error))
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
