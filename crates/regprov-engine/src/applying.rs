//! Applying: walks the execution graph of a plan.

use crate::codes::{INTERRUPTED, OTHER_REALM, STALE_PLAN, STOPPED};
use crate::connect::Connections;
use crate::convert::{output_state, with_object};
use crate::node::{Done, deed_of};
use crate::report::state_failure;
use crate::secrets::declare_planned;
use crate::{Engine, Event};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use regprov_addr::{InstanceAddress, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics, Severity, Span};
use regprov_graph::{Graph, NodeId, Walk};
use regprov_lang::Configuration;
use regprov_plan::{Action, ApplyContext, Execution, Mode, Operation, Plan, Realm, ResourceChange};
use regprov_state::{Edit, InstanceState, ObjectKey, Session, StateError, Status};
use regprov_value::Value;
use serde_json::Map;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The instance.
    pub address: InstanceAddress,
    /// What was done, or tried.
    pub action: Action,
    /// How long it took.
    pub elapsed: Duration,
}

/// What applying did.
#[derive(Debug, Default)]
pub struct Applied {
    /// What was done, in the order it ended.
    pub done: Vec<Deed>,
    /// What failed.
    pub failed: Vec<Deed>,
    /// What was not begun because something before it failed.
    pub skipped: Vec<(InstanceAddress, Action)>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Checks that a saved plan is about this state and this realm.
///
/// # Errors
/// With what is different, and what to do.
pub fn check_saved(plan: &Plan, session: &Session, realm: Realm) -> Result<(), Diagnostic> {
    if plan.realm != realm {
        let (made, asked) = match plan.realm {
            Realm::Sandbox => ("in the sandbox", "outside it"),
            Realm::Live => ("for real clouds", "in the sandbox"),
        };
        return Err(Diagnostic::error(&OTHER_REALM, "Plan belongs to another realm")
            .detail(format!("The plan was made {made} and cannot be applied {asked}."))
            .help(match realm {
                Realm::Sandbox => "Make a plan for the sandbox: regprov plan -sandbox -out FILE",
                Realm::Live => {
                    "Apply it with `-sandbox`, or make a plan for real clouds: regprov plan -out FILE"
                }
            }));
    }
    let (lineage, serial) = session.base();
    let same = plan.state.serial == serial
        && plan
            .state
            .lineage
            .as_deref()
            .is_none_or(|planned| planned == lineage);
    if same && !session.was_replayed() {
        return Ok(());
    }
    let detail = if session.was_replayed() && same {
        "Since the plan was made, a run on this state was cut short; what it did is recorded and the plan no longer fits.".to_owned()
    } else if plan
        .state
        .lineage
        .as_deref()
        .is_some_and(|planned| planned != lineage)
    {
        "The plan was made from another state: it carries another lineage.".to_owned()
    } else {
        format!(
            "The plan was made from serial {} of the state; the state is at serial {serial} now, so another run has changed it since.",
            plan.state.serial
        )
    };
    let again = match realm {
        Realm::Sandbox => "Nothing was done. Make a new plan: regprov plan -sandbox -out FILE",
        Realm::Live => "Nothing was done. Make a new plan: regprov plan -out FILE",
    };
    Err(Diagnostic::error(&STALE_PLAN, "Saved plan is stale")
        .detail(detail)
        .help(again))
}

impl Engine {
    /// Carries out a plan. The caller finishes the session afterwards, whatever the outcome.
    pub async fn apply(
        &self,
        plan: &Plan,
        configuration: Arc<Configuration>,
        session: &Session,
        connections: &Connections,
    ) -> Applied {
        let mut applied = Applied::default();
        if !session.open_begins().is_empty() {
            let text = "A run on this state was cut short, and its writes are not looked up yet.";
            applied.diagnostics.push(Diagnostic::error(&INTERRUPTED, "An interrupted run is not in order yet").detail(text).help(
                "Run `regprov plan` or `regprov apply` without a saved plan: it puts them in order first.",
            ));
            return applied;
        }
        let prior = crate::convert::prior(&session.snapshot(), session.base().1 > 0);
        let randomness = Arc::clone(&self.randomness);
        let context = ApplyContext {
            now: self.clock.now(),
            random: Box::new(move |bytes| randomness.fill(bytes)),
        };
        let execution = match Execution::new(plan, configuration, self.schemas(), prior, context) {
            Ok(execution) => execution,
            Err(diagnostics) => {
                applied.diagnostics.extend(diagnostics);
                return applied;
            }
        };
        if let Err(error) = self.take_over(plan, session).await {
            applied.diagnostics.push(state_failure(&error));
            return applied;
        }
        let mut run = Run {
            engine: self,
            plan,
            session,
            connections,
            execution,
            applied,
            deposed: BTreeMap::new(),
        };
        let ((), found) = self.while_open(connections, run.walk()).await;
        run.applied.diagnostics.extend(found);
        if self.stop.is_asked() && !run.applied.skipped.is_empty() {
            run.applied.diagnostics.push(stopped());
        }
        run.outputs().await;
        run.applied
    }

