//! `state mv`: another address for what is recorded.

use super::{finish, keep_copy, nothing_there, target, to_read, to_write};
use crate::arguments::{StateFile, StateMoveArguments};
use crate::codes::NOT_FOUND;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_addr::{InstanceAddress, ModuleAddress, ResourceAddress, TargetAddress};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_engine::state_failure;
use regprov_state::{Edit, ObjectKey, Session, Snapshot};

/// Objects and their new names.
type Moves = Vec<(ObjectKey, ObjectKey)>;

/// Runs the command.
pub(super) async fn run(context: &Context, arguments: &StateMoveArguments) -> Result {
    let request = Request {
        source: target(&arguments.source)?,
        destination: target(&arguments.destination)?,
    };
    if arguments.dry_run {
        let session = to_read(context, &arguments.realm, &arguments.file).await?;
        let snapshot = session.snapshot();
        let _ = request.moves(&snapshot, &snapshot)?;
        context.shell.line(format!("Would move {request}"));
        return Ok(Outcome::Done);
    }
    let place = (&arguments.realm, &arguments.file);
    let session = to_write(context, place, (&arguments.locking, "state-mv")).await?;
    let keep = || keep_copy(context, place, &session);
    let moved = match &arguments.state_out {
        None => within(&session, &request, keep).await,
        Some(out) => {
            let file = StateFile {
                state: Some(out.clone()),
                backup: arguments.backup_out.clone(),
                ignore_remote_version: false,
            };
            match to_write(
                context,
                (&arguments.realm, &file),
                (&arguments.locking, "state-mv"),
            )
            .await
            {
                Ok(other) => {
                    let keep = || {
                        keep()?;
                        keep_copy(context, (&arguments.realm, &file), &other)
                    };
                    across(context, (&session, &other), &request, keep).await
                }
                Err(error) => Err(error),
            }
        }
    };
    finish(context, &session).await?;
    let moved = moved?;
    context.shell.line(format!("Move {request}"));
    context
        .shell
        .line(format!("Successfully moved {moved} object(s)."));
    Ok(Outcome::Done)
}

/// Moves within one state; returns how many objects, as Terraform counts them: what the source named is one.
async fn within(
    session: &Session,
    request: &Request,
    keep: impl Fn() -> std::result::Result<(), Diagnostic>,
) -> std::result::Result<usize, Diagnostics> {
    let moves = session.read(|snapshot| request.moves(snapshot, snapshot))?;
    keep()?;
    for (from, to) in moves {
        let edit = Edit::Move { from, to };
        session.edit(edit).await.map_err(|error| state_failure(&error))?;
    }
    Ok(1)
}

/// Moves into another state. The other one is written first: cut short, the object is in both and lost to none.
async fn across(
    context: &Context,
    (session, other): (&Session, &Session),
    request: &Request,
    keep: impl Fn() -> std::result::Result<(), Diagnostic>,
) -> std::result::Result<usize, Diagnostics> {
    let snapshot = session.snapshot();
    let checked = other.read(|present| request.moves(&snapshot, present));
    let moves = match checked.and_then(|moves| keep().map(|()| moves)) {
        Ok(moves) => moves,
        Err(error) => {
            finish(context, other).await?;
            return Err(error.into());
        }
    };
    for (from, to) in &moves {
        let edit = Edit::Put {
            key: to.clone(),
            object: Box::new(snapshot.instances[from].clone()),
        };
        other.edit(edit).await.map_err(|error| state_failure(&error))?;
    }
    finish(context, other).await?;
    for (key, _) in moves {
        session
            .edit(Edit::Forget { key })
            .await
            .map_err(|error| state_failure(&error))?;
    }
    Ok(1)
}

/// What is moved where.
struct Request {
    source: TargetAddress,
    destination: TargetAddress,
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\" to \"{}\"", self.source, self.destination)
    }
}

