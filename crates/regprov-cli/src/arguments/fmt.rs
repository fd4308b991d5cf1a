//! Arguments of `fmt`.

use super::Output;
use clap::{ArgAction, Args};

/// Arguments of `fmt`.
#[derive(Debug, Args)]
pub(crate) struct FmtArguments {
    /// Print the names of files whose layout differs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = ArgAction::Set)]
    pub(crate) list: bool,
    /// Write the files; never with -check, nor from standard input
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = ArgAction::Set)]
    pub(crate) write: bool,
    /// Print the changes
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, action = ArgAction::Set)]
    pub(crate) diff: bool,
    /// Only look: exit with 3 when a file would change
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, action = ArgAction::Set)]
    pub(crate) check: bool,
    /// Go into directories below
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, action = ArgAction::Set)]
    pub(crate) recursive: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Files and directories; `-` is standard input [default: the working directory]
    pub(crate) targets: Vec<String>,
}
