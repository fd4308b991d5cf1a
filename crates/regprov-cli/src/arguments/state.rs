//! Arguments of `state`, `taint` and `untaint`.

use super::{Locking, Output, Realm};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do with the state.
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List the instances in the state
    List(StateListArguments),
    /// Show one instance
    Show(StateShowArguments),
    /// Give instances, resources or modules another address; the objects stay
    Mv(StateMoveArguments),
    /// Drop instances from the state; the objects stay
    Rm(StateRemoveArguments),
    /// Print the state as it is stored; secrets stay sealed
    Pull(StatePullArguments),
    /// Put a state file in place of the state
    Push(StatePushArguments),
    /// Record resources under another provider
    ReplaceProvider(ReplaceProviderArguments),
    /// Seal the secrets of a state that another tool wrote; a backup is left
    Seal(StateKeyArguments),
    /// Write the secrets of the state in clear, in place
    Unseal(StateUnsealArguments),
    /// Give the state a new key, sealed for the present recipients
    RotateKeys(StateKeyArguments),
    /// Write the state in clear, as Terraform reads it
    Export(StateExportArguments),
    /// Put a backup of the state back
    Restore(StateRestoreArguments),
}

/// Which state is meant, where it is not that of the working directory.
#[derive(Debug, Clone, Args)]
pub(crate) struct StateFile {
    /// The state in this file, in place of that of the working directory
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Where a copy of a state in a file is kept before it is changed [default: beside it, with the time in its name]
    #[arg(long, value_name = "FILE")]
    pub(crate) backup: Option<PathBuf>,
    /// Accepted for Terraform's sake
    #[arg(long, hide = true)]
    pub(crate) ignore_remote_version: bool,
}

/// Arguments of `state list`.
#[derive(Debug, Args)]
pub(crate) struct StateListArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) file: StateFile,
    /// Only instances whose attribute `id` is this
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Only these resources or modules
    pub(crate) addresses: Vec<String>,
}

/// Arguments of `state show`.
#[derive(Debug, Args)]
pub(crate) struct StateShowArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) file: StateFile,
    /// The instance
    pub(crate) address: String,
}

/// Arguments of `state mv`.
#[derive(Debug, Args)]
pub(crate) struct StateMoveArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    #[command(flatten)]
    pub(crate) file: StateFile,
    /// Say what would be moved, and move nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Move into the state in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) state_out: Option<PathBuf>,
    /// Where a copy of that other state is kept
    #[arg(long, value_name = "FILE")]
    pub(crate) backup_out: Option<PathBuf>,
    /// What is moved: an instance, a resource or a module
    pub(crate) source: String,
    /// Its new address
    pub(crate) destination: String,
}

/// Arguments of `state rm`.
#[derive(Debug, Args)]
pub(crate) struct StateRemoveArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    #[command(flatten)]
    pub(crate) file: StateFile,
    /// Say what would be dropped, and drop nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The instances, resources or modules
    #[arg(required = true)]
    pub(crate) addresses: Vec<String>,
}

/// Arguments of `state pull`.
#[derive(Debug, Args)]
pub(crate) struct StatePullArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
}

/// Arguments of `state push`.
#[derive(Debug, Args)]
pub(crate) struct StatePushArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    /// Put it in place even if its lineage is another one, or it is older
    #[arg(long)]
    pub(crate) force: bool,
    /// Accepted for Terraform's sake
    #[arg(long, hide = true)]
    pub(crate) ignore_remote_version: bool,
    /// The state file, sealed or in clear; `-` for standard input
    pub(crate) file: PathBuf,
}

/// Arguments of `state replace-provider`.
#[derive(Debug, Args)]
pub(crate) struct ReplaceProviderArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    #[command(flatten)]
    pub(crate) file: StateFile,
    /// Do not ask before making changes
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// The provider that is recorded, such as registry.terraform.io/BESTSELLER/harbor
    pub(crate) from: String,
    /// The provider to record
    pub(crate) to: String,
}

/// Arguments of `state seal` and `state rotate-keys`.
#[derive(Debug, Args)]
pub(crate) struct StateKeyArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
}

/// Arguments of `state unseal`.
#[derive(Debug, Args)]
pub(crate) struct StateUnsealArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
}

/// Arguments of `state export`.
#[derive(Debug, Args)]
pub(crate) struct StateExportArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// The file to write, with mode 0600; it holds every secret in clear
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Arguments of `state restore`.
#[derive(Debug, Args)]
pub(crate) struct StateRestoreArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    /// The backup
    pub(crate) file: PathBuf,
}

/// Arguments of `taint` and `untaint`.
#[derive(Debug, Args)]
pub(crate) struct TaintArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    #[command(flatten)]
    pub(crate) file: StateFile,
    /// End well where the state has no such instance
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// The instance
    pub(crate) address: String,
}
