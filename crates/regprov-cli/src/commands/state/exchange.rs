//! `state pull`, `push`, `export` and `restore`: whole states in and out.

use crate::arguments::{StateExportArguments, StatePullArguments, StatePushArguments, StateRestoreArguments};
use crate::codes::{NOT_FOUND, SECRET};
use crate::commands::Result;
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::wiring;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;
use regprov_state::Push;
use std::io::Read as _;
use std::path::Path;

/// Runs `state pull`.
pub(super) async fn pull(context: &Context, arguments: &StatePullArguments) -> Result {
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let Some(bytes) = session.stored().map_err(|error| state_failure(&error))? else {
        return Ok(Outcome::Done);
    };
    if session.holds_clear_secrets() && context.shell.terminal {
        return Err(Diagnostic::error(&SECRET, "Secret withheld")
            .detail("The state was written by another tool and holds secrets in clear.")
            .help("Send it to a file or a pipe: `regprov state pull > FILE`.")
            .into());
    }
    context.shell.reveal(&String::from_utf8_lossy(&bytes));
    Ok(Outcome::Done)
}

/// Runs `state push`.
pub(super) async fn push(context: &Context, arguments: &StatePushArguments) -> Result {
    let (bytes, name) = read(context, &arguments.file)?;
    let realm = Context::realm(&arguments.realm);
    let session = context
        .session(realm, &Access::Write(&arguments.locking, "state-push"))
        .await?;
    let push = if arguments.force {
        Push::Forced
    } else {
        Push::Checked
    };
    let pushed = session.push(&bytes, &name, push);
    let finished = session.finish().await.map_err(|error| state_failure(&error));
    pushed.map_err(|error| state_failure(&error))?;
    context.tell_notices(&session);
    if finished?.written && session.read(regprov_state::Snapshot::holds_secrets) {
        context.shell.note(
            "note: the secrets of the state are sealed; `regprov state export` gives them back in clear",
        );
    }
    Ok(Outcome::Done)
}

fn read(context: &Context, file: &Path) -> std::result::Result<(Vec<u8>, String), Diagnostic> {
    let failed = |name: &str, error: std::io::Error| {
        Diagnostic::error(&NOT_FOUND, "State file cannot be read").detail(format!("{name}: {error}."))
    };
    if file == Path::new("-") {
        let name = "standard input";
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| failed(name, error))?;
        return Ok((bytes, name.to_owned()));
    }
    let path = context.directory.join(file);
    let name = path.display().to_string();
    let bytes = std::fs::read(&path).map_err(|error| failed(&name, error))?;
    Ok((bytes, name))
}

/// Runs `state export`.
pub(super) async fn export(context: &Context, arguments: &StateExportArguments) -> Result {
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let mut snapshot = session.snapshot();
    wiring::declare_as_terraform(context, &mut snapshot);
    let bytes = snapshot.to_clear_bytes().map_err(|error| state_failure(&error))?;
    let path = context.directory.join(&arguments.out);
    crate::private::write(&path, &bytes)?;
    context.shell.line(format!(
        "{} holds the state with every secret in clear. Remove it when it is no longer needed.",
        arguments.out.display()
    ));
    Ok(Outcome::Done)
}

/// Runs `state restore`.
pub(super) async fn restore(context: &Context, arguments: &StateRestoreArguments) -> Result {
    let path = context.directory.join(&arguments.file);
    let bytes = std::fs::read(&path).map_err(|error| {
        Diagnostic::error(&NOT_FOUND, "Backup cannot be read").detail(format!("{}: {error}.", path.display()))
    })?;
    let session = context
        .restoring_session(Context::realm(&arguments.realm), &arguments.locking)
        .await?;
    session
        .restore(&bytes, &path.display().to_string())
        .map_err(|error| state_failure(&error))?;
    let finished = session.finish().await.map_err(|error| state_failure(&error))?;
    context
        .shell
        .line(format!("The backup is in place, as serial {}.", finished.serial));
    Ok(Outcome::Done)
}