    /// Records what needs no service: moves, what refresh found, imports.
    async fn take_over(&self, plan: &Plan, session: &Session) -> Result<(), StateError> {
        for change in &plan.changes {
            if let Some(from) = &change.previous_address {
                let (from, to) = (
                    ObjectKey::current(from.clone()),
                    ObjectKey::current(change.address.clone()),
                );
                let retyped = from.address.resource.resource_type != to.address.resource.resource_type;
                session.edit(Edit::Move { from, to }).await?;
                if retyped {
                    self.record_import(change, session).await?;
                }
            }
            if change.importing.is_some() {
                self.record_import(change, session).await?;
            }
        }
        session.update(|snapshot| {
            for drift in &plan.drift {
                let key = ObjectKey {
                    address: drift.address.clone(),
                    deposed: drift.deposed.clone(),
                };
                let Some(observed) = &drift.after else {
                    snapshot.instances.remove(&key);
                    continue;
                };
                let resource = self
                    .schemas()
                    .resource(&drift.provider.provider, &key.address.resource.resource_type)
                    .cloned();
                if let (Some(resource), Some(state)) = (resource, snapshot.instances.get_mut(&key)) {
                    *state = with_object(state, observed, &resource.schema().block);
                    state.schema_version = resource.schema().version;
                }
            }
        });
        // A state of another tool in which nothing changes stays in its hands.
        if plan.has_changes() || !session.needs_consent() {
            self.declare_unchanged(plan, session);
        }
        Ok(())
    }

    /// Records which values of objects without a change are secret, so that none stays in clear beside those that are sealed.
    fn declare_unchanged(&self, plan: &Plan, session: &Session) {
        let schemas = self.schemas();
        session.update(|snapshot| {
            let unchanged = plan.changes.iter().filter(|change| {
                change.action == Action::NoOp && change.address.resource.mode == ResourceMode::Managed
            });
            for change in unchanged {
                let key = ObjectKey {
                    address: change.address.clone(),
                    deposed: change.deposed.clone(),
                };
                let resource_type = &change.address.resource.resource_type;
                let resource = schemas.resource(&change.provider.provider, resource_type);
                if let (Some(resource), Some(planned), Some(state)) =
                    (resource, &change.after, snapshot.instances.get_mut(&key))
                {
                    declare_planned(state, planned, &resource.schema().block);
                }
            }
        });
    }

