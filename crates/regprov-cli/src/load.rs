//! From the working directory to what is planned: configuration, variables, flags.

mod disk;
pub(crate) mod modules;
mod variables;

use crate::arguments::{InputArguments, RefreshArguments};
use crate::codes::NOT_FOUND;
use crate::context::Context;
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_engine::PlanRequest;
use regprov_lang::{
    Configuration, Early, EarlyValues, InstalledModules, LoadOptions, Loaded, Variable, load,
};
use regprov_plan::{Given, Mode, Plan, Realm, UnsupportedTypes, VariableInput, complete_variables};
use regprov_schema::Block;
use regprov_value::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

pub(crate) use disk::WorkingDirectory;
pub(crate) use variables::may_ask;

/// A configuration that can be planned.
pub(crate) struct Configured {
    /// The modules.
    pub(crate) configuration: Arc<Configuration>,
    /// The texts, for messages.
    pub(crate) sources: Sources,
    /// Values given for variables.
    pub(crate) variables: BTreeMap<String, VariableInput>,
    /// The values of variables that are known before planning.
    pub(crate) early: EarlyValues,
    /// The content of the files that were read.
    pub(crate) files: BTreeMap<PathBuf, Arc<[u8]>>,
    /// Where files that functions name are read.
    pub(crate) disk: WorkingDirectory,
}

/// Reads the configuration and the variables of the working directory. Errors are printed here, as they need the sources.
pub(crate) fn configuration(context: &Context, inputs: &InputArguments) -> Result<Configured, Diagnostics> {
    look_into(context)?;
    with_variables(context, inputs, false)
}

/// The same where there may be no configuration at all.
pub(crate) fn configuration_if_any(
    context: &Context,
    inputs: &InputArguments,
) -> Result<Configured, Diagnostics> {
    with_variables(context, inputs, true)
}

fn with_variables(
    context: &Context,
    inputs: &InputArguments,
    may_be_empty: bool,
) -> Result<Configured, Diagnostics> {
    let mut given = variables::given(context, inputs);
    let diagnostics = std::mem::take(&mut given.diagnostics);
    let mut configured = loaded(context, given, may_be_empty)?;
    guard_given(context, &configured.configuration, &configured.variables);
    context.shell.diagnostics(&diagnostics, &configured.sources);
    if diagnostics.has_errors() {
        return Err(Diagnostics::new());
    }
    if may_ask(context, inputs.input) {
        variables::prompt(context, &mut configured);
        guard_given(context, &configured.configuration, &configured.variables);
    }
    Ok(configured)
}

/// Keeps what is given for sensitive variables out of every text, before anything is said about it.
fn guard_given(
    context: &Context,
    configuration: &Configuration,
    variables: &BTreeMap<String, VariableInput>,
) {
    for (name, input) in variables {
        let Some(variable) = sensitive(configuration, name) else {
            continue;
        };
        match &input.given {
            Given::Value(value) => context.guard_value(value),
            Given::Text { text, source } => {
                context.guard(text);
                // Where it is no text but a list, say, its parts are secret too.
                if let Ok(value) = variable.parse_text(text, *source) {
                    context.guard_value(&value);
                }
            }
        }
    }
}

/// Keeps the values of a saved plan's sensitive variables out of every text.
pub(crate) fn guard_planned(context: &Context, plan: &Plan, configuration: &Configuration) {
    for (name, value) in &plan.variables {
        if sensitive(configuration, name).is_some() {
            context.guard_value(value);
        }
    }
}

fn sensitive<'a>(configuration: &'a Configuration, variable: &str) -> Option<&'a Variable> {
    let variable = configuration.root()?.variables.get(variable)?;
    variable.sensitive.then_some(variable)
}

/// Reads the configuration of the working directory, and asks for nothing.
pub(crate) fn files(context: &Context, inputs: &InputArguments) -> Result<Configured, Diagnostics> {
    look_into(context)?;
    let mut given = variables::given(context, inputs);
    let found = std::mem::take(&mut given.diagnostics);
    let configured = loaded(context, given, false)?;
    guard_given(context, &configured.configuration, &configured.variables);
    context.shell.diagnostics(&found, &configured.sources);
    if found.has_errors() {
        return Err(Diagnostics::new());
    }
    Ok(configured)
}

/// How a configuration is loaded with what was given for its variables.
fn options(context: &Context, sources: Sources, variables: BTreeMap<String, Given>) -> LoadOptions {
    LoadOptions::given(sources, variables).with_provider_functions(crate::wiring::provider_functions(context))
}

