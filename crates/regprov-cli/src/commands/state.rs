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
use crate::consent;
use crate::context::{Access, Context};
use regprov_addr::TargetAddress;
use regprov_diag::{Diagnostic, Diagnostics, suggest};
use regprov_engine::state_failure;
use regprov_plan::Realm::Live;
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
    let session = match &file.state {
        Some(path) => {
            let store = LocalStore::new(context.directory.join(path));
            context.session_on(Arc::new(store), &access).await?
        }
        None => context.session(Context::realm(realm), &access).await?,
    };
    if session.needs_consent()
        && session.holds_clear_secrets()
        && let Err(refused) = consent::ask(context, &session, context.shell.interactive)
    {
        session.abandon().await.map_err(|error| state_failure(&error))?;
        return Err(refused.into());
    }
    Ok(session)
}

/// Writes the state where it changed, gives its lock back, and says what there is to say.
async fn finish(context: &Context, session: &Session) -> std::result::Result<(), Diagnostics> {
    let finished = session.finish().await;
    context.tell_notices(session);
    finished.map(drop).map_err(|error| state_failure(&error).into())
}

/// Keeps a copy of a state that is in a file, as it is, before it is corrected by hand. One that another tool wrote with secrets
/// in clear gets its copy where they are sealed.
fn keep_copy(
    context: &Context,
    (realm, file): (&Realm, &StateFile),
    session: &Session,
) -> std::result::Result<(), Diagnostic> {
    let Some(path) = session.file().filter(|_| Context::realm(realm) == Live) else {
        return Ok(());
    };
    let stored = session.stored().map_err(|error| state_failure(&error))?;
    let Some(bytes) = stored.filter(|_| !session.holds_clear_secrets()) else {
        return Ok(());
    };
    let place = match &file.backup {
        Some(chosen) => context.directory.join(chosen),
        None => {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{}.backup", context.clock.now().as_second()));
            name.into()
        }
    };
    crate::private::write(&place, &bytes)
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
