//! The command line as data: one struct a command, Terraform's flags, no effect.

mod apply;
mod console;
mod creds;
mod fmt;
mod normalize;
mod plan;
mod providers;
mod sandbox;
mod state;
mod workspace;

pub(crate) use apply::{ApplyArguments, DestroyArguments, RefreshCommandArguments};
pub(crate) use console::ConsoleArguments;
pub(crate) use creds::{
    Compatibility, CredsCommand, ListArguments, RenderArguments, RenderFormat, VerifyArguments,
};
pub(crate) use fmt::FmtArguments;
pub(crate) use normalize::normalize;
pub(crate) use plan::{InputArguments, PlanArguments, RefreshArguments};
pub(crate) use providers::{ProvidersArguments, ProvidersCommand, SchemaArguments};
pub(crate) use sandbox::{HostsArguments, LedgerArguments, SandboxCommand, SeedArguments, ServeArguments};
pub(crate) use state::{
    ReplaceProviderArguments, StateCommand, StateExportArguments, StateFile, StateKeyArguments,
    StateListArguments, StateMoveArguments, StatePullArguments, StatePushArguments, StateRemoveArguments,
    StateRestoreArguments, StateShowArguments, StateUnsealArguments, TaintArguments,
};

pub(crate) use workspace::{
    WorkspaceCommand, WorkspaceDeleteArguments, WorkspaceNewArguments, WorkspaceSelectArguments,
};

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Provision container registries and the credentials that push to them, as code
///
/// regprov reads the `.tf` files of a directory, compares them with what exists, shows a plan, applies it, proves by a real
/// image push that the credential works, and hands it to its consumer. With `-sandbox` everything runs against clouds
/// embedded in this program, with no account.
#[derive(Debug, Parser)]
#[command(
    name = "regprov",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    /// Work in this directory, as if regprov had been started there
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) chdir: Option<PathBuf>,

    /// Do this
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prepare a working directory: download modules, check providers and the backend
    Init(InitArguments),
    /// Download the modules that the configuration calls
    Get(GetArguments),
    /// Check the configuration, without asking any service
    Validate(ValidateArguments),
    /// Rewrite configuration files in the canonical layout
    Fmt(FmtArguments),
    /// Show what apply would change
    Plan(PlanArguments),
    /// Make the changes
    Apply(ApplyArguments),
    /// Delete everything that the state holds
    Destroy(DestroyArguments),
    /// Show the state, or a saved plan
    Show(ShowArguments),
    /// Show the outputs of the configuration
    Output(OutputArguments),
    /// Look into the state
    #[command(subcommand)]
    State(StateCommand),
    /// Mark an instance to be replaced by the next apply
    Taint(TaintArguments),
    /// Take such a mark back
    Untaint(TaintArguments),
    /// Bring the state in line with the objects: `apply -refresh-only -auto-approve`
    Refresh(RefreshCommandArguments),
    /// Take over an object that exists
    Import(ImportArguments),
    /// Evaluate expressions against the state
    Console(ConsoleArguments),
    /// Describe the language for other programs
    #[command(subcommand)]
    Metadata(MetadataCommand),
    /// Tell which providers are needed, and their schemas
    Providers(ProvidersArguments),
    /// Print the graph of resources in DOT
    Graph(GraphArguments),
    /// List, verify and hand over push credentials
    #[command(subcommand)]
    Creds(CredsCommand),
    /// Run and inspect the clouds embedded in this program
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Explain an error code
    Explain(ExplainArguments),
    /// Release the lock on a state after its holder died
    ForceUnlock(ForceUnlockArguments),
    /// List, make, choose and delete workspaces: states of their own for one configuration
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// Print the version
    Version(VersionArguments),
}

/// Flags of the commands that may run against the sandbox.
#[derive(Debug, Clone, Args)]
pub(crate) struct Realm {
    /// Run against the clouds embedded in this program: own state, loopback only, no account
    #[arg(long)]
    pub(crate) sandbox: bool,
}