/// Reads the configuration with these modules installed, and judges nothing.
pub(crate) fn look(
    context: &Context,
    inputs: &InputArguments,
    installed: InstalledModules,
) -> Result<Loaded, Diagnostics> {
    look_into(context)?;
    let disk = WorkingDirectory::new(&context.directory).with_home(context.environment.get("HOME"));
    let given = variables::given(context, inputs);
    let options = options(context, given.sources, texts(&given.variables)).with_installed(installed);
    Ok(load(Path::new("."), &disk, &options))
}

fn loaded(
    context: &Context,
    given: variables::Gathered,
    may_be_empty: bool,
) -> Result<Configured, Diagnostics> {
    let disk = WorkingDirectory::new(&context.directory).with_home(context.environment.get("HOME"));
    let installed = modules::installed(context, &disk)?;
    modules::check(context, &installed)?;
    let mut options = options(context, given.sources, texts(&given.variables)).with_installed(installed);
    options.may_be_empty = may_be_empty;
    let Loaded {
        configuration,
        sources,
        early,
        mut diagnostics,
        ..
    } = load(Path::new("."), &disk, &options);
    if diagnostics.has_errors() {
        check(
            (context, UnsupportedTypes::Refused),
            &configuration,
            &disk,
            &mut diagnostics,
        );
        context.shell.diagnostics(&diagnostics, &sources);
        return Err(Diagnostics::new());
    }
    context.shell.diagnostics(&diagnostics, &sources);
    let files = disk.files_read();
    Ok(Configured {
        configuration: Arc::new(configuration),
        sources,
        variables: given.variables,
        early,
        files,
        disk,
    })
}

fn texts(variables: &BTreeMap<String, VariableInput>) -> BTreeMap<String, Given> {
    let given = variables
        .iter()
        .map(|(name, input)| (name.clone(), input.given.clone()));
    given.collect()
}

impl Configured {
    /// The settings of the `backend` block as the value of a schema, with what went wrong; `None` without such a block.
    pub(crate) fn backend_settings(&self, schema: &Block) -> Option<(Value, Diagnostics)> {
        let root = self.configuration.root()?;
        let backend = self.configuration.backend()?;
        let early = Early::new(root, &self.early, &self.disk);
        Some(early.decode(&backend.body, schema, "A `backend` block"))
    }
}

/// Refuses a directory that cannot be read or has no configuration in it, by its whole path. A file that declares nothing is
/// a configuration: applying it deletes what the state holds.
fn look_into(context: &Context) -> Result<(), Diagnostic> {
    if !is_empty(context)? {
        return Ok(());
    }
    let directory = context.directory.display();
    Err(Diagnostic::error(&NOT_FOUND, "No configuration files")
        .detail(format!(
            "The directory {directory} holds no configuration: no file in it ends in `.tf` or `.tf.json`."
        ))
        .help("Change into the directory that does, or name it: regprov -chdir=DIR plan"))
}

/// Whether the directory has no configuration in it.
pub(crate) fn is_empty(context: &Context) -> Result<bool, Diagnostic> {
    let entries = std::fs::read_dir(&context.directory).map_err(|error| {
        let directory = context.directory.display();
        Diagnostic::error(&NOT_FOUND, "Directory cannot be read")
            .detail(format!("The directory {directory} cannot be read: {error}."))
            .help("Give yourself the right to read it, or name another one: regprov -chdir=DIR plan")
    })?;
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let ends = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    Ok(!names.any(|name| ends.iter().any(|end| name.ends_with(end))))
}

/// Checks the configuration alone.
pub(crate) fn validate(context: &Context, unsupported: UnsupportedTypes) -> (Diagnostics, Sources) {
    let disk = WorkingDirectory::new(&context.directory).with_home(context.environment.get("HOME"));
    let given = variables::surrounding(context);
    let options = options(context, given.sources, texts(&given.variables));
    let (installed, unreadable) = match modules::installed(context, &disk) {
        Ok(installed) => (installed, None),
        Err(diagnostic) => (InstalledModules::default(), Some(diagnostic)),
    };
    // As for Terraform, nothing is wrong with a directory in which nothing is declared.
    let mut options = options.with_installed(installed);
    options.may_be_empty = true;
    let Loaded {
        configuration,
        sources,
        mut diagnostics,
        ..
    } = load(Path::new("."), &disk, &options);
    diagnostics.extend(unreadable);
    check((context, unsupported), &configuration, &disk, &mut diagnostics);
    (diagnostics, sources)
}

/// What is given for variables while a saved plan is applied.
pub(crate) fn given(
    context: &Context,
    inputs: &InputArguments,
) -> Result<(Sources, BTreeMap<String, VariableInput>), Diagnostics> {
    let given = variables::given(context, inputs);
    if given.diagnostics.has_errors() {
        context.shell.diagnostics(&given.diagnostics, &given.sources);
        return Err(Diagnostics::new());
    }
    Ok((given.sources, given.variables))
}