impl Request {
    /// The moves that it means, or why it cannot be.
    fn moves(&self, from: &Snapshot, into: &Snapshot) -> std::result::Result<Moves, Diagnostic> {
        let moves = match (&self.source, &self.destination) {
            (TargetAddress::Module(source), TargetAddress::Module(destination)) => {
                module_moves(from, source, destination)
            }
            (TargetAddress::Module(_), _) | (_, TargetAddress::Module(_)) => {
                return Err(self.refused("a module is moved to a module, and a resource to a resource"));
            }
            (source, destination) => {
                let (old, new) = (resource(source), resource(destination));
                if (old.mode, &old.resource_type) != (new.mode, &new.resource_type) {
                    return Err(self.refused("their resource types differ"));
                }
                resource_moves(from, source, destination)
            }
        };
        if moves.is_empty() {
            return Err(nothing_there(from, &self.source.to_string()));
        }
        self.check_free(into, &moves)?;
        Ok(moves)
    }

    /// Whole resources and modules need a place where nothing is; an instance only its own.
    fn check_free(&self, into: &Snapshot, moves: &Moves) -> std::result::Result<(), Diagnostic> {
        let whole_resource = matches!(
            (&self.source, &self.destination),
            (TargetAddress::Resource(_), TargetAddress::Resource(_))
        ) && moves.iter().all(|(from, to)| from.address.key == to.address.key);
        let taken = into.instances.keys().find(|key| match &self.destination {
            TargetAddress::Module(module) => module.contains(&key.address.resource.module),
            TargetAddress::Resource(resource) if whole_resource => key.address.resource == *resource,
            TargetAddress::Resource(_) | TargetAddress::Instance(_) => {
                moves.iter().any(|(_, to)| to.address == key.address)
            }
        });
        match taken {
            Some(key) => Err(self.refused(&format!("{key} is in the state already"))),
            None => Ok(()),
        }
    }

    fn refused(&self, why: &str) -> Diagnostic {
        Diagnostic::error(&NOT_FOUND, "Invalid state move request").detail(format!(
            "{} cannot become {}: {why}.",
            self.source, self.destination
        ))
    }
}

fn resource(target: &TargetAddress) -> &ResourceAddress {
    match target {
        TargetAddress::Resource(resource) => resource,
        TargetAddress::Instance(instance) => &instance.resource,
        TargetAddress::Module(_) => unreachable!("modules were told apart before"),
    }
}

/// All instances keep their keys, unless an end names one instance.
fn resource_moves(from: &Snapshot, source: &TargetAddress, destination: &TargetAddress) -> Moves {
    let one: Option<InstanceAddress> = match (source, destination) {
        (TargetAddress::Instance(instance), _) => Some(instance.clone()),
        (TargetAddress::Resource(old), TargetAddress::Instance(_)) => Some(old.instance(None)),
        (_, _) => None,
    };
    let moved = |key: &ObjectKey, address: InstanceAddress| {
        (
            key.clone(),
            ObjectKey {
                address,
                deposed: key.deposed.clone(),
            },
        )
    };
    let keys = from.instances.keys();
    match (one, destination) {
        (Some(one), TargetAddress::Instance(to)) => keys
            .filter(|key| key.address == one)
            .map(|key| moved(key, to.clone()))
            .collect(),
        (Some(one), _) => keys
            .filter(|key| key.address == one)
            .map(|key| moved(key, resource(destination).instance(None)))
            .collect(),
        (None, _) => keys
            .filter(|key| key.address.resource == *resource(source))
            .map(|key| moved(key, resource(destination).instance(key.address.key.clone())))
            .collect(),
    }
}

fn module_moves(from: &Snapshot, source: &ModuleAddress, destination: &ModuleAddress) -> Moves {
    let within = |key: &&ObjectKey| source.contains(&key.address.resource.module);
    let renamed = |key: &ObjectKey| {
        let mut to = key.clone();
        let rest = key.address.resource.module.0[source.0.len()..].to_vec();
        to.address.resource.module = ModuleAddress([destination.0.clone(), rest].concat());
        (key.clone(), to)
    };
    from.instances.keys().filter(within).map(renamed).collect()
}
