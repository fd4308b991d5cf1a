//! `taint` and `untaint`: whether the next apply replaces an instance.

use super::{finish, nothing_there, to_write};
use crate::arguments::TaintArguments;
use crate::codes::NOT_FOUND;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_addr::InstanceAddress;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;
use regprov_state::{Edit, InstanceState, ObjectKey, Session, Status};

/// Runs `taint`.
pub(crate) async fn taint(context: &Context, arguments: &TaintArguments) -> Result {
    mark(context, arguments, Status::Tainted).await
}

/// Runs `untaint`.
pub(crate) async fn untaint(context: &Context, arguments: &TaintArguments) -> Result {
    mark(context, arguments, Status::Ready).await
}

async fn mark(context: &Context, arguments: &TaintArguments, status: Status) -> Result {
    let address: InstanceAddress = arguments.address.parse().map_err(|error| {
        Diagnostic::error(&NOT_FOUND, "Invalid address").detail(format!("`{}`: {error}.", arguments.address))
    })?;
    let operation = match status {
        Status::Tainted => "taint",
        Status::Ready => "untaint",
    };
    let place = (&arguments.realm, &arguments.file);
    let session = to_write(context, place, (&arguments.locking, operation)).await?;
    let key = ObjectKey::current(address);
    let marked = set(&session, &key, status, arguments).await;
    finish(context, &session).await?;
    context.shell.line(match (marked?, status) {
        (false, _) => format!("No such resource instance as {key}, but -allow-missing was given."),
        (true, Status::Tainted) => format!("Resource instance {key} has been marked as tainted."),
        (true, Status::Ready) => format!("Resource instance {key} has been successfully untainted."),
    });
    Ok(Outcome::Done)
}

/// Sets the mark; `false` where there is no such instance and that was allowed for.
async fn set(
    session: &Session,
    key: &ObjectKey,
    status: Status,
    arguments: &TaintArguments,
) -> std::result::Result<bool, Diagnostic> {
    let Some(object) = session.read(|snapshot| snapshot.instances.get(key).cloned()) else {
        return match arguments.allow_missing {
            true => Ok(false),
            false => Err(session.read(|snapshot| nothing_there(snapshot, &arguments.address))),
        };
    };
    if status == Status::Ready && object.status == Status::Ready {
        return Err(
            Diagnostic::error(&NOT_FOUND, "Resource instance is not tainted").detail(format!(
                "{key} is not marked as tainted, so there is no mark to take back."
            )),
        );
    }
    let edit = Edit::Put {
        key: key.clone(),
        object: Box::new(InstanceState { status, ..object }),
    };
    session.edit(edit).await.map_err(|error| state_failure(&error))?;
    Ok(true)
}
