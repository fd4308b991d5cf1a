//! Changing an object in place: recorded before it is sent, and sent again after a lost answer, for the same change twice is
//! the same object.

use crate::Engine;
use crate::convert::with_object;
use crate::freshness::stamp;
use crate::looking::encode_mark;
use crate::patience::{Patience, Verdict};
use crate::write::{Target, WriteError};
use regprov_provider::{AnyUpdate, Created, Error, ErrorKind, Mark};
use regprov_state::{Action, Begin, BeginId, InstanceState, Outcome, Session};
use regprov_value::Value;
use serde_json::Value as Json;
use std::time::Duration;

impl Engine {
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
        let mark = self.mark();
        let begin = Begin {
            target: target.key.clone(),
            identity: Some(target.id(&prior.unmark_deep().0)?),
            mark: Some(encode_mark(&mark)),
            desired: Some(Box::new(with_object(&state, desired, block))),
            prior: Some(Box::new(with_object(&state, prior, block))),
            ..Begin::new(target.address().clone(), Action::Update)
        };
        let id = session.begin(begin).await?;
        let changing = Change {
            engine: self,
            session,
            target,
            state: &state,
            values: (prior, desired),
            mark: &mark,
            id,
        };
        changing.run(None).await
    }
}

/// An update under way.
pub(crate) struct Change<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) session: &'a Session,
    pub(crate) target: &'a Target,
    pub(crate) state: &'a InstanceState,
    /// The object as it stood and as it shall stand.
    pub(crate) values: (&'a Value, &'a Value),
    pub(crate) mark: &'a Mark,
    pub(crate) id: BeginId,
}

impl Change<'_> {
    /// Runs the update to its end, from the object of a step where one was recorded.
    pub(crate) async fn run(&self, step: Option<Value>) -> Result<Value, WriteError> {
        let (engine, session, target) = (self.engine, self.session, self.target);
        let mut last = step;
        match self.attempt(&mut last).await? {
            Ok(object) => {
                engine
                    .finish(session, target, self.state, (self.id, &object, self.values.1))
                    .await
            }
            Err(error) => {
                // Where the outcome is not known the record stays open: the next run goes on. A step says how the object stands,
                // with an old secret that the service would not remove: the next plan shows it.
                if error.kind != ErrorKind::Ambiguous {
                    let known = last.map(|object| Box::new(self.recorded(&object)));
                    session.end(self.id, Outcome::Failed(known)).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn attempt(&self, last: &mut Option<Value>) -> Result<Result<Value, Error>, WriteError> {
        let (engine, target) = (self.engine, self.target);
        let ((before, _), (after, _)) = (self.values.0.unmark_deep(), self.values.1.unmark_deep());
        let identity = target.id(&before)?;
        let mut patience = target.patience(engine);
        loop {
            let request = AnyUpdate {
                connection: &target.connection,
                id: &identity,
                prior: &before,
                desired: &after,
                mark: self.mark,
                step: last.as_ref(),
            };
            let error = match engine.held_for(target, target.resource.update(request)).await {
                Ok(Created::Done(object)) => {
                    return Ok(self.changed((&before, &after), object, &mut patience).await);
                }
                Ok(Created::Step(object)) => {
                    let recorded = self.recorded(&object);
                    self.session.step(self.id, Some(recorded), Json::Null).await?;
                    *last = Some(object);
                    continue;
                }
                Ok(Created::Pending {
                    object,
                    reason,
                    after: hint,
                }) => {
                    let waiting = (&mut patience, reason, hint);
                    match engine.settled(target, &object, waiting).await {
                        Ok(object) => {
                            return Ok(self.changed((&before, &after), object, &mut patience).await);
                        }
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            if let Some(error) = self
                .after_failure(error, (&identity, last.as_ref()), &mut patience)
                .await
            {
                return Ok(Err(error));
            }
        }
    }

    /// The object once the change is seen on it: a read may still show it as it was. What the service keeps showing so is
    /// believed after the type's visibility bound.
    async fn changed(
        &self,
        change: (&Value, &Value),
        object: Value,
        patience: &mut Patience,
    ) -> Result<Value, Error> {
        let (engine, target, mut object) = (self.engine, self.target, object);
        let (id, begun) = (target.id(&object)?, engine.clock.now());
        while is_as_before(change, &object) && engine.since(begun) < target.resource.visibility() {
            let why = "the change is not visible yet".to_owned();
            let wait = patience.next_wait(None).min(Duration::from_secs(2));
            engine.wait(target, patience, wait, why).await;
            let seen = engine.adopt(target, &id, change.1, patience).await?;
            object = seen.unwrap_or(object);
        }
        Ok(object)
    }

    /// Waits, looks or gives up after a failed call; `None`: call again.
    async fn after_failure(
        &self,
        error: Error,
        of: (&str, Option<&Value>),
        patience: &mut Patience,
    ) -> Option<Error> {
        let (identity, step) = of;
        let (engine, target) = (self.engine, self.target);
        match patience.judge(engine, error) {
            Verdict::Again(wait, reason) => engine.wait(target, patience, wait, reason).await,
            Verdict::Look => {
                engine.pause(target, patience).await;
                let made = (self.values.1, self.mark, step);
                if let Err(error) = engine.revoke_lost(target, identity, made, patience).await {
                    return Some(Error {
                        kind: ErrorKind::Ambiguous,
                        ..error
                    });
                }
            }
            Verdict::Fail(error) => return Some(error),
        }
        None
    }

    fn recorded(&self, object: &Value) -> InstanceState {
        let object = self.target.merged(object, self.values.1);
        let mut recorded = with_object(self.state, &object, &self.target.resource.schema().block);
        stamp(&mut recorded, &*self.target.resource, self.engine.clock.now());
        recorded
    }
}

/// Whether something that changed is still what it was.
fn is_as_before(change: (&Value, &Value), object: &Value) -> bool {
    let (before, after) = change;
    let entries = after.as_entries().into_iter().flatten();
    entries
        .filter(|(_, value)| !value.is_null())
        .any(|(name, value)| {
            let (was, is) = (before.get(name), object.get(name));
            was != Some(value) && was == is
        })
}
