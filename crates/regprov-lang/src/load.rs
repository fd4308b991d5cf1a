//! Loading: files to modules to a configuration.

mod build;
mod calls;
mod check;
mod condition;
mod files;
mod installed;
pub(crate) mod literal;
mod merge;
mod meta;
mod provider;
mod provisioner;
mod required;
mod resource;
mod settings;
mod source;
mod terraform;
mod variable;

use crate::configuration::OpenSource;
use crate::early::{Early, EarlyValues, Given, early_values};
use crate::raw::problem;
use crate::{
    Configuration, Expr, FunctionContext, Module, ModuleCall, ProviderFunctions, Spanned, StaticModulePath,
    codes,
};
use calls::Place;
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

pub use installed::{InstalledModule, InstalledModules, WantedModule};

/// Where the files of the configuration come from: a disk, memory, a plan file.
pub trait Files {
    /// The content of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>>;

    /// The names of what lies in a directory, in any order.
    ///
    /// # Errors
    /// When it cannot be read.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// Whether a directory exists there.
    fn is_dir(&self, path: &Path) -> bool;
}

/// How to load.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LoadOptions {
    /// The sources that texts among the variables come from; the files are added to them.
    pub sources: Sources,
    /// What was given for variables of the root module: a source or version of a module may refer to them.
    pub variables: BTreeMap<String, Given>,
    /// The modules that do not stand beside the configuration.
    pub installed: InstalledModules,
    /// The functions that providers offer.
    pub provider_functions: ProviderFunctions,
    /// Whether a directory without configuration files is a root module in which nothing is declared.
    pub may_be_empty: bool,
}

impl LoadOptions {
    /// With what was given for variables, and the sources of texts among that.
    pub fn given(sources: Sources, variables: BTreeMap<String, Given>) -> Self {
        Self {
            sources,
            variables,
            installed: InstalledModules::default(),
            provider_functions: ProviderFunctions::default(),
            may_be_empty: false,
        }
    }

    /// The same with functions that providers offer.
    #[must_use]
    pub fn with_provider_functions(mut self, functions: ProviderFunctions) -> Self {
        self.provider_functions = functions;
        self
    }

    /// The same with modules that were installed.
    #[must_use]
    pub fn with_installed(mut self, installed: InstalledModules) -> Self {
        self.installed = installed;
        self
    }
}

/// What was loaded. With errors among the diagnostics, the configuration holds what could be understood.
#[derive(Debug)]
pub struct Loaded {
    /// The module tree.
    pub configuration: Configuration,
    /// Every file that was read.
    pub sources: Sources,
    /// The values of the root module's variables as far as they are known before planning.
    pub early: EarlyValues,
    /// What was found wrong.
    pub diagnostics: Diagnostics,
    /// Modules that are called and not installed, each with an error among the diagnostics.
    pub wanted: Vec<WantedModule>,
}

/// Loads a root module and every module that it calls. A name in `sources` is `root` joined with the path below it.
pub fn load(root: &Path, files: &dyn Files, options: &LoadOptions) -> Loaded {
    let loaded = Loaded {
        configuration: Configuration::default(),
        sources: options.sources.clone(),
        early: EarlyValues::new(),
        diagnostics: Diagnostics::new(),
        wanted: Vec::new(),
    };
    let mut loader = Loader {
        root,
        files,
        given: &options.variables,
        installed: &options.installed,
        provider_functions: &options.provider_functions,
        may_be_empty: options.may_be_empty,
        loaded,
    };
    loader.module(&Place::root(), Vec::new());
    let mut loaded = loader.loaded;
    check::check(&loaded.configuration, &loaded.sources, &mut loaded.diagnostics);
    loaded.diagnostics.remove_repeats();
    loaded
}

struct Loader<'a> {
    root: &'a Path,
    files: &'a dyn Files,
    given: &'a BTreeMap<String, Given>,
    installed: &'a InstalledModules,
    provider_functions: &'a ProviderFunctions,
    may_be_empty: bool,
    loaded: Loaded,
}

