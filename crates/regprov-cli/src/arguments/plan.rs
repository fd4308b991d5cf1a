//! Arguments of `plan`, and those that it shares with `apply` and `destroy`.

use super::{Locking, Output, Realm};
use clap::Args;
use std::path::PathBuf;

/// Where the values of variables come from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct InputArguments {
    /// A variable, `NAME=VALUE`
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(crate) var: Vec<String>,
    /// A file of variables
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
    /// Ask for variables that are missing
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub(crate) input: bool,
}

/// What is looked at, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct RefreshArguments {
    /// Read the objects before planning
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub(crate) refresh: bool,
    /// Only bring the state in line with the objects
    #[arg(long, conflicts_with = "destroy")]
    pub(crate) refresh_only: bool,
    /// Plan the deletion of everything
    #[arg(long)]
    pub(crate) destroy: bool,
    /// Only this resource or module, and what it needs
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) target: Vec<String>,
    /// Replace this instance
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) replace: Vec<String>,
    /// Plan the rest where a resource type is not supported, and say what was left out
    #[arg(long)]
    pub(crate) skip_unsupported: bool,
    /// How many operations run at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) parallelism: usize,
    /// Run the commands of `local-exec` in the sandbox too
    #[arg(long)]
    pub(crate) allow_local_exec: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) refresh: RefreshArguments,
    /// Take over what exists already under the name of something to be created, and list it
    #[arg(long, conflicts_with_all = ["destroy", "refresh_only"])]
    pub(crate) adopt: bool,
    /// Save the plan, sealed, to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Print JSON lines in Terraform's format
    #[arg(long)]
    pub(crate) json: bool,
}
