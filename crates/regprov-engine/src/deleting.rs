//! Deleting: what is gone already is success.

use crate::Engine;
use crate::patience::{Patience, Verdict};
use crate::write::{Target, WriteError};
use regprov_provider::{AnyDelete, AnyRead, Deleted, Error, ErrorKind, Observed};
use regprov_state::{Action, Begin, Edit, InstanceState, ObjectKey, Outcome, Session, StateError};
use regprov_value::Value;
use std::time::Duration;

impl Engine {
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

    /// Puts an object that was to be replaced back in its place, unless its successor stands there or may still be found.
    pub(crate) async fn put_back(&self, session: &Session, deposed: ObjectKey) -> Result<(), StateError> {
        let current = ObjectKey::current(deposed.address.clone());
        let taken = session.read(|snapshot| snapshot.instances.contains_key(&current));
        let open = session.open_begins();
        if taken || open.iter().any(|open| open.begin.target == current) {
            return Ok(());
        }
        let (from, to) = (deposed, current);
        session.edit(Edit::Move { from, to }).await
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
            let error = match self.held_for(target, target.resource.delete(request)).await {
                Ok(Deleted::Gone) => return Ok(()),
                Ok(Deleted::Pending { reason, after }) => {
                    return self.vanished(target, id, (&mut patience, reason, after)).await;
                }
                Err(error) => error,
            };
            match patience.judge(self, error) {
                Verdict::Again(wait, reason) => self.wait(target, &patience, wait, reason).await,
                Verdict::Look => self.pause(target, &patience).await,
                Verdict::Fail(error) => return Err(error),
            }
        }
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
}
