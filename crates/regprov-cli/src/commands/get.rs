//! `get`: download the modules that the configuration calls.

use super::Result;
use crate::arguments::GetArguments;
use crate::context::Context;
use crate::modules::{self, Request};
use crate::outcome::Outcome;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &GetArguments) -> Result {
    let request = Request {
        upgrade: arguments.update,
        readonly: false,
        sandbox: false,
    };
    modules::install(context, request).await?;
    Ok(Outcome::Done)
}
