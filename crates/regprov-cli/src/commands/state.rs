//! `state list`, `state show` and `force-unlock`.

use super::Result;
use crate::arguments::{
    ForceUnlockArguments, StateCommand, StateExportArguments, StateLocation, StateRemoveArguments,
    StateRestoreArguments, StateShowArguments,
};
use crate::codes::{NOT_CONFIRMED, NOT_FOUND};
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::{views, wiring};
use regprov_addr::InstanceAddress;
use regprov_diag::{Diagnostic, Diagnostics, suggest};
use regprov_engine::state_failure;
use regprov_plan::Schemas;
use regprov_state::{Edit, ObjectKey};

/// Runs `state`.
pub(crate) async fn run(context: &Context, command: &StateCommand) -> Result {
    match command {
        StateCommand::List(arguments) => list(context, arguments).await,
        StateCommand::Show(arguments) => show(context, arguments).await,
        StateCommand::Rm(arguments) => remove(context, arguments).await,
        StateCommand::Export(arguments) => export(context, arguments).await,
        StateCommand::Restore(arguments) => restore(context, arguments).await,
    }
}

async fn remove(context: &Context, arguments: &StateRemoveArguments) -> Result {
    let addresses: Vec<InstanceAddress> = crate::load::addresses(&arguments.addresses, "state rm")?;
    let access = Access::Write(&arguments.locking, "state-rm");
    let session = context.session(Context::realm(&arguments.realm), &access).await?;
    let mut diagnostics = Diagnostics::new();
    for address in addresses {
        let key = ObjectKey::current(address);
        if !session.read(|snapshot| snapshot.instances.contains_key(&key)) {
            let text = format!("The state has no instance {}.", key.address);
            diagnostics.push(Diagnostic::error(&NOT_FOUND, "Instance not found").detail(text));
            continue;
        }
        context.shell.line(format!(
            "{} is dropped from the state; the object stays.",
            key.address
        ));
        session
            .edit(Edit::Forget { key })
            .await
            .map_err(|error| state_failure(&error))?;
    }
    session.finish().await.map_err(|error| state_failure(&error))?;
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(Outcome::Done)
    }
}

async fn export(context: &Context, arguments: &StateExportArguments) -> Result {
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let bytes = session
        .snapshot()
        .to_clear_bytes()
        .map_err(|error| state_failure(&error))?;
    let path = context.directory.join(&arguments.out);
    crate::private::write(&path, &bytes)?;
    context.shell.line(format!(
        "{} holds the state with every secret in clear. Remove it when it is no longer needed.",
        arguments.out.display()
    ));
    Ok(Outcome::Done)
}

async fn restore(context: &Context, arguments: &StateRestoreArguments) -> Result {
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

async fn list(context: &Context, arguments: &StateLocation) -> Result {
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let wanted = |address: &str| {
        arguments.addresses.is_empty()
            || arguments
                .addresses
                .iter()
                .any(|prefix| address.starts_with(prefix.as_str()))
    };
    let snapshot = session.snapshot();
    for key in snapshot.instances.keys().filter(|key| key.deposed.is_none()) {
        let address = key.address.to_string();
        if wanted(&address) {
            context.shell.line(address);
        }
    }
    Ok(Outcome::Done)
}

async fn show(context: &Context, arguments: &StateShowArguments) -> Result {
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let snapshot = session.snapshot();
    let address: InstanceAddress = arguments.address.parse().map_err(|error| {
        Diagnostic::error(&NOT_FOUND, "Invalid address").detail(format!("`{}`: {error}.", arguments.address))
    })?;
    let key = ObjectKey::current(address);
    let Some(state) = snapshot.instances.get(&key) else {
        let known: Vec<String> = snapshot
            .instances
            .keys()
            .map(|key| key.address.to_string())
            .collect();
        let error = Diagnostic::error(&NOT_FOUND, "Instance not found")
            .detail(format!("The state has no instance {}.", key.address));
        return Err(match suggest(&arguments.address, known.iter()) {
            Some(near) => error.help(format!("Did you mean `{near}`?")),
            None => error.help("`regprov state list` shows all."),
        }
        .into());
    };
    let schemas = Schemas::new(&wiring::providers_without_clouds(context));
    views::state::print_object(&context.shell, &key, state, &schemas);
    Ok(Outcome::Done)
}

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
