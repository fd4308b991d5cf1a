//! Arguments of `providers`.

use super::{Output, Realm};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `providers`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ProvidersArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Do this
    #[command(subcommand)]
    pub(crate) command: Option<ProvidersCommand>,
}

/// What to tell of the providers.
#[derive(Debug, Subcommand)]
pub(crate) enum ProvidersCommand {
    /// Print the schemas of the providers that the configuration and the state need
    Schema(SchemaArguments),
}

/// Arguments of `providers schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Print JSON, the only form there is
    #[arg(long, required = true)]
    pub(crate) json: bool,
    /// A variable, `NAME=VALUE`
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(crate) var: Vec<String>,
    /// A file of variables
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
}
