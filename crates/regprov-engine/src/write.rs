//! One write to a service: recorded before it is sent, recorded again before anything depends on it.

use crate::convert::{merge, with_object};
use crate::patience::{Patience, Verdict};
use crate::{Engine, Event};
use regprov_addr::InstanceAddress;
use regprov_provider::{
    AnyCreate, AnyDelete, AnyFind, AnyRead, AnyResource, AnyUpdate, Connection, CreateClass, Created,
    Deleted, Error, ErrorKind, Mark, Observed, Partial,
};
use regprov_state::{Action, Begin, BeginId, InstanceState, ObjectKey, Outcome, Session, StateError, Status};
use regprov_value::Value;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;

/// Why a write did not end well.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The service refused or failed.
    #[error(transparent)]
    Service(#[from] Error),
    /// The journal could not be written; nothing further may be sent.
    #[error(transparent)]
    State(#[from] StateError),
}

/// What a write is about.
pub(crate) struct Target {
    /// The resource type.
    pub(crate) resource: Arc<dyn AnyResource>,
    /// Through which connection.
    pub(crate) connection: Connection,
    /// The object.
    pub(crate) key: ObjectKey,
    /// How long it may take.
    pub(crate) limit: Duration,
}

impl Target {
    fn address(&self) -> &InstanceAddress {
        &self.key.address
    }

    fn patience(&self, engine: &Engine) -> Patience {
        Patience::new(engine, self.limit, self.resource.visibility())
    }

    fn id(&self, object: &Value) -> Result<String, Error> {
        self.resource.id(object).ok_or_else(|| {
            let text = format!(
                "the service answered an object of {} without its identity",
                self.resource.type_name()
            );
            Error::new(ErrorKind::Failed, text)
        })
    }

    /// Whether something in the object, as it is wanted, is told only once.
    fn tells_once(&self, prepared: &Value) -> bool {
        let block = &self.resource.schema().block;
        let wanted = |name: &str| {
            prepared
                .get(name)
                .is_some_and(|nested| nested.children().next().is_some())
        };
        block.attributes.values().any(|attribute| attribute.once)
            || block
                .blocks
                .iter()
                .any(|(name, nested)| nested.block.tells_once() && wanted(name))
    }

    fn merged(&self, observed: &Value, recorded: &Value) -> Value {
        merge(observed, recorded, &self.resource.schema().block)
    }
}

/// How an attempt ended short of its object.
enum Attempt {
    Done(Value),
    Failed(Error),
}

impl Engine {
    /// Creates an object. `state` is what the state will hold beside its attributes; `desired` is wholly known.
    pub(crate) async fn create(
        &self,
        session: &Session,
        target: &Target,
        state: InstanceState,
        desired: &Value,
    ) -> Result<Value, WriteError> {
        let mark = self.mark();
        let (bare, _) = desired.unmark_deep();
        let prepared = target.resource.prepare(&bare, &mark)?;
        let prepared = target.merged(&prepared, desired);
        let block = &target.resource.schema().block;
        let begin = Begin {
            identity: target.resource.identify(&target.connection, Partial(&bare)),
            mark: Some(encode_mark(&mark)),
            desired: Some(Box::new(with_object(&state, &prepared, block))),
            ..Begin::new(target.address().clone(), Action::Create)
        };
        let id = session.begin(begin).await?;
        let writing = Creation {
            engine: self,
            session,
            target,
            state: &state,
            prepared: &prepared,
            mark: &mark,
            id,
        };
        writing.run(None).await
    }

    /// Changes an object in place.
    pub(crate) async fn update(
        &self,
        session: &Session,
        target: &Target,
        state: InstanceState,
        change: (&Value, &Value),
    ) -> Result<Value, WriteError> {
        let (prior, desired) = change;
        let block = &target.resource.schema().block;
        let ((before, _), (after, _)) = (prior.unmark_deep(), desired.unmark_deep());
        let identity = target.id(&before)?;
        let begin = Begin {
            target: target.key.clone(),
            identity: Some(identity.clone()),
            desired: Some(Box::new(with_object(&state, desired, block))),
            prior: Some(Box::new(with_object(&state, prior, block))),
            ..Begin::new(target.address().clone(), Action::Update)
        };
        let id = session.begin(begin).await?;
        let mut patience = target.patience(self);
        let mut step: Option<Value> = None;
        loop {
            let request = AnyUpdate {
                connection: &target.connection,
                id: &identity,
                prior: &before,
                desired: &after,
                step: step.as_ref(),
            };
            let error = match self.held(target.resource.update(request)).await {
                Ok(Created::Done(object)) => {
                    return self.finish(session, target, &state, (id, &object, desired)).await;
                }
                Ok(Created::Step(object)) => {
                    session
                        .step(
                            id,
                            Some(with_object(&state, &target.merged(&object, desired), block)),
                            Json::Null,
                        )
                        .await?;
                    step = Some(object);
                    continue;
                }
                Ok(Created::Pending {
                    object,
                    reason,
                    after,
                }) => {
                    match self
                        .settled(target, &object, (&mut patience, reason, after))
                        .await
                    {
                        Ok(object) => {
                            return self.finish(session, target, &state, (id, &object, desired)).await;
                        }
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            match patience.judge(self, error) {
                Verdict::Again(wait, reason) => self.wait(target, &patience, wait, reason).await,
                // The same change twice is the same object.
                Verdict::Look => {
                    self.wait(
                        target,
                        &patience,
                        Duration::from_millis(250),
                        "the answer was lost".into(),
                    )
                    .await
                }
                Verdict::Fail(error) => {
                    let known =
                        step.map(|step| Box::new(with_object(&state, &target.merged(&step, desired), block)));
                    if error.kind != ErrorKind::Ambiguous {
                        session.end(id, Outcome::Failed(known)).await?;
                    }
                    return Err(error.into());
                }
            }
        }
    }

    /// Deletes an object; that it is gone already is success.
    pub(crate) async fn delete(
        &self,
        session: &Session,
        target: &Target,
        state: &InstanceState,
        prior: &Value,
    ) -> Result<(), WriteError> {
        let (object, _) = prior.unmark_deep();
        let identity = target.id(&object)?;
        let begin = Begin {
            target: target.key.clone(),
            identity: Some(identity.clone()),
            prior: Some(Box::new(state.clone())),
            ..Begin::new(target.address().clone(), Action::Delete)
        };
        let id = session.begin(begin).await?;
        match self.delete_by_id(target, &identity, Some(&object)).await {
            Ok(()) => Ok(session.end(id, Outcome::Deleted).await?),
            Err(error) => {
                if error.kind != ErrorKind::Ambiguous {
                    session.end(id, Outcome::Failed(None)).await?;
                }
                Err(error.into())
            }
        }
    }

    /// Deletes the object of an identity and waits until it is gone.
    pub(crate) async fn delete_by_id(
        &self,
        target: &Target,
        id: &str,
        prior: Option<&Value>,
    ) -> Result<(), Error> {
        let mut patience = target.patience(self);
        loop {
            let request = AnyDelete {
                connection: &target.connection,
                id,
                prior,
            };
            let error = match self.held(target.resource.delete(request)).await {
                Ok(Deleted::Gone) => return Ok(()),
                Ok(Deleted::Pending { reason, after }) => {
                    return self.vanished(target, id, (&mut patience, reason, after)).await;
                }
                Err(error) => error,
            };
            match patience.judge(self, error) {
                Verdict::Again(wait, reason) => self.wait(target, &patience, wait, reason).await,
                Verdict::Look => {
                    self.wait(
                        target,
                        &patience,
                        Duration::from_millis(250),
                        "the answer was lost".into(),
                    )
                    .await
                }
                Verdict::Fail(error) => return Err(error),
            }
        }
    }

    /// Records the end of a create or update.
    async fn finish(
        &self,
        session: &Session,
        target: &Target,
        state: &InstanceState,
        write: (BeginId, &Value, &Value),
    ) -> Result<Value, WriteError> {
        let (id, object, desired) = write;
        let object = target.merged(object, desired);
        let ready = with_object(
            &InstanceState {
                status: Status::Ready,
                ..state.clone()
            },
            &object,
            &target.resource.schema().block,
        );
        session.end(id, Outcome::Object(Box::new(ready))).await?;
        Ok(object)
    }

    /// Polls until the object is ready.
    pub(crate) async fn settled(
        &self,
        target: &Target,
        object: &Value,
        waiting: (&mut Patience, String, Option<Duration>),
    ) -> Result<Value, Error> {
        let (patience, mut reason, hint) = waiting;
        let id = target.id(object)?;
        let mut wait = patience.next_wait(hint);
        let mut blind = self.clock.now();
        while !patience.is_exhausted(self) {
            self.wait(target, patience, wait, reason.clone()).await;
            match self
                .held(target.resource.read(AnyRead {
                    connection: &target.connection,
                    id: &id,
                    prior: Some(object),
                }))
                .await
            {
                Ok(Observed::Present(object)) => return Ok(object),
                Ok(Observed::Settling(why)) => {
                    blind = self.clock.now();
                    reason = why;
                    wait = patience.next_wait(hint);
                }
                Ok(Observed::Absent) => {
                    let error = Error::new(ErrorKind::NotYetVisible, "the new object is not visible yet");
                    let unseen: Duration = self
                        .clock
                        .now()
                        .duration_since(blind)
                        .try_into()
                        .unwrap_or(Duration::ZERO);
                    if unseen > target.resource.visibility().max(Duration::from_secs(60)) {
                        return Err(Error {
                            kind: ErrorKind::Failed,
                            message: "the new object vanished while it was being made".into(),
                            ..error
                        });
                    }
                    reason = error.message;
                    wait = patience.next_wait(hint);
                }
                Err(error) => match patience.judge(self, error) {
                    Verdict::Again(longer, why) => (wait, reason) = (longer, why),
                    Verdict::Look => wait = patience.next_wait(hint),
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
        Err(Error::new(
            ErrorKind::Failed,
            format!("it took longer than {} s: {reason}", target.limit.as_secs()),
        )
        .remedy(
            "Look at the object at the service; apply again to go on. A `timeouts` block allows more time.",
        ))
    }

    async fn vanished(
        &self,
        target: &Target,
        id: &str,
        waiting: (&mut Patience, String, Option<Duration>),
    ) -> Result<(), Error> {
        let (patience, mut reason, hint) = waiting;
        while !patience.is_exhausted(self) {
            let wait = patience.next_wait(hint);
            self.wait(target, patience, wait, reason.clone()).await;
            match self
                .held(target.resource.read(AnyRead {
                    connection: &target.connection,
                    id,
                    prior: None,
                }))
                .await
            {
                Ok(Observed::Absent) => return Ok(()),
                Ok(Observed::Settling(why)) => reason = why,
                Ok(Observed::Present(_)) => {}
                Err(error) => match patience.judge(self, error) {
                    Verdict::Again(_, why) => reason = why,
                    Verdict::Look => {}
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
        Err(Error::new(
            ErrorKind::Failed,
            format!("deleting took longer than {} s: {reason}", target.limit.as_secs()),
        ))
    }

    /// Lets time pass and says why.
    pub(crate) async fn wait(&self, target: &Target, patience: &Patience, wait: Duration, reason: String) {
        let elapsed = patience.elapsed(self);
        self.tell(Event::Waiting {
            address: target.address().clone(),
            reason,
            elapsed,
        });
        self.clock.sleep(wait).await;
    }
}

/// A create under way.
pub(crate) struct Creation<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) session: &'a Session,
    pub(crate) target: &'a Target,
    pub(crate) state: &'a InstanceState,
    pub(crate) prepared: &'a Value,
    pub(crate) mark: &'a Mark,
    pub(crate) id: BeginId,
}

impl Creation<'_> {
    /// Runs the create to its end, from the object of a step where one was recorded.
    pub(crate) async fn run(&self, step: Option<Value>) -> Result<Value, WriteError> {
        let mut last = step;
        match self.attempt(&mut last).await? {
            Attempt::Done(object) => {
                self.engine
                    .finish(
                        self.session,
                        self.target,
                        self.state,
                        (self.id, &object, self.prepared),
                    )
                    .await
            }
            Attempt::Failed(error) => {
                let half = last.map(|object| Box::new(self.tainted(&object)));
                // Where the outcome is not known the record stays open: the next run looks again.
                if error.kind != ErrorKind::Ambiguous || half.is_some() {
                    self.session.end(self.id, Outcome::Failed(half)).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn attempt(&self, last: &mut Option<Value>) -> Result<Attempt, StateError> {
        let (engine, target) = (self.engine, self.target);
        let (desired, _) = self.prepared.unmark_deep();
        let mut patience = target.patience(engine);
        let mut ours = false;
        loop {
            let request = AnyCreate {
                connection: &target.connection,
                desired: &desired,
                mark: self.mark,
                step: last.as_ref(),
            };
            let error = match engine.held(target.resource.create(request)).await {
                Ok(Created::Done(object)) => return Ok(Attempt::Done(object)),
                Ok(Created::Step(object)) => {
                    self.session
                        .step(self.id, Some(self.tainted(&object)), Json::Null)
                        .await?;
                    *last = Some(object);
                    continue;
                }
                Ok(Created::Pending {
                    object,
                    reason,
                    after,
                }) => {
                    let whole = InstanceState {
                        status: Status::Ready,
                        ..self.tainted(&object)
                    };
                    self.session.step(self.id, Some(whole), Json::Null).await?;
                    *last = Some(object.clone());
                    return Ok(
                        match engine
                            .settled(target, &object, (&mut patience, reason, after))
                            .await
                        {
                            Ok(object) => Attempt::Done(object),
                            Err(error) => Attempt::Failed(error),
                        },
                    );
                }
                Err(error) => error,
            };
            if let Some(end) = self
                .after_failure(error, last.is_some(), (&mut ours, &mut patience))
                .await
            {
                return Ok(end);
            }
        }
    }

    /// Waits, looks or gives up after a failed call; `None`: call again. `ours` remembers that an answer was lost, so that
    /// what exists may be ours.
    async fn after_failure(
        &self,
        error: Error,
        stepped: bool,
        course: (&mut bool, &mut Patience),
    ) -> Option<Attempt> {
        let ((ours, patience), engine, target) = (course, self.engine, self.target);
        let exists = matches!(error.kind, ErrorKind::Exists(_));
        let look = exists
            && *ours
            && !patience.is_exhausted(engine)
            && target.resource.create_class() != CreateClass::ServerNamed;
        let verdict = if look {
            Verdict::Look
        } else {
            patience.judge(engine, error)
        };
        match verdict {
            Verdict::Again(wait, reason) => engine.wait(target, patience, wait, reason).await,
            // A step may be asked for again as it is.
            Verdict::Look if stepped => {
                let pause = Duration::from_millis(250);
                engine
                    .wait(target, patience, pause, "the answer was lost".into())
                    .await;
            }
            Verdict::Look => {
                *ours = true;
                // What the service says is there will be seen; otherwise the create is sent again.
                let bound = if exists {
                    target.resource.visibility()
                } else {
                    self.sent_again()
                };
                match self.look(patience, bound).await {
                    Ok(Some(object)) => return Some(Attempt::Done(object)),
                    Ok(None) => {}
                    Err(error) => {
                        return Some(Attempt::Failed(Error {
                            kind: ErrorKind::Ambiguous,
                            ..error
                        }));
                    }
                }
            }
            Verdict::Fail(error) => return Some(Attempt::Failed(error)),
        }
        None
    }

    /// How long to look before the create is sent again: where a repeat is the same object, it need not be seen.
    fn sent_again(&self) -> Duration {
        match self.target.resource.create_class() {
            CreateClass::ServerNamed => self.target.resource.visibility(),
            CreateClass::ClientNamed | CreateClass::UniqueName | CreateClass::Upsert => Duration::ZERO,
        }
    }

    /// After a lost answer: finds what the create made; that it made nothing is believed after `bound`. An object whose
    /// secret was lost is revoked, so that the create may be sent again; any other is adopted.
    pub(crate) async fn look(
        &self,
        patience: &mut Patience,
        bound: Duration,
    ) -> Result<Option<Value>, Error> {
        let (engine, target) = (self.engine, self.target);
        let found = engine
            .find(target, (self.prepared, self.mark), bound, patience)
            .await?;
        if target.tells_once(self.prepared) {
            for id in &found {
                engine.delete_by_id(target, id, None).await?;
            }
            return Ok(None);
        }
        let Some(id) = found.first() else {
            return Ok(None);
        };
        engine.adopt(target, id, self.prepared, patience).await
    }

    fn tainted(&self, object: &Value) -> InstanceState {
        let half = InstanceState {
            status: Status::Tainted,
            ..self.state.clone()
        };
        with_object(
            &half,
            &self.target.merged(object, self.prepared),
            &self.target.resource.schema().block,
        )
    }
}

impl Engine {
    /// Looks for what a create with this mark made; "nothing" is believed only after `bound`.
    pub(crate) async fn find(
        &self,
        target: &Target,
        made: (&Value, &Mark),
        bound: Duration,
        patience: &mut Patience,
    ) -> Result<Vec<String>, Error> {
        let (prepared, mark) = made;
        let (desired, _) = prepared.unmark_deep();
        let begun = self.clock.now();
        loop {
            let request = AnyFind {
                connection: &target.connection,
                desired: &desired,
                mark,
            };
            let looked: Duration = self
                .clock
                .now()
                .duration_since(begun)
                .try_into()
                .unwrap_or(Duration::ZERO);
            match self.held(target.resource.find(request)).await {
                Ok(found) if !found.is_empty() || looked >= bound => return Ok(found),
                Ok(_) => {
                    let left = bound.saturating_sub(looked);
                    let wait = patience
                        .next_wait(None)
                        .min(Duration::from_secs(2))
                        .min(left.max(Duration::from_millis(50)));
                    self.wait(
                        target,
                        patience,
                        wait,
                        "an answer was lost; looking whether the object was made".into(),
                    )
                    .await;
                }
                Err(error) => match patience.judge(self, error) {
                    Verdict::Again(wait, reason) => self.wait(target, patience, wait, reason).await,
                    Verdict::Look => {
                        self.wait(
                            target,
                            patience,
                            Duration::from_millis(250),
                            "the answer was lost".into(),
                        )
                        .await
                    }
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
    }

    /// Reads an object that a create made, and waits until it is ready; `None` where it is gone.
    pub(crate) async fn adopt(
        &self,
        target: &Target,
        id: &str,
        prepared: &Value,
        patience: &mut Patience,
    ) -> Result<Option<Value>, Error> {
        let (recorded, _) = prepared.unmark_deep();
        loop {
            let request = AnyRead {
                connection: &target.connection,
                id,
                prior: Some(&recorded),
            };
            match self.held(target.resource.read(request)).await {
                Ok(Observed::Present(object)) => return Ok(Some(object)),
                Ok(Observed::Absent) => return Ok(None),
                Ok(Observed::Settling(reason)) => {
                    let wait = patience.next_wait(None);
                    self.wait(target, patience, wait, reason).await;
                }
                Err(error) => match patience.judge(self, error) {
                    Verdict::Again(wait, reason) => self.wait(target, patience, wait, reason).await,
                    Verdict::Look => {
                        self.wait(
                            target,
                            patience,
                            Duration::from_millis(250),
                            "the answer was lost".into(),
                        )
                        .await
                    }
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
    }
}

/// The mark as the journal keeps it.
pub(crate) fn encode_mark(mark: &Mark) -> String {
    format!("{} {}", mark.text, mark.begun)
}

/// Reads what [`encode_mark`] wrote.
pub(crate) fn decode_mark(text: &str) -> Option<Mark> {
    let (name, begun) = text.split_once(' ')?;
    let mut nonce = [0; 16];
    hex::decode_to_slice(name.strip_prefix("regprov-")?, &mut nonce).ok()?;
    Some(Mark {
        text: name.to_owned(),
        nonce,
        begun: begun.parse().ok()?,
    })
}
