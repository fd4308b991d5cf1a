//! `state seal`, `unseal` and `rotate-keys`: whether and for whom secrets are sealed at rest.

use super::finish;
use crate::arguments::{Locking, StateKeyArguments, StateUnsealArguments};
use crate::codes::NOT_CONFIRMED;
use crate::commands::Result;
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::wiring;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;
use regprov_state::Session;

/// Runs `state seal`.
pub(super) async fn seal(context: &Context, arguments: &StateKeyArguments) -> Result {
    // Who gives this command agrees.
    let locking = Locking {
        seal_state: true,
        ..arguments.locking.clone()
    };
    let realm = Context::realm(&arguments.realm);
    let session = context
        .session(realm, &Access::Write(&locking, "state-seal"))
        .await?;
    session.update(|snapshot| wiring::declare_secrets(context, snapshot));
    let sealed = session.seal();
    finish(context, &session).await?;
    if sealed.map_err(|error| state_failure(&error))? {
        say_recipients(context, "The secrets of the state are sealed", &session);
    } else {
        context
            .shell
            .line("There is nothing to seal: the state holds no secret in clear.");
    }
    Ok(Outcome::Done)
}

/// Runs `state unseal`.
pub(super) async fn unseal(context: &Context, arguments: &StateUnsealArguments) -> Result {
    if !arguments.force {
        let answer = context.shell.ask(
            "Write every secret of the state in clear, where whoever reads the state reads it? Only `yes` is taken:",
        );
        if answer.as_deref() != Some("yes") {
            return Err(Diagnostic::error(&NOT_CONFIRMED, "Not confirmed")
                .detail("The state stays sealed.")
                .help("Give -force where nobody can be asked. `regprov state export` leaves the state sealed and writes a copy.")
                .into());
        }
    }
    let realm = Context::realm(&arguments.realm);
    let session = context
        .session(realm, &Access::Write(&arguments.locking, "state-unseal"))
        .await?;
    let unsealed = session.unseal();
    finish(context, &session).await?;
    context
        .shell
        .line(match unsealed.map_err(|error| state_failure(&error))? {
            true => {
                "The state is in clear, and Terraform reads it. The next command of regprov that changes a secret seals it again."
            }
            false => "Nothing in the state is sealed.",
        });
    Ok(Outcome::Done)
}

/// Runs `state rotate-keys`.
pub(super) async fn rotate(context: &Context, arguments: &StateKeyArguments) -> Result {
    let realm = Context::realm(&arguments.realm);
    let session = context
        .session(realm, &Access::Write(&arguments.locking, "state-rotate-keys"))
        .await?;
    let before = session.recipients();
    if before.is_empty() {
        finish(context, &session).await?;
        context
            .shell
            .line("Nothing in the state is sealed, so there is no key to rotate.");
        return Ok(Outcome::Done);
    }
    let replaced = session.replace_key();
    let after = session.recipients();
    finish(context, &session).await?;
    replaced.map_err(|error| state_failure(&error))?;
    say_recipients(
        context,
        "The state has a new key, and everything in it is sealed anew",
        &session,
    );
    for gone in before.iter().filter(|name| !after.contains(name)) {
        context.shell.line(format!("  no longer: {gone}"));
    }
    context.shell.line(
        "Copies and backups that were made before still open with the old key. Whoever had it may know the secrets themselves: \
         rotate those too.",
    );
    Ok(Outcome::Done)
}

fn say_recipients(context: &Context, done: &str, session: &Session) {
    context.shell.line(format!("{done}, for:"));
    for recipient in session.recipients() {
        context.shell.line(format!("  {recipient}"));
    }
}
