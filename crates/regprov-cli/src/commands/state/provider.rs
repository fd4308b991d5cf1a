//! `state replace-provider`: record resources under another provider.

use super::{finish, keep_copy, to_write};
use crate::arguments::ReplaceProviderArguments;
use crate::codes::{NOT_CONFIRMED, NOT_FOUND};
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_addr::{ProviderSource, ResourceAddress};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_engine::state_failure;
use regprov_state::{Edit, InstanceState, ObjectKey, Session};
use std::collections::BTreeSet;

/// Runs the command.
pub(super) async fn run(context: &Context, arguments: &ReplaceProviderArguments) -> Result {
    let (from, to) = sources(arguments)?;
    let place = (&arguments.realm, &arguments.file);
    let session = to_write(context, place, (&arguments.locking, "state-replace-provider")).await?;
    let replaced = replace(context, &session, (&from, &to), arguments).await;
    finish(context, &session).await?;
    context.shell.line(match replaced? {
        0 => "No matching resources found.".to_owned(),
        resources => format!("\nSuccessfully replaced provider for {resources} resources."),
    });
    Ok(Outcome::Done)
}

fn sources(
    arguments: &ReplaceProviderArguments,
) -> std::result::Result<(ProviderSource, ProviderSource), Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut source = |text: &str| match text.parse::<ProviderSource>() {
        Ok(source) => Some(source),
        Err(error) => {
            diagnostics.push(
                Diagnostic::error(&NOT_FOUND, "Invalid provider source")
                    .detail(format!("`{text}`: {error}."))
                    .help("It is written as `NAMESPACE/NAME` or `HOST/NAMESPACE/NAME`."),
            );
            None
        }
    };
    match (source(&arguments.from), source(&arguments.to)) {
        (Some(from), Some(to)) => Ok((from, to)),
        (_, _) => Err(diagnostics),
    }
}

/// Replaces, once that is agreed to; returns how many resources changed.
async fn replace(
    context: &Context,
    session: &Session,
    (from, to): (&ProviderSource, &ProviderSource),
    arguments: &ReplaceProviderArguments,
) -> std::result::Result<usize, Diagnostic> {
    let snapshot = session.snapshot();
    let objects: Vec<(&ObjectKey, &InstanceState)> = snapshot
        .instances
        .iter()
        .filter(|(_, object)| object.provider.provider == *from)
        .collect();
    if objects.is_empty() {
        return Ok(0);
    }
    let resources: BTreeSet<&ResourceAddress> =
        objects.iter().map(|(key, _)| &key.address.resource).collect();
    announce(context, (from, to), &resources);
    if !arguments.auto_approve {
        let answer = context
            .shell
            .ask("\nDo you want to make these changes? Only `yes` is taken:");
        if answer.as_deref() != Some("yes") {
            return Err(Diagnostic::error(&NOT_CONFIRMED, "Not confirmed")
                .detail("The state was left as it is.")
                .help("Give -auto-approve where nobody can be asked."));
        }
    }
    keep_copy(context, (&arguments.realm, &arguments.file), session)?;
    for (key, object) in &objects {
        let mut object = (*object).clone();
        object.provider.provider = to.clone();
        let edit = Edit::Put {
            key: (*key).clone(),
            object: Box::new(object),
        };
        session.edit(edit).await.map_err(|error| state_failure(&error))?;
    }
    Ok(resources.len())
}

fn announce(
    context: &Context,
    (from, to): (&ProviderSource, &ProviderSource),
    resources: &BTreeSet<&ResourceAddress>,
) {
    let shell = &context.shell;
    shell.line("regprov will perform the following actions:\n");
    shell.line("  ~ Updating provider:");
    shell.line(format!("    - {from}"));
    shell.line(format!("    + {to}"));
    shell.line(format!("\nChanging {} resources:\n", resources.len()));
    for resource in resources {
        shell.line(format!("  {resource}"));
    }
}
