//! `state`, `taint`, `untaint` and `force-unlock`: what is recorded, looked at and corrected by hand.

mod exchange;
mod list;
mod lock;
mod moving;
mod provider;
mod remove;
mod sealing;
mod show;
mod taint;

use super::Result;
use crate::arguments::{Locking, Realm, StateCommand, StateFile};
use crate::codes::NOT_FOUND;
use crate::context::{Access, Context};
use regprov_addr::TargetAddress;
use regprov_diag::{Diagnostic, Diagnostics, suggest};
use regprov_state::{LocalStore, ObjectKey, Session, Snapshot};
use std::sync::Arc;

pub(crate) use lock::force_unlock;
pub(crate) use taint::{taint, untaint};

/// Runs `state`.
pub(crate) async fn run(context: &Context, command: &StateCommand) -> Result {
    match command {
        StateCommand::List(arguments) => list::run(context, arguments).await,
        StateCommand::Show(arguments) => show::run(context, arguments).await,
        StateCommand::Mv(arguments) => moving::run(context, arguments).await,
        StateCommand::Rm(arguments) => remove::run(context, arguments).await,
        StateCommand::Pull(arguments) => exchange::pull(context, arguments).await,
        StateCommand::Push(arguments) => exchange::push(context, arguments).await,
        StateCommand::ReplaceProvider(arguments) => provider::run(context, arguments).await,
        StateCommand::Seal(arguments) => sealing::seal(context, arguments).await,
        StateCommand::Unseal(arguments) => sealing::unseal(context, arguments).await,
        StateCommand::RotateKeys(arguments) => sealing::rotate(context, arguments).await,
        StateCommand::Export(arguments) => exchange::export(context, arguments).await,
        StateCommand::Restore(arguments) => exchange::restore(context, arguments).await,
    }
}

/// Opens the state that the flags name, to look.
async fn to_read(
    context: &Context,
    realm: &Realm,
    file: &StateFile,
) -> std::result::Result<Session, Diagnostics> {
    match &file.state {
        Some(path) => context.session_of(&context.directory.join(path)).await,
        None => context.session(Context::realm(realm), &Access::Read).await,
    }
}

/// Opens the state that the flags name, to write, with its lock; `operation` is what the note of the lock says.
async fn to_write(
    context: &Context,
    (realm, file): (&Realm, &StateFile),
    (locking, operation): (&Locking, &'static str),
) -> std::result::Result<Session, Diagnostics> {
    let access = Access::Write(locking, operation);
    match &file.state {
        Some(path) => {
            let store = LocalStore::new(context.directory.join(path));
            context.session_on(Arc::new(store), &access).await
        }
        None => context.session(Context::realm(realm), &access).await,
    }
}

/// Reads an address of an instance, a resource or a module.
fn target(text: &str) -> std::result::Result<TargetAddress, Diagnostic> {
    text.parse().map_err(|error| {
        Diagnostic::error(&NOT_FOUND, "Invalid address")
            .detail(format!("`{text}`: {error}."))
            .help("Quote an address with a key for the shell: 'terraform_data.a[\"k\"]'.")
    })
}

/// The objects that an address means: of one instance, of all instances of a resource, or of a module and those in it.
fn matching(snapshot: &Snapshot, target: &TargetAddress) -> Vec<ObjectKey> {
    let keys = snapshot.instances.keys();
    keys.filter(|key| is_meant(target, key)).cloned().collect()
}

fn is_meant(target: &TargetAddress, key: &ObjectKey) -> bool {
    target.contains(&key.address)
}

/// Nothing in the state has this address.
fn nothing_there(snapshot: &Snapshot, written: &str) -> Diagnostic {
    let error = Diagnostic::error(&NOT_FOUND, "No matching objects found")
        .detail(format!("The state has nothing at `{written}`."));
    let known: Vec<String> = snapshot
        .instances
        .keys()
        .map(|key| key.address.to_string())
        .collect();
    match suggest(written, known.iter()) {
        Some(near) => error.help(format!("Did you mean `{near}`?")),
        None => error.help("`regprov state list` shows all."),
    }
}
