//! Arguments of `console`.

use super::{InputArguments, Locking, Output, Realm};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `console`.
#[derive(Debug, Args)]
pub(crate) struct ConsoleArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    #[command(flatten)]
    pub(crate) locking: Locking,
    /// A variable, `NAME=VALUE`
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(crate) var: Vec<String>,
    /// A file of variables
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
    /// Evaluate against this state file
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    pub(crate) state: Option<PathBuf>,
    /// Plan first, and evaluate against what is planned
    #[arg(long)]
    pub(crate) plan: bool,
    /// Evaluate in this instance of a module, such as module.a["x"]
    #[arg(long, value_name = "MODULE")]
    pub(crate) scope: Option<String>,
    /// Where input is piped: print the result of every line and go on after an error, in place of the last result only
    #[arg(long)]
    pub(crate) each: bool,
}

impl ConsoleArguments {
    /// Where the values of variables come from; nobody is asked.
    pub(crate) fn inputs(&self) -> InputArguments {
        InputArguments {
            var: self.var.clone(),
            var_file: self.var_file.clone(),
            input: false,
        }
    }
}
