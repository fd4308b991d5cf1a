//! `version`: print the version.

use super::Result;
use crate::arguments::VersionArguments;
use crate::context::{Context, TERRAFORM_VERSION};
use crate::outcome::Outcome;
use serde_json::json;

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &VersionArguments) -> Result {
    let version = env!("CARGO_PKG_VERSION");
    if arguments.json {
        context
            .shell
            .line(json!({ "regprov_version": version, "terraform_version": TERRAFORM_VERSION }).to_string());
    } else {
        context.shell.line(format!("regprov {version}"));
    }
    Ok(Outcome::Done)
}
