//! Looking for what a create made whose answer was lost, and taking it over.

use crate::Engine;
use crate::patience::{Patience, Verdict};
use crate::recover::decode;
use crate::write::Target;
use jiff::Timestamp;
use regprov_provider::{AnyFind, AnyRead, AnyRevoke, Error, ErrorKind, Mark, Observed, Revoked};
use regprov_state::{InstanceState, Session};
use regprov_value::Value;
use std::collections::BTreeSet;
use std::time::Duration;

impl Engine {
    /// Looks for what a create with this mark made; "nothing" is believed only after `bound`. What is recorded for another
    /// address is not what is looked for.
    pub(crate) async fn find(
        &self,
        (target, session): (&Target, &Session),
        made: (&Value, &Mark, Option<&Value>),
        bound: Duration,
        patience: &mut Patience,
    ) -> Result<Vec<String>, Error> {
        let (prepared, mark, step) = made;
        let (desired, _) = prepared.unmark_deep();
        let begun = self.clock.now();
        loop {
            let request = AnyFind {
                connection: &target.connection,
                desired: &desired,
                mark,
                step,
            };
            let looked = self.since(begun);
            let found = self.held(target.resource.find(request)).await;
            match found.map(|found| unrecorded(found, target, session)) {
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
                        at_most(
                            "it is not known whether the object was made; looking for it",
                            bound,
                        ),
                    )
                    .await;
                }
                Err(error) => match patience.judge(self, error) {
                    Verdict::Again(wait, reason) => self.wait(target, patience, wait, reason).await,
                    Verdict::Look => self.pause(target, patience).await,
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
    }

    /// Takes away what an attempt made within an object and was not told of; "nothing" is believed only after the type's
    /// visibility bound.
    pub(crate) async fn revoke_lost(
        &self,
        target: &Target,
        id: &str,
        made: (&Value, &Mark, Option<&Value>),
        patience: &mut Patience,
    ) -> Result<(), Error> {
        let (desired, mark, step) = made;
        if !target.tells_once(desired) {
            return Ok(());
        }
        let (desired, _) = desired.unmark_deep();
        let begun = self.clock.now();
        loop {
            let request = AnyRevoke {
                connection: &target.connection,
                id,
                desired: &desired,
                mark,
                step,
            };
            match self.held(target.resource.revoke(request)).await {
                Ok(Revoked::Never | Revoked::Gone) => return Ok(()),
                Ok(Revoked::NotSeen) if self.since(begun) >= target.resource.visibility() => return Ok(()),
                Ok(Revoked::NotSeen) => {
                    let why = "it is not known whether a secret was made; looking for it";
                    let why = at_most(why, target.resource.visibility());
                    let wait = patience.next_wait(None).min(Duration::from_secs(2));
                    self.wait(target, patience, wait, why).await;
                }
                Err(error) => match patience.judge(self, error) {
                    Verdict::Again(wait, reason) => self.wait(target, patience, wait, reason).await,
                    Verdict::Look => self.pause(target, patience).await,
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
    }

    /// How long an instant is past.
    pub(crate) fn since(&self, instant: Timestamp) -> Duration {
        let passed = self.clock.now().duration_since(instant);
        passed.try_into().unwrap_or(Duration::ZERO)
    }

    /// Reads an object that a create made, and waits until it is ready; `None` where it is gone, which is
    /// believed after the type's visibility bound.
    pub(crate) async fn adopt(
        &self,
        target: &Target,
        id: &str,
        prepared: &Value,
        patience: &mut Patience,
    ) -> Result<Option<Value>, Error> {
        let (recorded, _) = prepared.unmark_deep();
        let begun = self.clock.now();
        loop {
            let request = AnyRead {
                connection: &target.connection,
                id,
                prior: Some(&recorded),
            };
            match self.held(target.resource.read(request)).await {
                Ok(Observed::Present(object)) => return Ok(Some(object)),
                Ok(Observed::Absent) if self.since(begun) >= target.resource.visibility() => return Ok(None),
                Ok(Observed::Absent) => {
                    let why = at_most(
                        "it is not there, or not visible yet",
                        target.resource.visibility(),
                    );
                    let wait = patience.next_wait(None).min(Duration::from_secs(2));
                    self.wait(target, patience, wait, why).await;
                }
                Ok(Observed::Settling(reason)) if patience.is_exhausted(self) => {
                    let text = format!("it is not ready yet: {reason}");
                    return Err(Error::new(ErrorKind::Failed, text));
                }
                Ok(Observed::Settling(reason)) => {
                    let wait = patience.next_wait(None);
                    self.wait(target, patience, wait, reason).await;
                }
                Err(error) => match patience.judge(self, error) {
                    Verdict::Again(wait, reason) => self.wait(target, patience, wait, reason).await,
                    Verdict::Look => self.pause(target, patience).await,
                    Verdict::Fail(error) => return Err(error),
                },
            }
        }
    }
}

/// The identities among these that no other address has.
fn unrecorded(mut found: Vec<String>, target: &Target, session: &Session) -> Vec<String> {
    if found.is_empty() {
        return found;
    }
    let kind = &target.address().resource.resource_type;
    let recorded: Vec<InstanceState> = session.read(|snapshot| {
        let others = snapshot
            .instances
            .iter()
            .filter(|(key, _)| key.address.resource.resource_type == *kind && **key != target.key);
        others.map(|(_, state)| state.clone()).collect()
    });
    let steps = session.open_begins().into_iter().filter(|open| {
        open.begin.target.address.resource.resource_type == *kind && open.begin.target != target.key
    });
    let steps = steps.filter_map(|open| open.steps.into_iter().rev().find_map(|step| step.object));
    let others = recorded.into_iter().chain(steps.map(|object| *object));
    let taken: BTreeSet<String> = others
        .filter_map(|state| {
            let object = decode(&target.resource, &state).ok()?;
            target.resource.id(&object.unmark_deep().0)
        })
        .collect();
    found.retain(|id| !taken.contains(id));
    found
}

/// Says how long something is waited for at most: after that the service would show it.
fn at_most(why: &str, bound: Duration) -> String {
    format!("{why} for up to {} s", bound.as_secs())
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