/// Gives a saved plan the values of its ephemeral variables.
pub(crate) fn complete(
    context: &Context,
    plan: &mut Plan,
    configured: &Configured,
    variables: BTreeMap<String, VariableInput>,
) -> Result<(), Diagnostics> {
    guard_given(context, &configured.configuration, &variables);
    let found = complete_variables(plan, &configured.configuration, variables);
    context.shell.diagnostics(&found, &configured.sources);
    if found.has_errors() {
        Err(Diagnostics::new())
    } else {
        Ok(())
    }
}

/// Adds what is wrong with the configuration as far as it could be read, but for what is wrong already at the same place.
fn check(
    (context, unsupported): (&Context, UnsupportedTypes),
    configuration: &Configuration,
    disk: &WorkingDirectory,
    diagnostics: &mut Diagnostics,
) {
    let schemas = regprov_plan::Schemas::new(&crate::wiring::providers_without_clouds(context));
    let mut further = regprov_plan::validate(configuration, &schemas, disk, unsupported);
    if diagnostics.has_errors() {
        // Reading found each reference to nothing, but for what may stand where it could not read.
        let undeclared = [&regprov_lang::codes::UNDECLARED, &regprov_plan::codes::UNDECLARED];
        further.retain(|found| found.code.is_none_or(|code| !undeclared.contains(&code)));
    }
    diagnostics.add_further(further);
    diagnostics.sort();
}

/// The configuration that a saved plan carries.
pub(crate) fn from_plan(context: &Context, plan: &Plan, sources: Sources) -> Result<Configured, Diagnostics> {
    let disk = WorkingDirectory::from_plan(plan);
    let planned = plan.variables.iter();
    let given = planned.map(|(name, value)| (name.clone(), Given::Value(value.clone())));
    let options = options(context, sources, given.collect()).with_installed(modules::carried(&disk)?);
    let Loaded {
        configuration,
        sources,
        early,
        diagnostics,
        ..
    } = load(Path::new("."), &disk, &options);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let files = disk.files_read();
    Ok(Configured {
        configuration: Arc::new(configuration),
        sources,
        variables: BTreeMap::new(),
        early,
        files,
        disk,
    })
}

/// The configuration of the working directory for its backend alone; `None` where there is no configuration. Only what is
/// wrong is said: the commands that use it look at their own things.
pub(crate) fn for_backend(context: &Context) -> Result<Option<Configured>, Diagnostics> {
    if look_into(context).is_err() {
        return Ok(None);
    }
    files(context, &InputArguments::default()).map(Some)
}

/// What the flags ask to be planned.
pub(crate) fn request(
    context: &Context,
    configured: &Configured,
    flags: &RefreshArguments,
    realm: Realm,
) -> Result<PlanRequest, Diagnostics> {
    let mode = match (flags.destroy, flags.refresh_only) {
        (true, _) => Mode::Destroy,
        (false, true) => Mode::RefreshOnly,
        (false, false) => Mode::Normal,
    };
    Ok(PlanRequest {
        configuration: Arc::clone(&configured.configuration),
        sources: configured.sources.clone(),
        files: configured.files.clone(),
        variables: configured.variables.clone(),
        mode,
        targets: addresses(&flags.target, "-target")?,
        replace: addresses(&flags.replace, "-replace")?,
        refresh: flags.refresh,
        skip_unsupported: flags.skip_unsupported,
        adopt: false,
        realm,
        workspace: context.workspace(),
        working_directory: context.directory.clone(),
        home: context.environment.get("HOME").map(PathBuf::from),
    })
}

/// Asks for a plan of everything.
pub(crate) fn plain_request(context: &Context, configured: &Configured, realm: Realm) -> PlanRequest {
    PlanRequest {
        configuration: Arc::clone(&configured.configuration),
        sources: configured.sources.clone(),
        files: configured.files.clone(),
        variables: configured.variables.clone(),
        mode: Mode::Normal,
        targets: Vec::new(),
        replace: Vec::new(),
        refresh: true,
        skip_unsupported: false,
        adopt: false,
        realm,
        workspace: context.workspace(),
        working_directory: context.directory.clone(),
        home: context.environment.get("HOME").map(PathBuf::from),
    }
}

/// Reads addresses given by a flag.
pub(crate) fn addresses<T: FromStr<Err: std::fmt::Display>>(
    texts: &[String],
    flag: &str,
) -> Result<Vec<T>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let parsed = texts.iter().filter_map(|text| {
        let address = text.parse().map_err(|error| {
            diagnostics.push(
                Diagnostic::error(&NOT_FOUND, "Invalid address").detail(format!("{flag} `{text}`: {error}.")),
            );
        });
        address.ok()
    });
    let parsed: Vec<T> = parsed.collect();
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(parsed)
    }
}
