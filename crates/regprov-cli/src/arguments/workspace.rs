//! Arguments of `workspace`.

use super::{Locking, Realm};
use clap::{Args, Subcommand};

/// What to do with workspaces.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// List the workspaces; the one in use is marked
    List(WorkspaceListArguments),
    /// Show the workspace in use
    Show,
    /// Make a workspace and use it
    New(WorkspaceNewArguments),
    /// Use another workspace
    Select(WorkspaceSelectArguments),
    /// Delete a workspace and its state
    Delete(WorkspaceDeleteArguments),
}

/// Arguments of `workspace list`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceListArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
}

/// Arguments of `workspace new`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceNewArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    /// The name
    pub(crate) name: String,
}

/// Arguments of `workspace select`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceSelectArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Make it if there is none of the name
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, action = clap::ArgAction::Set)]
    pub(crate) or_create: bool,
    /// The name
    pub(crate) name: String,
}

/// Arguments of `workspace delete`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceDeleteArguments {
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    /// Delete it although its state holds resources; the objects stay, and nothing knows of them any more
    #[arg(long)]
    pub(crate) force: bool,
    /// The name
    pub(crate) name: String,
}