impl Loader<'_> {
    fn module(&mut self, place: &Place, path: StaticModulePath) {
        let on_disk = join(self.root, &place.directory);
        let may_be_empty = self.may_be_empty && path.is_empty();
        let parsed = files::parse(&on_disk, self.files, may_be_empty, &mut self.loaded);
        let found = &mut self.loaded.diagnostics;
        let mut module = Module {
            path: path.clone(),
            directory: place.directory.clone(),
            ..Module::default()
        };
        let mut blocks = parsed.blocks;
        merge::overrides(&mut blocks, parsed.overrides, found);
        build::declare(&mut module, blocks, found);
        module.functions = self.provider_functions.of(&module.required_providers);
        if path.is_empty() {
            self.loaded.early = early_values(&module, self.given);
        }
        self.sources(&mut module);
        source::check(&module, &mut self.loaded.diagnostics);
        let calls: Vec<ModuleCall> = module.module_calls.values().cloned().collect();
        self.loaded.configuration.modules.insert(path.clone(), module);
        for call in calls {
            let mut path = path.clone();
            path.push(call.name.to_string());
            if let Some(child) = self.place_of(place, &path, &call) {
                self.module(&child, path);
            }
        }
    }

    /// Evaluates the sources and versions that are not literal; a call whose source is not known is left out.
    fn sources(&mut self, module: &mut Module) {
        let open = |call: &ModuleCall| call.open.source.is_some() || call.open.version.is_some();
        if !module.module_calls.values().any(open) {
            return;
        }
        let values = self.early(module);
        let functions = FileFunctions {
            root: self.root,
            files: self.files,
        };
        let early = Early::new(module, &values, &functions);
        let mut calls = module.module_calls.clone();
        calls.retain(|_, call| {
            let OpenSource { source, version } = std::mem::take(&mut call.open);
            let found = &mut self.loaded.diagnostics;
            let known = source.is_none_or(|expr| fill(&mut call.source, &early, &expr, found));
            known
                && version.is_none_or(|expr| {
                    call.version
                        .as_mut()
                        .is_none_or(|text| fill(text, &early, &expr, found))
                })
        });
        module.module_calls = calls;
    }

    /// The values of a module's variables as far as they are known now.
    fn early(&self, module: &Module) -> EarlyValues {
        let Some((name, above)) = module.path.split_last() else {
            return self.loaded.early.clone();
        };
        let Some(parent) = self.loaded.configuration.modules.get(above) else {
            return EarlyValues::new();
        };
        let values = self.early(parent);
        let functions = FileFunctions {
            root: self.root,
            files: self.files,
        };
        let call = parent.module_calls.get(name.as_str());
        call.map(|call| Early::new(parent, &values, &functions).inputs(call, module))
            .unwrap_or_default()
    }
}

/// Puts the value of an expression in the place of a text; answers whether there is one.
fn fill(text: &mut Spanned, early: &Early<'_>, expr: &Expr, found: &mut Diagnostics) -> bool {
    let Some(value) = found.take(early.evaluate(expr, "Where a module comes from")) else {
        return false;
    };
    let hidden = value.is_sensitive_deep();
    match value.as_str().filter(|_| !hidden) {
        Some(known) => known.clone_into(&mut text.text),
        None => {
            let detail = "Where a module comes from is a string, and neither sensitive nor null.";
            found.push(problem(&codes::VALUE, expr.span(), detail));
            return false;
        }
    }
    true
}

/// Functions that read files, while the configuration is loaded.
struct FileFunctions<'a> {
    root: &'a Path,
    files: &'a dyn Files,
}

impl FunctionContext for FileFunctions<'_> {
    fn read_file(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        self.files.read(&join(self.root, path))
    }
}

/// Joins paths by their parts, so that `a/../b` is `b` and `.` vanishes.
fn join(base: &Path, more: &Path) -> PathBuf {
    let mut joined = PathBuf::new();
    for part in base.components().chain(more.components()) {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match joined.components().next_back() {
                Some(Component::Normal(_)) => {
                    joined.pop();
                }
                Some(_) | None => joined.push(part),
            },
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => joined.push(part),
        }
    }
    if joined.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        joined
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(&codes::FILE, codes::FILE.title)
        .detail(format!("{} could not be read: {error}.", path.display()))
}
