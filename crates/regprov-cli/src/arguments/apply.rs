//! Arguments of `apply` and `destroy`.

use super::{InputArguments, Locking, Output, Realm, RefreshArguments};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
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
    /// Do not ask before making changes
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Print JSON lines in Terraform's format
    #[arg(long)]
    pub(crate) json: bool,
    /// A plan saved by `plan -out`
    pub(crate) plan: Option<PathBuf>,
}

/// Arguments of `destroy`.
#[derive(Debug, Args)]
pub(crate) struct DestroyArguments {
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
    /// Do not ask before making changes
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Print JSON lines in Terraform's format
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `refresh`.
#[derive(Debug, Args)]
pub(crate) struct RefreshCommandArguments {
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
    /// Print JSON lines in Terraform's format
    #[arg(long)]
    pub(crate) json: bool,
}
