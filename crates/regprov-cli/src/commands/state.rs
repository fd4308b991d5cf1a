//! `state list`, `state show` and `force-unlock`.

use super::Result;
use crate::arguments::{ForceUnlockArguments, StateCommand, StateLocation, StateShowArguments};
use crate::codes::{NOT_CONFIRMED, NOT_FOUND};
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::{views, wiring};
use regprov_addr::InstanceAddress;
use regprov_diag::{Diagnostic, suggest};
use regprov_engine::state_failure;
use regprov_plan::Schemas;
use regprov_state::{ObjectKey, StateStore as _};

/// Runs `state`.
pub(crate) async fn run(context: &Context, command: &StateCommand) -> Result {
    match command {
        StateCommand::List(arguments) => list(context, arguments).await,
        StateCommand::Show(arguments) => show(context, arguments).await,
    }
}

async fn list(context: &Context, arguments: &StateLocation) -> Result {
    let session = context.session(Context::realm(&arguments.realm), &Access::Read).await?;
    let wanted = |address: &str| arguments.addresses.is_empty() || arguments.addresses.iter().any(|prefix| address.starts_with(prefix.as_str()));
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
    let session = context.session(Context::realm(&arguments.realm), &Access::Read).await?;
    let snapshot = session.snapshot();
    let address: InstanceAddress = arguments.address.parse().map_err(|error| {
        Diagnostic::error(&NOT_FOUND, "Invalid address").detail(format!("`{}`: {error}.", arguments.address))
    })?;
    let key = ObjectKey::current(address);
    let Some(state) = snapshot.instances.get(&key) else {
        let known: Vec<String> = snapshot.instances.keys().map(|key| key.address.to_string()).collect();
        let error = Diagnostic::error(&NOT_FOUND, "Instance not found").detail(format!("The state has no instance {}.", key.address));
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
        let answer = context.shell.ask("Release the lock? Another run may still hold it. Only `yes` is taken:");
        if answer.as_deref() != Some("yes") {
            return Err(Diagnostic::error(&NOT_CONFIRMED, "Not confirmed")
                .detail("The lock was left as it is.")
                .help("Give -force where nobody can be asked.")
                .into());
        }
    }
    let store = context.store(Context::realm(&arguments.realm));
    store.force_unlock(&arguments.id).await.map_err(|error| state_failure(&error))?;
    context.shell.line("The lock is released.");
    Ok(Outcome::Done)
}
