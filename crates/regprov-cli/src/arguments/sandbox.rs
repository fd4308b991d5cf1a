//! Arguments of `sandbox`.

use super::Output;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do with the sandbox.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Keep the sandbox running, for the vendors' own clients
    Serve(ServeArguments),
    /// Forget everything that the sandbox holds, its state included
    Reset(ResetArguments),
    /// Create what files expect to exist, and switch conditions on
    Seed(SeedArguments),
    /// Print where each host of the clouds is found
    Hosts(HostsArguments),
    /// Print every request that the sandbox answered
    Ledger(LedgerArguments),
}

/// Arguments of `sandbox serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The port to listen on
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `sandbox reset`.
#[derive(Debug, Args)]
pub(crate) struct ResetArguments {
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `sandbox seed`.
#[derive(Debug, Args)]
pub(crate) struct SeedArguments {
    /// The scene, a JSON file
    pub(crate) scene: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `sandbox hosts`.
#[derive(Debug, Args)]
pub(crate) struct HostsArguments {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `sandbox ledger`.
#[derive(Debug, Args)]
pub(crate) struct LedgerArguments {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print what exists in place of what was asked
    #[arg(long)]
    pub(crate) inventory: bool,
}
