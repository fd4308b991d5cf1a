//! What every write to a service has: a target, an end that is recorded before anything depends on it, and waiting.

use crate::convert::{merge, with_object};
use crate::freshness::stamp;
use crate::patience::{Patience, Verdict};
use crate::{Engine, Event};
use regprov_addr::InstanceAddress;
use regprov_provider::{AnyRead, AnyResource, Connection, Error, ErrorKind, Observed};
use regprov_state::{BeginId, InstanceState, ObjectKey, Outcome, Session, StateError, Status};
use regprov_value::Value;
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
    pub(crate) fn address(&self) -> &InstanceAddress {
        &self.key.address
    }

    pub(crate) fn patience(&self, engine: &Engine) -> Patience {
        Patience::new(engine, self.limit, self.resource.visibility())
    }

    pub(crate) fn id(&self, object: &Value) -> Result<String, Error> {
        self.resource.id(object).ok_or_else(|| {
            let text = format!(
                "the service answered an object of {} without its identity",
                self.resource.type_name()
            );
            Error::new(ErrorKind::Failed, text)
        })
    }

    /// Whether something in the object, as it is wanted, is told only once.
    pub(crate) fn tells_once(&self, prepared: &Value) -> bool {
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

    pub(crate) fn merged(&self, observed: &Value, recorded: &Value) -> Value {
        merge(observed, recorded, &self.resource.schema().block)
    }
}

impl Engine {
    /// Records the end of a create or update.
    pub(crate) async fn finish(
        &self,
        session: &Session,
        target: &Target,
        state: &InstanceState,
        write: (BeginId, &Value, &Value),
    ) -> Result<Value, WriteError> {
        let (id, object, desired) = write;
        let object = target.merged(object, desired);
        let whole = InstanceState {
            status: Status::Ready,
            ..state.clone()
        };
        let mut ready = with_object(&whole, &object, &target.resource.schema().block);
        stamp(&mut ready, &*target.resource, self.clock.now());
        crate::credentials::note_registry(&mut ready, &target.connection);
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
                    let unseen = self.since(blind);
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

    /// Lets a moment pass after a lost answer.
    pub(crate) async fn pause(&self, target: &Target, patience: &Patience) {
        let moment = Duration::from_millis(250);
        self.wait(target, patience, moment, "the answer was lost".into())
            .await;
    }
}