    async fn record_import(&self, change: &ResourceChange, session: &Session) -> Result<(), StateError> {
        let resource = self
            .schemas()
            .resource(&change.provider.provider, &change.address.resource.resource_type)
            .cloned();
        if let (Some(resource), Some(object)) = (resource, &change.before) {
            let state = with_object(
                &new_state(change, resource.schema().version),
                object,
                &resource.schema().block,
            );
            let key = ObjectKey::current(change.address.clone());
            session
                .edit(Edit::Put {
                    key,
                    object: Box::new(state),
                })
                .await?;
        }
        Ok(())
    }
}

fn stopped() -> Diagnostic {
    Diagnostic::error(&STOPPED, "Stopped before the end")
        .detail("It was asked to stop. What was in flight was brought to its end and is recorded; nothing further was begun.")
        .help("Run the command again to go on from here.")
}

/// What the state will hold of an instance beside its attributes.
pub(crate) fn new_state(change: &ResourceChange, schema_version: u64) -> InstanceState {
    InstanceState {
        schema_version,
        dependencies: change.dependencies.clone(),
        status: Status::Ready,
        create_before_destroy: change.create_before_destroy,
        ..InstanceState::new(change.provider.clone(), Map::new())
    }
}

/// One apply under way.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) plan: &'a Plan,
    pub(crate) session: &'a Session,
    pub(crate) connections: &'a Connections,
    pub(crate) execution: Execution,
    pub(crate) applied: Applied,
    /// The keys of the objects that this run deposed.
    pub(crate) deposed: BTreeMap<InstanceAddress, String>,
}

