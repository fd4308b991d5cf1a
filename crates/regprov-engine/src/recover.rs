//! Puts in order what an interrupted run left: writes that were about to be sent and whose outcome is not recorded.

use crate::codes::INTERRUPTED;
use crate::connect::Connections;
use crate::convert::{merge, with_object};
use crate::creating::Creation;
use crate::looking::decode_mark;
use crate::patience::Patience;
use crate::planning::PlanRequest;
use crate::report::write_failure;
use crate::satisfy::Disk;
use crate::updating::Change;
use crate::write::{Target, WriteError};
use crate::{Engine, Event};
use futures::future::join_all;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_plan::{Mode, decode_attributes};
use regprov_provider::{AnyRead, AnyResource, Connection, CreateClass, Error, Observed};
use regprov_state::{Action, InstanceState, OpenBegin, Outcome, Session, Status};
use regprov_value::Value;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Engine {
    /// Looks up every write without a recorded outcome and records what became of it.
    ///
    /// Guarantees: afterwards either no write is open, or an error says which one cannot be put in order and why; nothing is
    /// lost by calling it again.
    pub async fn recover(
        &self,
        request: &PlanRequest,
        session: &Session,
        connections: &Connections,
        disk: &dyn Disk,
    ) -> Diagnostics {
        let open = session.open_begins();
        if open.is_empty() {
            return Diagnostics::new();
        }
        // Providers are configured from what is recorded, not from what the configuration asks for by now: what was cut short
        // lives where it was begun.
        let recorded = PlanRequest {
            mode: Mode::RefreshOnly,
            targets: Vec::new(),
            replace: Vec::new(),
            ..request.clone()
        };
        let found = self
            .declarations(&recorded, &session.snapshot(), connections, disk)
            .await
            .diagnostics;
        let mut diagnostics = Diagnostics::new();
        // Side by side: what was never sent is believed to be absent only after a while, and these waits need not add up.
        let groups = self.taking_turns(&open).into_values().map(async |group| {
            let mut failures = Vec::new();
            for begin in group {
                match self.reconcile(session, connections, begin).await {
                    Ok(what) => self.tell(Event::Recovered {
                        address: begin.begin.target.address.clone(),
                        what,
                    }),
                    Err(diagnostic) => failures.push(diagnostic),
                }
            }
            failures
        });
        for diagnostic in join_all(groups).await.into_iter().flatten() {
            diagnostics.push(diagnostic);
        }
        if diagnostics.has_errors() {
            diagnostics.extend(found);
        }
        diagnostics
    }

    /// Open writes in groups. Creates of one type whose objects the service names take turns: each may find what another made,
    /// and only what is recorded is known to be taken.
    fn taking_turns<'a>(&self, open: &'a [OpenBegin]) -> BTreeMap<(String, usize), Vec<&'a OpenBegin>> {
        let mut groups: BTreeMap<(String, usize), Vec<&OpenBegin>> = BTreeMap::new();
        for (number, begin) in open.iter().enumerate() {
            let name = &begin.begin.target.address.resource.resource_type;
            let state = begin.begin.desired.as_deref();
            let resource = state.and_then(|state| self.resource_type(&state.provider, name).ok());
            let is_named_there =
                resource.is_some_and(|resource| resource.create_class() == CreateClass::ServerNamed);
            let place = match is_named_there && begin.begin.action == Action::Create {
                true => 0,
                false => number + 1,
            };
            groups.entry((name.clone(), place)).or_default().push(begin);
        }
        groups
    }

    async fn reconcile(
        &self,
        session: &Session,
        connections: &Connections,
        open: &OpenBegin,
    ) -> Result<String, Diagnostic> {
        let key = &open.begin.target;
        let state = open.begin.desired.as_deref().or(open.begin.prior.as_deref());
        let Some(state) = state else {
            return Err(interrupted(open, "its record holds no object".into()));
        };
        let Some(connection) = connections.get(&state.provider) else {
            return Err(interrupted(
                open,
                format!("its provider {} is not connected", state.provider),
            ));
        };
        let resource = self.resource_type(&state.provider, &key.address.resource.resource_type)?;
        let limit = resource.schema().timeouts.create;
        let target = Target {
            resource,
            connection,
            key: key.clone(),
            limit,
        };
        let outcome = match open.begin.action {
            Action::Create => self.reconcile_create(session, &target, open, state).await,
            Action::Update => self.reconcile_update(session, &target, open, state).await,
            Action::Delete => self.reconcile_delete(session, &target, open).await,
        };
        outcome.map_err(|error| write_failure(&key.address, &error))
    }

    async fn reconcile_create(
        &self,
        session: &Session,
        target: &Target,
        open: &OpenBegin,
        state: &InstanceState,
    ) -> Result<String, WriteError> {
        let prepared = decode(&target.resource, state)?;
        let block = &target.resource.schema().block;
        let known = open.steps.iter().rev().find_map(|step| step.object.as_deref());
        if let Some(step) = known.filter(|step| step.status == Status::Ready) {
            let known = decode(&target.resource, step)?;
            if let Some(object) = self.look_again(target, &known).await? {
                let object = merge(&object, &known, block);
                session
                    .end(
                        open.id,
                        Outcome::Object(Box::new(with_object(step, &object, block))),
                    )
                    .await?;
                return Ok("its creation had begun and went on; the object is recorded".into());
            }
        }
        let Some(mark) = open.begin.mark.as_deref().and_then(decode_mark) else {
            session.end(open.id, Outcome::Failed(None)).await?;
            return Ok("its creation had begun without a mark; nothing is recorded".into());
        };
        let creation = Creation {
            engine: self,
            session,
            target,
            state,
            prepared: &prepared,
            mark: &mark,
            id: open.id,
        };
        let mut note = None;
        if let Some(step) = known.filter(|step| step.status == Status::Tainted) {
            let known = decode(&target.resource, step)?;
            if target.resource.id(&known.unmark_deep().0).is_none() {
                note = Some(known.unmark_deep().0);
            } else if self.look_again(target, &known).await?.is_some() {
                let known = known.unmark_deep().0;
                let mut patience = Patience::new(self, target.limit, target.resource.visibility());
                creation.revoke_lost(Some(&known), &mut patience).await?;
                creation.run(Some(known), None).await?;
                return Ok("its creation had begun; it was completed and the object is recorded".into());
            }
        }
        let mut patience = Patience::new(self, target.limit, target.resource.visibility());
        let bound = target.resource.visibility();
        match creation.look(&mut patience, bound, note.as_ref()).await? {
            Some(object) if target.resource.is_carried_on() => {
                creation.run(Some(object), None).await?;
                Ok("its creation had begun; it was completed and the object is recorded".into())
            }
            Some(object) => {
                let object = merge(&object, &prepared, block);
                let ready = InstanceState {
                    status: Status::Ready,
                    ..state.clone()
                };
                session
                    .end(
                        open.id,
                        Outcome::Object(Box::new(with_object(&ready, &object, block))),
                    )
                    .await?;
                Ok(
                    "its creation was sent and the answer was lost; the object was found and is recorded"
                        .into(),
                )
            }
            None => {
                self.nothing_made(session, open).await?;
                Ok("its creation was cut short; nothing of it is left at the service".into())
            }
        }
    }

    /// Records that a create made nothing; what was set aside for it goes back to its place.
    async fn nothing_made(&self, session: &Session, open: &OpenBegin) -> Result<(), WriteError> {
        session.end(open.id, Outcome::Failed(None)).await?;
        let address = &open.begin.target.address;
        let deposed = session.read(|snapshot| {
            let of_it = snapshot.deposed().filter(|(key, _)| key.address == *address);
            of_it.map(|(key, _)| key.clone()).collect::<Vec<_>>()
        });
        // Of several only one was set aside for this create, and nobody knows which.
        if let [deposed] = deposed.as_slice() {
            self.put_back(session, deposed.clone()).await?;
        }
        Ok(())
    }

    async fn reconcile_update(
        &self,
        session: &Session,
        target: &Target,
        open: &OpenBegin,
        state: &InstanceState,
    ) -> Result<String, WriteError> {
        let desired = decode(&target.resource, state)?;
        if (target.tells_once(&desired) || target.resource.is_carried_on())
            && let Some(done) = self.complete_update(session, target, open, &desired).await?
        {
            return Ok(done);
        }
        let outcome = match self.look_again(target, &desired).await? {
            Some(object) => {
                let object = merge(&object, &desired, &target.resource.schema().block);
                Outcome::Object(Box::new(with_object(
                    state,
                    &object,
                    &target.resource.schema().block,
                )))
            }
            None => Outcome::Deleted,
        };
        session.end(open.id, outcome).await?;
        Ok("its update was cut short; the object is recorded as it stands".into())
    }

    /// An update that tells a secret, or takes several requests, is carried on from where it was cut short: what it may have
    /// made would be lost otherwise.
    async fn complete_update(
        &self,
        session: &Session,
        target: &Target,
        open: &OpenBegin,
        desired: &Value,
    ) -> Result<Option<String>, WriteError> {
        let mark = open.begin.mark.as_deref().and_then(decode_mark);
        let (Some(mark), Some(before), Some(state)) = (mark, &open.begin.prior, &open.begin.desired) else {
            return Ok(None);
        };
        let prior = decode(&target.resource, before)?;
        let Some(id) = target.resource.id(&prior.unmark_deep().0) else {
            return Ok(None);
        };
        if self.look_again(target, &prior).await?.is_none() {
            return Ok(None);
        }
        let step = open.steps.iter().rev().find_map(|step| step.object.as_deref());
        let step = step.map(|step| decode(&target.resource, step)).transpose()?;
        let step = step.map(|step| step.unmark_deep().0);
        let mut patience = Patience::new(self, target.limit, target.resource.visibility());
        self.revoke_lost(target, &id, (desired, &mark, step.as_ref()), &mut patience)
            .await?;
        let change = Change {
            engine: self,
            session,
            target,
            state,
            values: (&prior, desired),
            mark: &mark,
            id: open.id,
        };
        change.run(step).await?;
        Ok(Some(
            "its update was cut short; it was completed and the object is recorded".into(),
        ))
    }

    async fn reconcile_delete(
        &self,
        session: &Session,
        target: &Target,
        open: &OpenBegin,
    ) -> Result<String, WriteError> {
        let id = open.begin.identity.clone().unwrap_or_default();
        // What exists in the state alone is read from there.
        let prior = open.begin.prior.as_deref();
        let prior = prior.map(|prior| decode(&target.resource, prior)).transpose()?;
        let prior = prior.map(|prior| prior.unmark_deep().0);
        let observed = self
            .ask(|| {
                target.resource.read(AnyRead {
                    connection: &target.connection,
                    id: &id,
                    prior: prior.as_ref(),
                })
            })
            .await?;
        match observed {
            Observed::Absent => {
                session.end(open.id, Outcome::Deleted).await?;
                Ok("its delete was sent and the answer was lost; the object is gone".into())
            }
            Observed::Settling(_) | Observed::Present(_) => {
                session.end(open.id, Outcome::Failed(None)).await?;
                Ok("its delete was cut short; the object still exists".into())
            }
        }
    }

    /// Reads an object that was recorded with its identity, and waits until it is ready.
    async fn look_again(&self, target: &Target, known: &Value) -> Result<Option<Value>, Error> {
        let Some(id) = target.resource.id(&known.unmark_deep().0) else {
            return Ok(None);
        };
        let mut patience = Patience::new(self, target.limit, target.resource.visibility());
        self.adopt(target, &id, known, &mut patience).await
    }

    /// A resource type and a connection for an object of the state, for callers that read it.
    pub(crate) fn reach(
        &self,
        connections: &Connections,
        state: &InstanceState,
        resource_type: &str,
    ) -> Result<(Arc<dyn AnyResource>, Connection), Diagnostic> {
        let resource = self.resource_type(&state.provider, resource_type)?;
        let connection = connections.get(&state.provider).ok_or_else(|| {
            Diagnostic::error(&crate::codes::CONNECT, "Provider cannot be connected")
                .detail(format!("The provider {} is not connected.", state.provider))
        })?;
        Ok((resource, connection))
    }
}

/// The object of a record, in clear and marked.
pub(crate) fn decode(resource: &Arc<dyn AnyResource>, state: &InstanceState) -> Result<Value, Error> {
    let json = Json::Object(state.attributes.clone());
    decode_attributes(&json, &resource.schema().block, &state.sensitive_paths).map_err(|error| {
        let text = format!(
            "the recorded object of {} cannot be read at `{}`",
            resource.type_name(),
            error.path
        );
        Error::new(regprov_provider::ErrorKind::Failed, text)
    })
}

fn interrupted(open: &OpenBegin, why: String) -> Diagnostic {
    let what = match open.begin.action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    };
    let address = &open.begin.target;
    Diagnostic::error(&INTERRUPTED, "An interrupted run is not in order yet")
        .address(&address.address)
        .detail(format!("A run was cut short while it was about to {what} {address}, and its outcome cannot be looked up: {why}."))
        .help("Restore the provider configuration and its credentials, then run the command again; nothing is lost.")
}
