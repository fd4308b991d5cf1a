//! Arguments of `state`.

use super::{Locking, Output, Realm};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do with the state.
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List the instances in the state
    List(StateLocation),
    /// Show one instance
    Show(StateShowArguments),
    /// Drop instances from the state; the objects stay
    Rm(StateRemoveArguments),
    /// Write the state in clear, as Terraform reads it
    Export(StateExportArguments),
    /// Put a backup of the state back
    Restore(StateRestoreArguments),
}

/// Arguments of `state rm`.
#[derive(Debug, Args)]
pub(crate) struct StateRemoveArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    /// The instances
    #[arg(required = true)]
    pub(crate) addresses: Vec<String>,
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

/// Arguments of `state list`.
#[derive(Debug, Args)]
pub(crate) struct StateLocation {
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Only addresses that begin with one of these
    pub(crate) addresses: Vec<String>,
}

/// Arguments of `state show`.
#[derive(Debug, Args)]
pub(crate) struct StateShowArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// The instance
    pub(crate) address: String,
}
