//! `local-exec`: commands of the configuration that run on this machine, around the life of an object.
//!
//! An object is recorded as tainted while its commands run: cut short, it is made anew next time.

use crate::applying::{Deed, Run};
use crate::codes::LOCAL_EXEC;
use crate::node::{Doing, Done};
use crate::report::state_failure;
use crate::{Engine, Event};
use futures::future::LocalBoxFuture;
use regprov_addr::InstanceAddress;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_graph::NodeId;
use regprov_plan::{LocalExec, Occasion, Operation};
use regprov_state::{Edit, ObjectKey, Session, StateError, Status};
use regprov_value::Value;
use std::sync::Arc;

/// Runs commands on this machine.
pub trait RunLocal: Send + Sync {
    /// Runs a command to its end and passes on every line that it prints, as it comes.
    ///
    /// # Errors
    /// How it failed, as the end of a sentence: `it ended with exit status 3`.
    fn run<'a>(
        &'a self,
        command: &'a LocalExec,
        line: &'a dyn Fn(&str),
    ) -> LocalBoxFuture<'a, Result<(), String>>;
}

/// What becomes of the commands of `local-exec`.
#[derive(Clone)]
pub enum LocalCommands {
    /// They run.
    Run(Arc<dyn RunLocal>),
    /// They are left out, and the observer is told.
    LeaveOut,
}

impl Engine {
    /// Runs the commands one after another, up to the first whose failure counts.
    pub(crate) async fn run_local(&self, address: &InstanceAddress, commands: &[LocalExec]) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let LocalCommands::Run(runner) = &self.local else {
            if !commands.is_empty() {
                self.tell(Event::LocalLeftOut {
                    address: address.clone(),
                    count: commands.len(),
                });
            }
            return diagnostics;
        };
        for command in commands {
            let shown = (!command.sensitive && !command.quiet).then(|| command.command.clone());
            self.tell(Event::LocalStarted {
                address: address.clone(),
                command: shown,
                withheld: command.sensitive,
            });
            let line = |text: &str| {
                if !command.sensitive {
                    self.tell(Event::LocalPrinted {
                        address: address.clone(),
                        line: text.to_owned(),
                    });
                }
            };
            if let Err(why) = runner.run(command, &line).await {
                let goes_on = command.continue_on_failure;
                diagnostics.push(failure(address, command, &why));
                if !goes_on {
                    break;
                }
            }
        }
        diagnostics
    }
}

fn failure(address: &InstanceAddress, command: &LocalExec, why: &str) -> Diagnostic {
    let what = if command.sensitive || command.quiet {
        "A command".to_owned()
    } else {
        format!("The command `{}`", command.command)
    };
    let text = format!("{what} that a provisioner of {address} runs on this machine failed: {why}.");
    let diagnostic = if command.continue_on_failure {
        Diagnostic::warning(&LOCAL_EXEC, "Command of a provisioner failed")
            .detail(format!("{text} `on_failure = continue` lets the run go on."))
    } else {
        Diagnostic::error(&LOCAL_EXEC, "Command of a provisioner failed").detail(text)
    };
    diagnostic.at(command.span).address(address)
}

impl<'a> Run<'a> {
    /// What is to be run now that an object was created; `None` where nothing is.
    pub(crate) fn provision(&self, operation: &'a Operation, id: NodeId) -> Option<Doing<'a>> {
        let Operation::Create { address } = operation else {
            return None;
        };
        let commands = self.execution.provisioners(address, None, Occasion::Created);
        if commands.as_ref().is_ok_and(Vec::is_empty) {
            return None;
        }
        let (engine, session) = (self.engine, self.session);
        let left_out = matches!(engine.local, LocalCommands::LeaveOut);
        Some(Box::pin(async move {
            let diagnostics = match commands {
                Ok(commands) if left_out => engine.run_local(address, &commands).await,
                Ok(commands) => engine.provision_tainted(session, address, &commands).await,
                Err(diagnostics) => match mark(session, address, Status::Tainted).await {
                    Ok(()) => diagnostics
                        .into_iter()
                        .map(|diagnostic| made_anew(diagnostic, address))
                        .collect(),
                    Err(error) => state_failure(&error).address(address).into(),
                },
            };
            (
                id,
                Done {
                    provisioned: true,
                    diagnostics,
                    ..Done::default()
                },
            )
        }))
    }

    /// Takes in the end of the commands of a created object; tells whether it went well.
    pub(crate) fn provisioned(&mut self, operation: &Operation, done: Done) -> bool {
        let failed = done.diagnostics.has_errors();
        self.applied.diagnostics.extend(done.diagnostics);
        if let (Operation::Create { address }, true) = (operation, failed) {
            let position = self
                .applied
                .done
                .iter()
                .rposition(|deed| deed.address == *address);
            if let Some(position) = position {
                let deed: Deed = self.applied.done.remove(position);
                self.engine.tell(Event::Failed {
                    address: deed.address.clone(),
                    action: deed.action,
                });
                self.applied.failed.push(deed);
            }
        }
        !failed
    }

    /// What is to be run before an object is deleted.
    pub(crate) fn before_delete(
        &self,
        key: &ObjectKey,
        status: Status,
        object: &Value,
    ) -> Result<Vec<LocalExec>, Diagnostics> {
        if key.deposed.is_some() || status == Status::Tainted {
            return Ok(Vec::new());
        }
        self.execution
            .provisioners(&key.address, Some(object), Occasion::Deleting)
    }
}

impl Engine {
    async fn provision_tainted(
        &self,
        session: &Session,
        address: &InstanceAddress,
        commands: &[LocalExec],
    ) -> Diagnostics {
        if let Err(error) = mark(session, address, Status::Tainted).await {
            return state_failure(&error).address(address).into();
        }
        let diagnostics = self.run_local(address, commands).await;
        if diagnostics.has_errors() {
            return diagnostics
                .into_iter()
                .map(|diagnostic| made_anew(diagnostic, address))
                .collect();
        }
        match mark(session, address, Status::Ready).await {
            Ok(()) => diagnostics,
            Err(error) => diagnostics
                .into_iter()
                .chain([state_failure(&error).address(address)])
                .collect(),
        }
    }
}

fn made_anew(diagnostic: Diagnostic, address: &InstanceAddress) -> Diagnostic {
    if !diagnostic.is_error() {
        return diagnostic;
    }
    diagnostic.help(format!(
        "{address} exists and is marked as tainted: the next apply makes it anew and runs the command again."
    ))
}

async fn mark(session: &Session, address: &InstanceAddress, status: Status) -> Result<(), StateError> {
    let key = ObjectKey::current(address.clone());
    match session.read(|snapshot| snapshot.instances.get(&key).cloned()) {
        Some(mut object) => {
            object.status = status;
            session
                .edit(Edit::Put {
                    key,
                    object: Box::new(object),
                })
                .await
        }
        None => Ok(()),
    }
}
