//! Taking states from one backend to another.

use crate::arguments::Locking;
use crate::codes::{BACKEND_CHANGED, NOT_CONFIRMED};
use crate::context::{Access, Context};
use regprov_backends::{Backend, DEFAULT};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_engine::state_failure;
use regprov_state::{HeadFacts, StateError, StateStore, Write};
use serde_json::Value;
use std::sync::Arc;

/// What may be done without asking.
pub(super) struct Flags {
    /// Copy, and overwrite.
    pub(super) copy: bool,
    /// Someone can be asked.
    pub(super) may_ask: bool,
}

fn failed(error: &StateError) -> Diagnostics {
    state_failure(error).into()
}

/// Copies every state that the old place has. The old place keeps its own.
pub(super) async fn run(
    context: &Context,
    (source, from): (&dyn Backend, &str),
    (target, to): (&dyn Backend, &str),
    flags: &Flags,
) -> Result<(), Diagnostics> {
    let workspaces = workspaces(source).await?;
    if workspaces.is_empty() {
        return Ok(());
    }
    for name in &workspaces {
        // Whether it can go there is known before anything goes.
        drop(target.store(name).await.map_err(|error| failed(&error))?);
    }
    let list = workspaces.join(", ");
    let question = format!(
        "The backend `{from}` has the state of: {list}\nCopy it to the backend `{to}`? What is there already is overwritten. \
         Only `yes` is taken:"
    );
    if !agreed(context, flags, &question)? {
        context.shell.line(format!(
            "Nothing was copied; what is in the backend `{to}` is used as it is."
        ));
        return Ok(());
    }
    for name in &workspaces {
        copy(context, source, target, (name, flags)).await?;
        context.shell.line(format!(
            "The state of the workspace `{name}` was copied from `{from}` to `{to}`."
        ));
    }
    Ok(())
}

/// The workspaces that there are in a backend: all that have a name, and `default` where it has a state.
pub(super) async fn workspaces(source: &dyn Backend) -> Result<Vec<String>, Diagnostics> {
    let mut workspaces = Vec::new();
    for name in source.workspaces().await.map_err(|error| failed(&error))? {
        let store = source.store(&name).await.map_err(|error| failed(&error))?;
        let stored = store.read().await.map_err(|error| failed(&error))?;
        let segments = store.segments().await.map_err(|error| failed(&error))?;
        let bytes = stored.bytes.unwrap_or_default();
        let is_empty = bytes.trim_ascii().is_empty() && segments.is_empty();
        if name != DEFAULT || !is_empty {
            workspaces.push(name);
        }
    }
    Ok(workspaces)
}

fn agreed(context: &Context, flags: &Flags, question: &str) -> Result<bool, Diagnostics> {
    if flags.copy {
        return Ok(true);
    }
    let answer = if flags.may_ask {
        context.shell.ask(question)
    } else {
        None
    };
    match answer {
        Some(answer) => Ok(answer == "yes"),
        None => Err(Diagnostic::error(&NOT_CONFIRMED, "State to be copied")
            .detail("There is a state in the old place, and nobody can be asked whether it is to be copied.")
            .help("Say so on the command line:\n\n    regprov init -migrate-state -force-copy\n    regprov init -reconfigure")
            .into()),
    }
}

async fn copy(
    context: &Context,
    source: &dyn Backend,
    target: &dyn Backend,
    (workspace, flags): (&str, &Flags),
) -> Result<(), Diagnostics> {
    let (old, new) = (
        source.store(workspace).await.map_err(|error| failed(&error))?,
        target.store(workspace).await.map_err(|error| failed(&error))?,
    );
    if old.location() == new.location() {
        return Ok(());
    }
    if !old.segments().await.map_err(|error| failed(&error))?.is_empty() {
        // A run was cut short there: what it recorded goes into the state first.
        let locking = Locking {
            lock: true,
            lock_timeout: None,
            seal_state: false,
        };
        let access = Access::Write(&locking, "init");
        let session = context.session_on(Arc::clone(&old), &access).await?;
        session.finish().await.map_err(|error| failed(&error))?;
    }
    let lease = old
        .lock(&context.lock_info("init", &old.location()))
        .await
        .map_err(|error| failed(&error))?;
    let moved = put(context, old.as_ref(), new.as_ref(), flags).await;
    let unlocked = old.unlock(&lease).await;
    moved?;
    unlocked.map_err(|error| failed(&error))
}

async fn put(
    context: &Context,
    old: &dyn StateStore,
    new: &dyn StateStore,
    flags: &Flags,
) -> Result<(), Diagnostics> {
    let stored = old.read().await.map_err(|error| failed(&error))?;
    let Some(bytes) = stored.bytes.filter(|bytes| !bytes.trim_ascii().is_empty()) else {
        return Ok(());
    };
    let lease = new
        .lock(&context.lock_info("init", &new.location()))
        .await
        .map_err(|error| failed(&error))?;
    let written = async {
        let present = new.read().await.map_err(|error| failed(&error))?;
        let there = present.bytes.filter(|bytes| !bytes.trim_ascii().is_empty());
        if there.as_deref() == Some(bytes.as_slice()) {
            return Ok(());
        }
        if let Some(there) = &there {
            guard(context, (&bytes, there), new, flags)?;
        }
        if !new.segments().await.map_err(|error| failed(&error))?.is_empty() {
            return Err(Diagnostic::error(
                &BACKEND_CHANGED,
                "State in the new place is in the middle of a run",
            )
            .detail(format!(
                "A run on {} was cut short, and what it made is only in its journal.",
                new.location()
            ))
            .help("Finish that run first: `regprov init -reconfigure`, then `regprov plan`.")
            .into());
        }
        let write = Write {
            bytes: &bytes,
            expected: &present.version,
            facts: &facts(&bytes),
        };
        new.write(&lease, write)
            .await
            .map(drop)
            .map_err(|error| failed(&error))
    }
    .await;
    let unlocked = new.unlock(&lease).await;
    written?;
    unlocked.map_err(|error| failed(&error))
}

/// Asks before something else is overwritten.
fn guard(
    context: &Context,
    (bytes, there): (&[u8], &[u8]),
    new: &dyn StateStore,
    flags: &Flags,
) -> Result<(), Diagnostics> {
    let (ours, theirs) = (facts(bytes), facts(there));
    let question = format!(
        "{} has a state already: lineage {}, serial {}. The one to be copied has lineage {}, serial {}.\nOverwrite it? Only \
         `yes` is taken:",
        new.location(),
        theirs.lineage,
        theirs.serial,
        ours.lineage,
        ours.serial
    );
    if agreed(context, flags, &question)? {
        return Ok(());
    }
    Err(Diagnostic::error(&NOT_CONFIRMED, "Not confirmed")
        .detail("Both states were left as they are.")
        .into())
}

fn facts(bytes: &[u8]) -> HeadFacts {
    let state: Value = serde_json::from_slice(bytes).unwrap_or_default();
    HeadFacts {
        lineage: state["lineage"].as_str().unwrap_or_default().to_owned(),
        serial: state["serial"].as_u64().unwrap_or_default(),
        epoch: 0,
        digest: String::new(),
    }
}
