//! `get`: download the modules that the configuration calls.

use super::Result;
use crate::arguments::{GetArguments, InputArguments};
use crate::context::Context;
use crate::modules::{self, Request};
use crate::outcome::Outcome;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &GetArguments) -> Result {
    let inputs = InputArguments::default();
    let request = Request {
        inputs: &inputs,
        upgrade: arguments.update,
        readonly: false,
        sandbox: false,
    };
    modules::install(context, request).await?;
    Ok(Outcome::Done)
}