impl Run<'_> {
    async fn walk(&mut self) {
        let mut graph: Graph<usize> = Graph::new();
        let ids: Vec<NodeId> = (0..self.plan.graph.nodes.len())
            .map(|index| graph.add_node(index))
            .collect();
        for (index, node) in self.plan.graph.nodes.iter().enumerate() {
            for after in &node.after {
                graph.add_edge(ids[index], ids[*after as usize]);
            }
        }
        let mut walk = Walk::new(&graph).expect("the nodes of a plan come after nodes of lower position");
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(id) = walk.next_ready() {
                let operation = &self.plan.graph.nodes[graph[id]].operation;
                if matches!(operation, Operation::Join) {
                    walk.done(id);
                    continue;
                }
                if self.engine.stop.is_asked() {
                    self.skip(operation);
                    for skipped in walk.failed(id) {
                        self.skip(&self.plan.graph.nodes[graph[skipped]].operation);
                    }
                    continue;
                }
                running.push(self.start(operation, id));
            }
            let Some((id, done)) = running.next().await else {
                break;
            };
            let operation = &self.plan.graph.nodes[graph[id]].operation;
            let created = !done.provisioned;
            let good = if created {
                self.complete(operation, done)
            } else {
                self.provisioned(operation, done)
            };
            match if good && created {
                self.provision(operation, id)
            } else {
                None
            } {
                Some(provision) => running.push(provision),
                None if good => walk.done(id),
                None => {
                    for skipped in walk.failed(id) {
                        self.skip(&self.plan.graph.nodes[graph[skipped]].operation);
                    }
                }
            }
        }
    }

    fn skip(&mut self, operation: &Operation) {
        let (address, action) = match operation {
            Operation::ReadData { address } => (address, Action::Read),
            Operation::Create { address } => (address, Action::Create),
            Operation::Update { address } => (address, Action::Update),
            Operation::Delete { address, .. } => (address, Action::Delete),
            Operation::Forget { address, .. } => (address, Action::Forget),
            Operation::Connect { .. } | Operation::Join => return,
        };
        self.applied.skipped.push((address.clone(), action));
    }

    /// Where an argument of an instance is written, or its block.
    fn place(&self, address: &InstanceAddress, argument: Option<&str>) -> Option<Span> {
        let path = argument.and_then(|path| path.parse().ok());
        match path {
            Some(path) => self.execution.argument_place(address, &path),
            None => self.execution.place(address),
        }
    }

    /// Takes in the end of an operation; tells whether it went well.
    fn complete(&mut self, operation: &Operation, done: Done) -> bool {
        let Done {
            deed,
            object,
            deleted,
            said,
            mut diagnostics,
            ..
        } = done;
        if let Operation::Connect { provider, .. } = operation {
            diagnostics.extend(self.judge(provider, said));
        }
        let address = deed_of(operation).map(|deed| deed.address);
        let scoped =
            matches!(operation, Operation::ReadData { address } if self.execution.is_scoped(address));
        let failed = diagnostics.has_errors() && !scoped;
        for mut diagnostic in diagnostics {
            if scoped {
                diagnostic.severity = Severity::Warning;
            }
            let subject = diagnostic.subject;
            let place = || self.place(address.as_ref()?, diagnostic.argument.as_deref());
            let subject = subject.or_else(place);
            self.applied.diagnostics.push(diagnostic.at(subject));
        }
        if let Operation::Create { address } | Operation::Update { address } | Operation::ReadData { address } =
            operation
            && let Some((object, id)) = object
        {
            let (recorded, found) = self.execution.record(address, object);
            self.applied.diagnostics.extend(found);
            self.keep(address, &recorded);
            if let Some(deed) = &deed {
                let (address, action, elapsed) = (deed.address.clone(), deed.action, deed.elapsed);
                self.engine.tell(Event::Finished {
                    address,
                    action,
                    id,
                    elapsed,
                });
            }
        } else if let (Operation::Delete { address, .. }, true, Some(deed)) = (operation, deleted, &deed) {
            self.execution.record_deleted(address);
            let (address, action, elapsed) = (deed.address.clone(), deed.action, deed.elapsed);
            self.engine.tell(Event::Finished {
                address,
                action,
                id: None,
                elapsed,
            });
        }
        let mut conditions = Diagnostics::new();
        if let (
            Operation::Create { address } | Operation::Update { address } | Operation::ReadData { address },
            false,
        ) = (operation, failed)
        {
            conditions = self.execution.postconditions(address);
        }
        let broken = conditions.has_errors();
        self.applied.diagnostics.extend(conditions);
        match deed {
            Some(deed) if failed => {
                self.engine.tell(Event::Failed {
                    address: deed.address.clone(),
                    action: deed.action,
                });
                self.applied.failed.push(deed);
            }
            Some(deed) => self.applied.done.push(deed),
            None => {}
        }
        !failed && !broken
    }

    /// Keeps an object as it is to be recorded, in the user's spelling; its journal record holds it as the service has it.
    fn keep(&self, address: &InstanceAddress, object: &Value) {
        let key = ObjectKey::current(address.clone());
        let schemas = self.engine.schemas();
        self.session.update(|snapshot| {
            let Some(state) = snapshot.instances.get_mut(&key) else {
                return;
            };
            if let Some(resource) =
                schemas.resource(&state.provider.provider, &address.resource.resource_type)
            {
                *state = with_object(state, object, &resource.schema().block);
            }
        });
    }

    async fn outputs(&mut self) {
        let (outputs, diagnostics) = self.execution.outputs();
        let clean = self.applied.failed.is_empty() && self.applied.skipped.is_empty();
        if clean {
            self.applied.diagnostics.extend(diagnostics);
        }
        if clean && self.plan.mode == Mode::Normal {
            let found = self.execution.checks(&self.plan.checks);
            self.applied.diagnostics.extend(found);
        }
        for (name, output) in &outputs {
            let Some(state) = output_state(output) else {
                continue;
            };
            if self
                .session
                .read(|snapshot| snapshot.outputs.get(name) == Some(&state))
            {
                continue;
            }
            if let Err(error) = self.session.output(name, Some(state)).await {
                self.applied.diagnostics.push(state_failure(&error));
            }
        }
        let gone: Vec<String> = self.session.read(|snapshot| {
            snapshot
                .outputs
                .keys()
                .filter(|name| !outputs.contains_key(*name))
                .cloned()
                .collect()
        });
        for name in gone.iter().filter(|_| clean) {
            if let Err(error) = self.session.output(name, None).await {
                self.applied.diagnostics.push(state_failure(&error));
            }
        }
    }
}