/// Flags that every output knows.
#[derive(Debug, Clone, Args)]
pub(crate) struct Output {
    /// Print without colour
    #[arg(long)]
    pub(crate) no_color: bool,
}

/// Flags about the lock on the state.
#[derive(Debug, Clone, Args)]
pub(crate) struct Locking {
    /// Lock the state while working on it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub(crate) lock: bool,
    /// Wait this long for the lock, such as 30s or 5m [default: 0s, in the sandbox 1m]
    #[arg(long, value_name = "DURATION")]
    pub(crate) lock_timeout: Option<String>,
    /// Agree that the secrets of a state that another tool wrote are sealed; a backup of it is left
    #[arg(long)]
    pub(crate) seal_state: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Prepare the backend; without it the one that was prepared before is used
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub(crate) backend: bool,
    /// A backend argument, `NAME=VALUE` or a file of them
    #[arg(long, value_name = "CONFIG")]
    pub(crate) backend_config: Vec<String>,
    /// Go on from what is in the backend now, whatever was used before
    #[arg(long, conflicts_with = "migrate_state")]
    pub(crate) reconfigure: bool,
    /// Copy the state from the backend that was used before
    #[arg(long)]
    pub(crate) migrate_state: bool,
    /// Copy the state, and overwrite what is there, without asking
    #[arg(long)]
    pub(crate) force_copy: bool,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    /// Pin the newest modules that the configuration allows
    #[arg(long)]
    pub(crate) upgrade: bool,
    /// Download modules
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub(crate) get: bool,
    /// `readonly` fails where the lock file of the modules would have to change
    #[arg(long, value_name = "MODE")]
    pub(crate) lockfile: Option<LockFileMode>,
}

/// What may become of the lock file of the modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LockFileMode {
    /// It stays as it is.
    Readonly,
}

/// Arguments of `get`.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    /// Pin the newest modules that the configuration allows
    #[arg(long)]
    pub(crate) update: bool,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    /// Leave out resource types that regprov does not know, with a warning
    #[arg(long)]
    pub(crate) skip_unsupported: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Print JSON in Terraform's format, secrets absent
    #[arg(long)]
    pub(crate) json: bool,
    /// A saved plan, or the file of a state; without it the state is shown
    pub(crate) file: Option<PathBuf>,
}

/// Arguments of `output`.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    #[command(flatten)]
    pub(crate) view: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Print JSON; a sensitive output is left out unless it is named
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the bare text of the named output
    #[arg(long)]
    pub(crate) raw: bool,
    /// The output to print
    pub(crate) name: Option<String>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    /// The address in the configuration
    pub(crate) address: String,
    /// The id of the object
    pub(crate) id: String,
}

/// Arguments of `graph`.
#[derive(Debug, Args)]
pub(crate) struct GraphArguments {
    /// Print Mermaid in place of DOT
    #[arg(long)]
    pub(crate) mermaid: bool,
    /// Print everything that an operation goes through, not only resources
    #[arg(long = "type", value_name = "TYPE", value_parser = ["plan", "plan-refresh-only", "apply"])]
    pub(crate) operation: Option<String>,
    /// The configuration of this saved plan, in place of that of the directory; all that apply goes through
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// Draw what waits for each other in a circle in red
    #[arg(long)]
    pub(crate) draw_cycles: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What to describe.
#[derive(Debug, Subcommand)]
pub(crate) enum MetadataCommand {
    /// Print the signatures of all functions as JSON
    Functions(FunctionsArguments),
}

/// Arguments of `metadata functions`.
#[derive(Debug, Args)]
pub(crate) struct FunctionsArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    /// Print JSON, the only form there is
    #[arg(long, required = true)]
    pub(crate) json: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The code, such as RP0203; without one all are listed
    pub(crate) code: Option<String>,
}

/// Arguments of `force-unlock`.
#[derive(Debug, Args)]
pub(crate) struct ForceUnlockArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
    /// The id that the lock message shows
    pub(crate) id: String,
}

/// Arguments of `version`.
#[derive(Debug, Args)]
pub(crate) struct VersionArguments {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
