//! Installing the modules of the working directory: rounds of loading and downloading, until nothing is wanted.

use crate::arguments::InputArguments;
use crate::context::Context;
use crate::load::{self, WorkingDirectory};
use crate::realm;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{InstalledModules, Loaded, ModuleSource, codes};
use regprov_modules::{
    CredentialPlaces, Credentials, InstallError, Installer, LOCK_FILE, Limits, Lock, Settings, write_list,
};
use std::path::PathBuf;

/// How modules are installed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// What is given for variables.
    pub(crate) inputs: &'a InputArguments,
    /// Whether the newest are pinned.
    pub(crate) upgrade: bool,
    /// Whether the lock file must stay as it is.
    pub(crate) readonly: bool,
    /// Whether the network is out of reach.
    pub(crate) sandbox: bool,
}

/// Installs what the configuration calls, and pins it.
pub(crate) async fn install(context: &Context, request: Request<'_>) -> Result<(), Diagnostics> {
    let disk = WorkingDirectory::new(&context.directory);
    let mut installed = match load::modules::installed(context, &disk) {
        Ok(installed) => installed,
        Err(_) if request.upgrade => InstalledModules::default(),
        Err(diagnostic) => return Err(diagnostic.into()),
    };
    let pinned = match Lock::read(&context.directory) {
        Ok(pinned) => pinned,
        Err(_) if request.upgrade => Lock::default(),
        Err(error) => return Err(error.about_all().into()),
    };
    let mut installer = Installer::new(settings(context, request.upgrade)?, pinned.clone());
    if !request.sandbox {
        installer
            .adopt(&mut installed)
            .map_err(|error| error.about_all())?;
    }
    let (loaded, complete) = rounds(context, request, (&mut installer, &mut installed)).await?;
    if request.sandbox {
        return Ok(());
    }
    let lock = installer.finish(complete);
    if request.readonly && lock != pinned {
        return Err(lock_would_change().into());
    }
    let data = context.data_directory();
    let told = |error: InstallError| error.about_all();
    let has_calls = loaded.configuration.modules.len() > 1;
    if has_calls || !installed.0.is_empty() {
        write_list(&context.directory, data, &loaded.configuration, &installed).map_err(told)?;
    }
    if lock != pinned {
        lock.write(&context.directory).map_err(told)?;
    }
    if complete { Ok(()) } else { Err(Diagnostics::new()) }
}

/// Loads and downloads until nothing is wanted. Errors are printed here; the answer says whether there was none.
async fn rounds(
    context: &Context,
    request: Request<'_>,
    (installer, installed): (&mut Installer, &mut InstalledModules),
) -> Result<(Loaded, bool), Diagnostics> {
    let mut told = false;
    loop {
        let loaded = load::look(context, request.inputs, installed.clone())?;
        guard_passwords(context, &loaded);
        let (missing, wrong) = loaded
            .diagnostics
            .iter()
            .cloned()
            .partition::<Diagnostics, _>(is_missing);
        if wrong.has_errors() {
            context.shell.diagnostics(&wrong, &loaded.sources);
            return Ok((loaded, false));
        }
        if loaded.wanted.is_empty() {
            return Ok((loaded, true));
        }
        if request.sandbox {
            context.shell.diagnostics(&missing, &loaded.sources);
            return Err(out_of_reach().into());
        }
        if !std::mem::replace(&mut told, true) {
            context.shell.line("Modules:");
        }
        let tell = |line: String| context.shell.line(format!("  {line}"));
        let (rows, found) = installer.install(&loaded.wanted, &tell).await;
        installed.0.extend(rows);
        if found.has_errors() {
            context.shell.diagnostics(&found, &loaded.sources);
            return Ok((loaded, false));
        }
    }
}

fn is_missing(diagnostic: &Diagnostic) -> bool {
    diagnostic
        .code
        .is_some_and(|code| code.id == codes::MODULE_MISSING.id)
}

fn settings(context: &Context, upgrade: bool) -> Result<Settings, Diagnostics> {
    let environment = &context.environment;
    let path = |name: &str| environment.get(name).map(PathBuf::from);
    let places = CredentialPlaces {
        home: path("HOME"),
        cli_config: path("TF_CLI_CONFIG_FILE").or_else(|| path("TERRAFORM_CONFIG")),
        netrc: path("NETRC"),
        token_variables: environment
            .with_prefix("TF_TOKEN_")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    };
    let credentials = Credentials::read(&places).map_err(|error| error.about_all())?;
    credentials.secrets().for_each(|secret| context.guard(secret));
    Ok(Settings {
        root: context.directory.clone(),
        data: context.data_directory().to_owned(),
        transport: realm::downloads(context)?,
        credentials,
        limits: Limits::default(),
        may_ask: environment.interactive,
        git_settings: environment
            .get("GIT_CONFIG_COUNT")
            .and_then(|count| count.parse().ok())
            .unwrap_or(0),
        upgrade,
    })
}

/// Keeps passwords in sources out of every text.
fn guard_passwords(context: &Context, loaded: &Loaded) {
    let calls = loaded
        .configuration
        .modules
        .values()
        .flat_map(|module| module.module_calls.values());
    for call in calls {
        if let Ok(ModuleSource::Remote(remote)) = ModuleSource::parse(&call.source.text)
            && let Some(password) = remote.password()
        {
            context.guard(password);
        }
    }
}

fn out_of_reach() -> Diagnostic {
    Diagnostic::error(&codes::MODULE_MISSING, "Modules are out of the sandbox's reach")
        .detail("The sandbox reaches no network, so that it cannot download modules; it uses those that are installed.")
        .help("Install them first, outside of the sandbox: regprov get")
}

fn lock_would_change() -> Diagnostic {
    Diagnostic::error(&regprov_modules::codes::LOCK, "Lock file would change")
        .detail(format!("What the configuration calls is not what {LOCK_FILE} pins, and -lockfile=readonly keeps it as it is."))
        .help("Run regprov init without -lockfile, look at the change, and commit it.")
}
