//! `state rm`: forget objects and leave them alone.

use super::list::targets;
use super::{finish, keep_copy, matching, nothing_there, to_read, to_write};
use crate::arguments::StateRemoveArguments;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_addr::TargetAddress;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;
use regprov_state::{Edit, ObjectKey, Snapshot};
use std::collections::BTreeSet;

/// Runs the command.
pub(super) async fn run(context: &Context, arguments: &StateRemoveArguments) -> Result {
    let targets = targets(&arguments.addresses)?;
    if arguments.dry_run {
        let session = to_read(context, &arguments.realm, &arguments.file).await?;
        let chosen = chosen(context, &session.snapshot(), &targets, &arguments.addresses)?;
        for key in &chosen {
            context.shell.line(format!("Would remove {key}"));
        }
        return Ok(Outcome::Done);
    }
    let place = (&arguments.realm, &arguments.file);
    let session = to_write(context, place, (&arguments.locking, "state-rm")).await?;
    let checked = chosen(context, &session.snapshot(), &targets, &arguments.addresses);
    let kept = checked.and_then(|chosen| keep_copy(context, place, &session).map(|()| chosen));
    let chosen = match kept {
        Ok(chosen) => chosen,
        Err(error) => {
            finish(context, &session).await?;
            return Err(error.into());
        }
    };
    for key in &chosen {
        let edit = Edit::Forget { key: key.clone() };
        session.edit(edit).await.map_err(|error| state_failure(&error))?;
        context.shell.line(format!("Removed {key}"));
    }
    finish(context, &session).await?;
    context.shell.line(format!(
        "Successfully removed {} resource instance(s). The objects themselves stay as they are.",
        chosen.len()
    ));
    Ok(Outcome::Done)
}

/// What the addresses mean; an address without a match is told of, and an error if nothing matches at all.
fn chosen(
    context: &Context,
    snapshot: &Snapshot,
    targets: &[TargetAddress],
    written: &[String],
) -> std::result::Result<BTreeSet<ObjectKey>, Diagnostic> {
    let mut chosen = BTreeSet::new();
    let mut missing = Vec::new();
    for (target, written) in targets.iter().zip(written) {
        let keys = matching(snapshot, target);
        if keys.is_empty() {
            missing.push(written);
        }
        chosen.extend(keys);
    }
    match (chosen.is_empty(), missing.first()) {
        (true, Some(first)) => Err(nothing_there(snapshot, first)),
        (_, _) => {
            for written in missing {
                context
                    .shell
                    .note(format!("warning: the state has nothing at `{written}`"));
            }
            Ok(chosen)
        }
    }
}
