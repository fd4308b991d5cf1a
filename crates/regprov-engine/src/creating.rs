//! Creating: recorded before it is sent; after a lost answer, looked for before it is sent again.

use crate::Engine;
use crate::convert::with_object;
use crate::freshness::stamp;
use crate::looking::encode_mark;
use crate::patience::{Patience, Verdict};
use crate::write::{Target, WriteError};
use regprov_provider::{AnyCreate, CreateClass, Created, Error, ErrorKind, Mark, Partial};
use regprov_state::{Action, Begin, BeginId, InstanceState, Outcome, Session, StateError, Status};
use regprov_value::Value;
use serde_json::Value as Json;
use std::time::Duration;
use tokio::sync::SemaphorePermit;

/// How an attempt ended short of its object.
enum Attempt {
    Done(Value),
    Failed(Error),
    /// The service was still at work when the time was over, or could not be asked how far it is: the record stays open, and
    /// the next run waits on.
    Unfinished(Error),
}

/// What follows a failed call.
enum Next {
    /// It is called again.
    Again,
    /// It is called again from an object of which a part stands.
    From(Value),
    /// The attempt ends.
    End(Attempt),
}

/// Whether an error is that of a request, and not the service's word that the object itself has failed: that one names no
/// request.
const fn is_of_a_request(error: &Error) -> bool {
    error.operation.is_some() || error.status.is_some()
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
        // What is recorded as begun is sent at once: after a crash everything that was not sent must be looked for, and waited for.
        let place = self.place_for(target).await;
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
        writing.run(None, place).await
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
    /// Runs the create to its end, from the object of a step where one was recorded. The first request takes the `place` that
    /// was kept for it.
    pub(crate) async fn run(
        &self,
        step: Option<Value>,
        place: Option<SemaphorePermit<'_>>,
    ) -> Result<Value, WriteError> {
        let mut last = step;
        match self.attempt(&mut last, place).await? {
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
            Attempt::Unfinished(error) => Err(error.into()),
            Attempt::Failed(error) => {
                // What has no identity is a note of what was there before, not an object.
                let half = last
                    .filter(|object| self.target.resource.id(object).is_some())
                    .map(|object| Box::new(self.tainted(&object)));
                // Where the outcome is not known the record stays open: the next run looks again.
                if error.kind != ErrorKind::Ambiguous || half.is_some() {
                    self.session.end(self.id, Outcome::Failed(half)).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn attempt(
        &self,
        last: &mut Option<Value>,
        mut place: Option<SemaphorePermit<'_>>,
    ) -> Result<Attempt, StateError> {
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
            let place = match place.take() {
                Some(kept) => Some(kept),
                None => engine.place_for(target).await,
            };
            let answer = target.resource.create(request).await;
            drop(place);
            let error = match answer {
                Ok(Created::Done(object)) => return Ok(Attempt::Done(object)),
                Ok(Created::Step(object)) => {
                    self.stand(object, last).await?;
                    continue;
                }
                Ok(Created::Pending {
                    object,
                    reason,
                    after,
                }) => {
                    let whole = self.whole(&object);
                    self.session.step(self.id, Some(whole), Json::Null).await?;
                    *last = Some(object.clone());
                    return Ok(
                        match engine
                            .settled(target, &object, (&mut patience, reason, after))
                            .await
                        {
                            Ok(object) => Attempt::Done(object),
                            Err(error) if patience.is_exhausted(engine) || is_of_a_request(&error) => {
                                Attempt::Unfinished(error)
                            }
                            Err(error) => Attempt::Failed(error),
                        },
                    );
                }
                Err(error) => error,
            };
            match self
                .after_failure(error, last.as_ref(), (&mut ours, &mut patience))
                .await
            {
                Next::Again => {}
                Next::From(object) => self.stand(object, last).await?,
                Next::End(end) => return Ok(end),
            }
        }
    }

    /// Records a part that stands, from which the create goes on.
    async fn stand(&self, object: Value, last: &mut Option<Value>) -> Result<(), StateError> {
        self.session
            .step(self.id, Some(self.tainted(&object)), Json::Null)
            .await?;
        *last = Some(object);
        Ok(())
    }

    /// Waits, looks or gives up after a failed call. `ours` remembers that an answer was lost, so that what exists may be
    /// ours.
    async fn after_failure(
        &self,
        error: Error,
        step: Option<&Value>,
        course: (&mut bool, &mut Patience),
    ) -> Next {
        let ((ours, patience), engine, target) = (course, self.engine, self.target);
        let exists = matches!(error.kind, ErrorKind::Exists(_));
        let look = exists
            && *ours
            && !patience.is_exhausted(engine)
            && target.resource.create_class() != CreateClass::ServerNamed
            && patience.has_another_try();
        let verdict = if look {
            Verdict::Look
        } else {
            patience.judge(engine, error)
        };
        match verdict {
            Verdict::Again(wait, reason) => engine.wait(target, patience, wait, reason).await,
            Verdict::Look if step.is_some_and(|step| target.resource.id(step).is_some()) => {
                if let Err(error) = self.revoke_lost(step, patience).await {
                    return Next::End(Attempt::Failed(error));
                }
            }
            Verdict::Look => {
                *ours = true;
                if exists {
                    engine.pause(target, patience).await;
                }
                // What the service says is there will be seen; otherwise the create is sent again.
                let bound = if exists {
                    target.resource.visibility()
                } else {
                    self.sent_again()
                };
                match self.look(patience, bound, step).await {
                    Ok(Some(object)) if target.resource.is_carried_on() => return Next::From(object),
                    Ok(Some(object)) => return Next::End(Attempt::Done(object)),
                    Ok(None) => {}
                    Err(error) => {
                        return Next::End(Attempt::Failed(Error {
                            kind: ErrorKind::Ambiguous,
                            ..error
                        }));
                    }
                }
            }
            Verdict::Fail(error) => return Next::End(Attempt::Failed(error)),
        }
        Next::Again
    }

    /// A step may be asked for again as it is, once the secret that the lost answer may have told of is gone.
    pub(crate) async fn revoke_lost(
        &self,
        step: Option<&Value>,
        patience: &mut Patience,
    ) -> Result<(), Error> {
        let (engine, target) = (self.engine, self.target);
        engine.pause(target, patience).await;
        let Some(id) = step.and_then(|step| target.resource.id(step)) else {
            return Ok(());
        };
        engine
            .revoke_lost(target, &id, (self.prepared, self.mark, step), patience)
            .await
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
        step: Option<&Value>,
    ) -> Result<Option<Value>, Error> {
        let (engine, target) = (self.engine, self.target);
        let made = (self.prepared, self.mark, step);
        let found = engine.find((target, self.session), made, bound, patience).await?;
        if target.tells_once(self.prepared) && !target.resource.is_carried_on() {
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

    fn whole(&self, object: &Value) -> InstanceState {
        InstanceState {
            status: Status::Ready,
            ..self.tainted(object)
        }
    }

    fn tainted(&self, object: &Value) -> InstanceState {
        let half = InstanceState {
            status: Status::Tainted,
            ..self.state.clone()
        };
        let object = self.target.merged(object, self.prepared);
        let mut half = with_object(&half, &object, &self.target.resource.schema().block);
        stamp(&mut half, &*self.target.resource, self.engine.clock.now());
        half
    }
}
