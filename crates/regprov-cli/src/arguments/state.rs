//! Arguments of `state`.

use super::{Output, Realm};
use clap::{Args, Subcommand};

/// What to do with the state.
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List the instances in the state
    List(StateLocation),
    /// Show one instance
    Show(StateShowArguments),
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
