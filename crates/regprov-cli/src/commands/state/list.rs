//! `state list`: the instances in the state.

use super::{is_meant, matching, nothing_there, target, to_read};
use crate::arguments::StateListArguments;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_addr::{InstanceAddress, TargetAddress};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_state::{InstanceState, Snapshot};

/// Runs the command.
pub(super) async fn run(context: &Context, arguments: &StateListArguments) -> Result {
    let targets = targets(&arguments.addresses)?;
    let session = to_read(context, &arguments.realm, &arguments.file).await?;
    let snapshot = session.snapshot();
    check(&snapshot, &targets, &arguments.addresses)?;
    let mut listed: Vec<&InstanceAddress> = snapshot
        .instances
        .iter()
        .filter(|(key, object)| {
            let wanted = targets.is_empty() || targets.iter().any(|target| is_meant(target, key));
            key.deposed.is_none() && wanted && has_id(object, arguments.id.as_deref())
        })
        .map(|(key, _)| &key.address)
        .collect();
    // Modules by their depth, as Terraform lists them; the order within is that of addresses.
    listed.sort_by_key(|address| address.resource.module.0.len());
    for address in listed {
        context.shell.line(address.to_string());
    }
    Ok(Outcome::Done)
}

/// Reads the addresses, and reports all that cannot be read at once.
pub(super) fn targets(texts: &[String]) -> std::result::Result<Vec<TargetAddress>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut targets = Vec::new();
    for text in texts {
        match target(text) {
            Ok(target) => targets.push(target),
            Err(error) => diagnostics.push(error),
        }
    }
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(targets)
    }
}

fn check(
    snapshot: &Snapshot,
    targets: &[TargetAddress],
    texts: &[String],
) -> std::result::Result<(), Diagnostics> {
    let missing: Vec<Diagnostic> = targets
        .iter()
        .zip(texts)
        .filter(|(target, _)| matching(snapshot, target).is_empty())
        .map(|(_, text)| nothing_there(snapshot, text))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut diagnostics = Diagnostics::new();
    missing.into_iter().for_each(|error| diagnostics.push(error));
    Err(diagnostics)
}

fn has_id(object: &InstanceState, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| object.attributes.get("id").and_then(|id| id.as_str()) == Some(wanted))
}
