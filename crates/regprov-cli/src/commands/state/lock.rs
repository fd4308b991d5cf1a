//! `force-unlock`: break the lock of a run that is gone.

use crate::arguments::ForceUnlockArguments;
use crate::codes::NOT_CONFIRMED;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;

/// Runs `force-unlock`.
pub(crate) async fn force_unlock(context: &Context, arguments: &ForceUnlockArguments) -> Result {
    if !arguments.force {
        let answer = context
            .shell
            .ask("Release the lock? Another run may still hold it. Only `yes` is taken:");
        if answer.as_deref() != Some("yes") {
            return Err(Diagnostic::error(&NOT_CONFIRMED, "Not confirmed")
                .detail("The lock was left as it is.")
                .help("Give -force where nobody can be asked.")
                .into());
        }
    }
    let store = context.store(Context::realm(&arguments.realm)).await?;
    store
        .force_unlock(&arguments.id)
        .await
        .map_err(|error| state_failure(&error))?;
    context.shell.line("The lock is released.");
    Ok(Outcome::Done)
}
