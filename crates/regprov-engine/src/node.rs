//! The operations of the execution graph, each from what it needs to what it did.

use crate::applying::{Deed, Run, new_state};
use crate::deferred::Said;
use crate::recover::decode;
use crate::report::{service_failure, state_failure, write_failure};
use crate::write::Target;
use crate::{Engine, Event, WriteError};
use futures::future::LocalBoxFuture;
use regprov_addr::{InstanceAddress, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_graph::NodeId;
use regprov_plan::{Action, Operation, ResourceChange};
use regprov_schema::Timeouts;
use regprov_state::{Edit, InstanceState, ObjectKey, deposed_key};
use regprov_value::Value;
use std::time::Duration;

/// What an operation did.
#[derive(Default)]
pub(crate) struct Done {
    /// For the ledger of the run.
    pub(crate) deed: Option<Deed>,
    /// The object that it gave, and its identity.
    pub(crate) object: Option<(Value, Option<String>)>,
    /// Whether the instance is gone.
    pub(crate) deleted: bool,
    /// Whether this is the end of the commands that run once the object was created.
    pub(crate) provisioned: bool,
    /// What a service that was just connected says to what is planned there.
    pub(crate) said: Vec<Said>,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

impl Done {
    pub(crate) fn failed(deed: Option<Deed>, diagnostics: impl Into<Diagnostics>) -> Self {
        Self {
            deed,
            diagnostics: diagnostics.into(),
            ..Self::default()
        }
    }
}

pub(crate) type Doing<'a> = LocalBoxFuture<'a, (NodeId, Done)>;

impl<'a> Run<'a> {
    /// Evaluates what the operation needs, and starts it.
    pub(crate) fn start(&mut self, operation: &'a Operation, id: NodeId) -> Doing<'a> {
        let started = match operation {
            Operation::Connect { provider, deferred } => self.start_connect(provider, *deferred, id),
            Operation::ReadData { address } => self.start_read(address, id),
            Operation::Create { address } => self.start_create(address, id),
            Operation::Update { address } => self.start_update(address, id),
            Operation::Delete {
                address,
                deposed,
                replaced,
            } => {
                let deposed = if *replaced {
                    self.deposed.get(address).cloned()
                } else {
                    deposed.clone()
                };
                self.start_delete(
                    ObjectKey {
                        address: address.clone(),
                        deposed,
                    },
                    id,
                )
            }
            Operation::Forget { address, deposed } => Ok(self.start_forget(
                ObjectKey {
                    address: address.clone(),
                    deposed: deposed.clone(),
                },
                id,
            )),
            Operation::Join => Ok(ready(id, Done::default())),
        };
        started.unwrap_or_else(|diagnostics| {
            let deed = deed_of(operation);
            ready(id, Done::failed(deed, diagnostics))
        })
    }

    fn start_read(&self, address: &'a InstanceAddress, id: NodeId) -> Result<Doing<'a>, Diagnostics> {
        let config = self.execution.data_config(address)?;
        let change = self.change(address)?;
        let (engine, connections) = (self.engine, self.connections);
        let (bare, marks) = config.unmark_deep();
        Ok(Box::pin(async move {
            let begun = engine.clock.now();
            let data_type = &address.resource.resource_type;
            let of = (&change.provider, data_type.as_str());
            if address.resource.mode == ResourceMode::Ephemeral {
                let done = match engine.open(connections, of, &bare).await {
                    Ok(object) => Done {
                        object: Some((object, None)),
                        ..Done::default()
                    },
                    Err(error) => Done::failed(None, service_failure(address, &error)),
                };
                return (id, done);
            }
            let read = engine.read_data(connections, of, &bare, None).await;
            let deed = engine.deed(address, Action::Read, begun);
            let done = match read {
                Ok(object) => Done {
                    deed: Some(deed),
                    object: Some((object.marked(marks), None)),
                    ..Done::default()
                },
                Err(error) => Done::failed(Some(deed), service_failure(address, &error)),
            };
            (id, done)
        }))
    }

    fn start_create(&mut self, address: &'a InstanceAddress, id: NodeId) -> Result<Doing<'a>, Diagnostics> {
        let change = self.change(address)?;
        let desired = self.execution.desired(address)?;
        let target = self.target(
            change,
            ObjectKey::current(address.clone()),
            |timeouts| timeouts.create,
            "create",
        )?;
        let state = new_state(change, target.resource.schema().version);
        let deposes = (change.action == Action::CreateThenDelete).then(|| self.depose(address));
        let (engine, session) = (self.engine, self.session);
        Ok(Box::pin(async move {
            let begun = engine.clock.now();
            engine.tell(Event::Started {
                address: address.clone(),
                action: change.action,
            });
            let (current, deposed) = (
                ObjectKey::current(address.clone()),
                deposes.map(|key| ObjectKey::deposed(address.clone(), key)),
            );
            if let Some(deposed) = &deposed
                && let Err(error) = session
                    .edit(Edit::Move {
                        from: current.clone(),
                        to: deposed.clone(),
                    })
                    .await
            {
                return (
                    id,
                    Done::failed(
                        Some(engine.deed(address, change.action, begun)),
                        state_failure(&error),
                    ),
                );
            }
            let created = engine.create(session, &target, state, &desired).await;
            let failed = created.is_err();
            let mut done = engine.written(&target, created, (address, change.action, begun));
            if let (Some(deposed), true) = (deposed, failed)
                && let Err(error) = engine.put_back(session, deposed).await
            {
                done.diagnostics.push(state_failure(&error));
            }
            (id, done)
        }))
    }

    fn start_update(&self, address: &'a InstanceAddress, id: NodeId) -> Result<Doing<'a>, Diagnostics> {
        let change = self.change(address)?;
        let desired = self.execution.desired(address)?;
        let target = self.target(
            change,
            ObjectKey::current(address.clone()),
            |timeouts| timeouts.update,
            "update",
        )?;
        let state = new_state(change, target.resource.schema().version);
        let prior = change
            .before
            .clone()
            .ok_or_else(|| bug(address, "its plan has no object to change"))?;
        let (engine, session) = (self.engine, self.session);
        Ok(Box::pin(async move {
            let begun = engine.clock.now();
            engine.tell(Event::Started {
                address: address.clone(),
                action: change.action,
            });
            let updated = engine.update(session, &target, state, (&prior, &desired)).await;
            (
                id,
                engine.written(&target, updated, (address, change.action, begun)),
            )
        }))
    }

    fn start_delete(&self, key: ObjectKey, id: NodeId) -> Result<Doing<'a>, Diagnostics> {
        let Some(state) = self
            .session
            .read(|snapshot| snapshot.instances.get(&key).cloned())
        else {
            return Ok(ready(
                id,
                Done {
                    deleted: true,
                    ..Done::default()
                },
            ));
        };
        let plan = self.plan;
        let change = plan
            .changes
            .iter()
            .find(|change| change.address == key.address && change.deposed == key.deposed);
        let change = change
            .or_else(|| plan.change(&key.address))
            .ok_or_else(|| bug(&key.address, "it is not in the plan"))?;
        let target = self.target_of(&state, change, (key.clone(), "delete"))?;
        let object =
            decode(&target.resource, &state).map_err(|error| service_failure(&key.address, &error))?;
        let commands = self.before_delete(&key, state.status, &object)?;
        let (engine, session) = (self.engine, self.session);
        Ok(Box::pin(async move {
            let (begun, address) = (engine.clock.now(), &key.address);
            engine.tell(Event::Started {
                address: address.clone(),
                action: Action::Delete,
            });
            let warnings = engine.run_local(address, &commands).await;
            if warnings.has_errors() {
                return (
                    id,
                    Done::failed(Some(engine.deed(address, Action::Delete, begun)), warnings),
                );
            }
            let deleted = engine.delete(session, &target, &state, &object).await;
            let deed = Some(engine.deed(address, Action::Delete, begun));
            let done = match deleted {
                Ok(()) => Done {
                    deed,
                    deleted: true,
                    diagnostics: warnings,
                    ..Done::default()
                },
                Err(error) => Done::failed(
                    deed,
                    warnings
                        .into_iter()
                        .chain([write_failure(address, &error)])
                        .collect::<Diagnostics>(),
                ),
            };
            (id, done)
        }))
    }

    fn start_forget(&self, key: ObjectKey, id: NodeId) -> Doing<'a> {
        let (engine, session) = (self.engine, self.session);
        // What is made anew elsewhere is told of once, when it is made.
        let planned = self.plan.change(&key.address);
        let told = planned.is_none_or(|change| change.action == Action::Forget || key.deposed.is_some());
        Box::pin(async move {
            let deed = told.then(|| engine.deed(&key.address, Action::Forget, engine.clock.now()));
            let done = match session.edit(Edit::Forget { key }).await {
                Ok(()) => Done {
                    deed,
                    ..Done::default()
                },
                Err(error) => Done::failed(deed, state_failure(&error)),
            };
            (id, done)
        })
    }

    /// Chooses the key under which the old object of a create-then-delete waits for its delete.
    fn depose(&mut self, address: &InstanceAddress) -> String {
        let mut random = [0; 4];
        self.engine.randomness.fill(&mut random);
        let key = deposed_key(random);
        self.deposed.insert(address.clone(), key.clone());
        key
    }

    fn change(&self, address: &InstanceAddress) -> Result<&'a ResourceChange, Diagnostics> {
        self.plan
            .change(address)
            .ok_or_else(|| bug(address, "it is not in the plan").into())
    }

    fn target(
        &self,
        change: &ResourceChange,
        key: ObjectKey,
        limit: impl Fn(&Timeouts) -> Duration,
        operation: &str,
    ) -> Result<Target, Diagnostics> {
        let resource = self
            .engine
            .resource_type(&change.provider, &key.address.resource.resource_type)?;
        let connection = self
            .connections
            .get(&change.provider)
            .ok_or_else(|| bug(&key.address, "its provider is not connected"))?;
        let limit = written_limit(change, operation).unwrap_or_else(|| limit(&resource.schema().timeouts));
        Ok(Target {
            resource,
            connection,
            key,
            limit,
        })
    }

    fn target_of(
        &self,
        state: &InstanceState,
        change: &ResourceChange,
        of: (ObjectKey, &str),
    ) -> Result<Target, Diagnostics> {
        let (key, operation) = of;
        let (resource, connection) =
            self.engine
                .reach(self.connections, state, &key.address.resource.resource_type)?;
        let limit = written_limit(change, operation).unwrap_or(resource.schema().timeouts.delete);
        Ok(Target {
            resource,
            connection,
            key,
            limit,
        })
    }
}

impl Engine {
    pub(crate) fn deed(&self, address: &InstanceAddress, action: Action, begun: jiff::Timestamp) -> Deed {
        let elapsed = self.since(begun);
        Deed {
            address: address.clone(),
            action,
            elapsed,
        }
    }

    /// The end of a create or an update.
    fn written(
        &self,
        target: &Target,
        written: Result<Value, WriteError>,
        deed: (&InstanceAddress, Action, jiff::Timestamp),
    ) -> Done {
        let (address, action, begun) = deed;
        let deed = Some(self.deed(address, action, begun));
        match written {
            Ok(object) => {
                let id = target.resource.id(&object.unmark_deep().0);
                Done {
                    deed,
                    object: Some((object, id)),
                    ..Done::default()
                }
            }
            Err(error) => Done::failed(deed, write_failure(address, &error)),
        }
    }
}

pub(crate) fn ready<'a>(id: NodeId, done: Done) -> Doing<'a> {
    Box::pin(std::future::ready((id, done)))
}

/// What an operation does, before it took any time.
pub(crate) fn deed_of(operation: &Operation) -> Option<Deed> {
    let (address, action) = match operation {
        Operation::ReadData { address } => (address, Action::Read),
        Operation::Create { address } => (address, Action::Create),
        Operation::Update { address } => (address, Action::Update),
        Operation::Delete { address, .. } => (address, Action::Delete),
        Operation::Forget { address, .. } => (address, Action::Forget),
        Operation::Connect { .. } | Operation::Join => return None,
    };
    Some(Deed {
        address: address.clone(),
        action,
        elapsed: Duration::ZERO,
    })
}

fn bug(address: &InstanceAddress, what: &str) -> Diagnostic {
    Diagnostic::error(&crate::codes::SERVICE, "Plan cannot be carried out")
        .address(address)
        .detail(format!(
            "The operation on {address} cannot be carried out: {what}. This is a bug in regprov."
        ))
}

/// The limit that the configuration's `timeouts` block sets.
fn written_limit(change: &ResourceChange, operation: &str) -> Option<Duration> {
    parse_duration(change.timeouts.get(operation)?)
}

/// Reads `1h30m`, `45m`, `90s`, `500ms`, as Go writes durations.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|at| *at > 0)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(letters);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" => 0.000_001,
            "ns" => 0.000_000_001,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::parse_duration;
    use std::time::Duration;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        for wrong in ["", "5", "m", "5x", "-1s"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
