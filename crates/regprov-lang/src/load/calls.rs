//! From a module call to the directory of its module.

use super::{Loader, WantedModule, join};
use crate::raw::problem;
use crate::{Constraints, InstalledModule, ModuleCall, ModuleSource, RegistrySource, Spanned, codes};
use regprov_diag::{Diagnostic, Span};
use std::path::{Path, PathBuf};

/// How deep module calls may nest.
const DEPTH: usize = 32;

/// How many modules a configuration may have.
const MODULES: usize = 10_000;

/// Where a module stands.
pub(super) struct Place {
    /// Its directory, from the root module.
    pub(super) directory: PathBuf,
    /// The package that it was downloaded with, which its calls by path cannot leave.
    package: Option<PathBuf>,
    /// What the modules around it, and it itself, are known by.
    chain: Vec<String>,
}

impl Place {
    pub(super) fn root() -> Self {
        Self {
            directory: PathBuf::from("."),
            package: None,
            chain: vec![".".to_owned()],
        }
    }

    fn child(&self, name: String, directory: PathBuf, package: Option<PathBuf>) -> Self {
        let mut chain = self.chain.clone();
        chain.push(name);
        Self {
            directory,
            package,
            chain,
        }
    }
}

impl Loader<'_> {
    /// The place of a called module; what stands against it becomes a diagnostic.
    pub(super) fn place_of(&mut self, parent: &Place, path: &[String], call: &ModuleCall) -> Option<Place> {
        let answer = match source_of(call) {
            Ok((ModuleSource::Local(relative), _)) => self.local(parent, call, &relative),
            Ok((source, version)) => self.downloaded(parent, path, call, (source, version)),
            Err(diagnostic) => Err(diagnostic),
        };
        let answer = answer.and_then(|place| self.within_limits(place, path, &call.source));
        self.loaded.diagnostics.take(answer)
    }

    fn local(&self, parent: &Place, call: &ModuleCall, relative: &str) -> Result<Place, Diagnostic> {
        let directory = join(&parent.directory, Path::new(relative));
        let span = call.source.span;
        if let Some(package) = &parent.package
            && !directory.starts_with(package)
        {
            let detail = format!(
                "The module `{}` comes from {relative:?}, which leads out of the package {} that the calling module was downloaded with.",
                call.name,
                package.display()
            );
            return Err(problem(&codes::MODULE_ESCAPE, span, detail));
        }
        let name = directory.display().to_string();
        if parent.chain.contains(&name) {
            let detail = format!("The module in {name} is called from within itself.");
            return Err(problem(&codes::MODULE_DEPTH, span, detail));
        }
        if !self.files.is_dir(&join(self.root, &directory)) {
            let detail = format!(
                "The module `{}` should be in the directory {name}, which does not exist.",
                call.name
            );
            return Err(problem(&codes::FILE, span, detail));
        }
        Ok(parent.child(name, directory, parent.package.clone()))
    }

    fn downloaded(
        &mut self,
        parent: &Place,
        path: &[String],
        call: &ModuleCall,
        (source, version): (ModuleSource, Constraints),
    ) -> Result<Place, Diagnostic> {
        let span = call.source.span;
        let name = source.to_string();
        if parent.chain.contains(&name) {
            let detail = format!("The module from {name} is called from within itself.");
            return Err(problem(&codes::MODULE_DEPTH, span, detail));
        }
        let missing = match self.installed.get(path) {
            None => format!(
                "The module `{}` comes from {name} and is not installed yet.",
                call.name
            ),
            Some(module) if module.source != name => format!(
                "The module `{}` comes from {name}, and what is installed came from {}.",
                call.name, module.source
            ),
            Some(module) if !is_allowed(module, &version) => format!(
                "The module `{}` is installed in version {}, which its `version` does not allow.",
                call.name,
                module.version.as_deref().unwrap_or("(none)")
            ),
            Some(module) if !self.files.is_dir(&join(self.root, &module.directory)) => format!(
                "The module `{}` should be installed in {}, which does not exist.",
                call.name,
                module.directory.display()
            ),
            Some(module) => {
                let directory = join(Path::new("."), &module.directory);
                let package = package_of(&directory, source.directory());
                return Ok(parent.child(name, directory, Some(package)));
            }
        };
        self.loaded.wanted.push(WantedModule {
            path: path.to_vec(),
            source,
            version,
            span,
        });
        Err(problem(&codes::MODULE_MISSING, span, missing).help("Install the modules: regprov init"))
    }

    fn within_limits(&self, place: Place, path: &[String], source: &Spanned) -> Result<Place, Diagnostic> {
        let directory = place.directory.display();
        let detail = if path.len() > DEPTH {
            format!(
                "Module calls are nested more than {DEPTH} deep; the module in {directory} probably calls itself."
            )
        } else if self.loaded.configuration.modules.len() >= MODULES {
            format!(
                "The configuration calls more than {MODULES} modules; the module in {directory} is left out."
            )
        } else {
            return Ok(place);
        };
        Err(problem(&codes::MODULE_DEPTH, source.span, detail))
    }
}

/// The source of a call, and the versions that it allows.
fn source_of(call: &ModuleCall) -> Result<(ModuleSource, Constraints), Diagnostic> {
    let Spanned { text, span } = &call.source;
    let refused = |span: Span, detail: String| problem(&codes::MODULE_SOURCE, span, detail);
    let Some(version) = &call.version else {
        let source = ModuleSource::parse(text).map_err(|error| {
            let detail = format!("The module `{}` comes from {text:?}: {error}.", call.name);
            let diagnostic = refused(*span, detail);
            match error.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        })?;
        return Ok((source, Constraints::default()));
    };
    let registry = RegistrySource::parse(text).map_err(|error| {
        let detail = format!(
            "The module `{}` has a `version`, so that its source should be a module of a registry, and {text:?} is none: {error}.",
            call.name
        );
        refused(*span, detail).help("Remove `version`: only modules of a registry have versions. A git repository takes `?ref=`.")
    })?;
    let constraints = version.text.parse().map_err(|error| {
        refused(
            version.span,
            format!(
                "The versions of the module `{}` are not readable: {error}.",
                call.name
            ),
        )
    })?;
    Ok((ModuleSource::Registry(registry), constraints))
}

fn is_allowed(module: &InstalledModule, version: &Constraints) -> bool {
    let installed = module.version.as_deref().and_then(|text| text.parse().ok());
    installed.is_none_or(|installed| version.allow(&installed))
}

/// The package around a module's directory. What is written of the way there may hold wildcards, so that only its length counts.
fn package_of(directory: &Path, within: &str) -> PathBuf {
    let depth = Path::new(within).components().count();
    directory.ancestors().nth(depth).unwrap_or(directory).to_owned()
}
