//! `state show`: one instance.

use super::{nothing_there, to_read};
use crate::arguments::StateShowArguments;
use crate::codes::NOT_FOUND;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use crate::{views, wiring};
use regprov_addr::InstanceAddress;
use regprov_diag::Diagnostic;
use regprov_plan::Schemas;
use regprov_state::ObjectKey;

/// Runs the command.
pub(super) async fn run(context: &Context, arguments: &StateShowArguments) -> Result {
    let address: InstanceAddress = arguments.address.parse().map_err(|error| {
        Diagnostic::error(&NOT_FOUND, "Invalid address").detail(format!("`{}`: {error}.", arguments.address))
    })?;
    let session = to_read(context, &arguments.realm, &arguments.file).await?;
    let snapshot = session.snapshot();
    let key = ObjectKey::current(address);
    let Some(object) = snapshot.instances.get(&key) else {
        return Err(nothing_there(&snapshot, &arguments.address).into());
    };
    let schemas = Schemas::new(&wiring::providers_without_clouds(context));
    views::state::print_object(&context.shell, &key, object, &schemas);
    Ok(Outcome::Done)
}
