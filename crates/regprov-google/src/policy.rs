//! The policies of IAM: one read, one change and one write with its ETag for everything that is ready.
//!
//! Each policy has one queue. Who comes first reads the policy, waits until no more changes arrive, makes them all, and writes
//! once. A policy that someone else changed meanwhile is a conflict: the engine asks again, and all is read anew.

mod edit;
mod holder;
mod members;
mod wire;

pub(crate) use edit::{Edit, Grant};
pub(crate) use holder::{Holder, HolderKind};
pub(crate) use members::{check_member, is_same_member, normal_member};
pub(crate) use wire::{AuditConfig, AuditLogConfig, Binding, Condition, Policy};

use crate::client::Api;
use jiff::Timestamp;
use regprov_http::Clock;
use regprov_provider::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

/// So long after the last change that arrived a policy is written.
const QUIET: Duration = Duration::from_millis(200);
/// How often is looked whether more arrived.
const LOOK: Duration = Duration::from_millis(50);

/// Every policy that this process changes.
pub(crate) struct Policies {
    slots: Mutex<BTreeMap<String, Arc<Slot>>>,
    clock: Arc<dyn Clock>,
    /// How long changes are gathered at most; `None`: not at all.
    gathers: Option<Duration>,
}

#[derive(Default)]
struct Slot {
    queue: Mutex<Queue>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    last: Option<Timestamp>,
}

struct Waiting {
    edit: Edit,
    answer: oneshot::Sender<Result<Policy, Error>>,
}

impl Slot {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().expect("no holder of this lock panics")
    }
}

impl Policies {
    /// No policy yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, gathers: Option<Duration>) -> Self {
        Self {
            slots: Mutex::default(),
            clock,
            gathers,
        }
    }

    fn slot(&self, holder: &Holder) -> Arc<Slot> {
        let mut slots = self.slots.lock().expect("no holder of this lock panics");
        Arc::clone(slots.entry(holder.path()).or_default())
    }

    /// Changes a policy, together with whatever else is ready to be changed in it; the policy as it was written.
    pub(crate) async fn change(&self, api: &Api, holder: &Holder, edit: Edit) -> Result<Policy, Error> {
        let slot = self.slot(holder);
        loop {
            let (answer, mut told) = oneshot::channel();
            {
                let mut queue = slot.queue();
                queue.last = Some(self.clock.now());
                queue.waiting.push(Waiting {
                    edit: edit.clone(),
                    answer,
                });
            }
            let _turn = slot.turn.lock().await;
            match told.try_recv() {
                Ok(outcome) => return outcome,
                // Who carried it was dropped: it is queued anew.
                Err(oneshot::error::TryRecvError::Closed) => continue,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            self.carry(api, holder, &slot).await;
            if let Ok(outcome) = told.try_recv() {
                return outcome;
            }
        }
    }

    /// Writes once what is queued.
    async fn carry(&self, api: &Api, holder: &Holder, slot: &Slot) {
        let read = holder.read(api).await;
        self.gather(slot).await;
        let waiting = std::mem::take(&mut slot.queue().waiting);
        let policy = match read {
            Ok(Some(policy)) => policy,
            Ok(None) => return refuse(waiting, &gone(holder)),
            Err(error) => return refuse(waiting, &error),
        };
        let Err((error, waiting)) = write(api, holder, &policy, waiting).await else {
            return;
        };
        // One change that the service refuses must not take the others with it.
        let refused = matches!(error.kind, ErrorKind::Invalid(_) | ErrorKind::NotYetVisible);
        if waiting.len() < 2 || !refused {
            return refuse(waiting, &error);
        }
        let (blamed, others): (Vec<Waiting>, Vec<Waiting>) = waiting
            .into_iter()
            .partition(|waiting| waiting.edit.is_named_in(&error.message));
        if blamed.is_empty() {
            return self.one_by_one(api, holder, others).await;
        }
        refuse(blamed, &error);
        if others.is_empty() {
            return;
        }
        match holder.read(api).await {
            Ok(Some(policy)) => {
                if let Err((_, others)) = write(api, holder, &policy, others).await {
                    self.one_by_one(api, holder, others).await;
                }
            }
            Ok(None) => refuse(others, &gone(holder)),
            Err(error) => refuse(others, &error),
        }
    }

    async fn one_by_one(&self, api: &Api, holder: &Holder, waiting: Vec<Waiting>) {
        for one in waiting {
            match holder.read(api).await {
                Ok(Some(policy)) => {
                    if let Err((error, one)) = write(api, holder, &policy, vec![one]).await {
                        refuse(one, &error);
                    }
                }
                Ok(None) => refuse(vec![one], &gone(holder)),
                Err(error) => refuse(vec![one], &error),
            }
        }
    }

    /// Waits until no more changes arrive.
    async fn gather(&self, slot: &Slot) {
        let Some(most) = self.gathers else { return };
        let begun = self.clock.now();
        loop {
            let now = self.clock.now();
            let since =
                |instant: Timestamp| Duration::try_from(now.duration_since(instant)).unwrap_or_default();
            let quiet = slot.queue().last.is_none_or(|last| since(last) >= QUIET);
            if quiet || since(begun) >= most {
                return;
            }
            self.clock.sleep(LOOK).await;
        }
    }
}

/// Makes all changes in one write; nothing is written where nothing changes. Gives back what was not done.
async fn write(
    api: &Api,
    holder: &Holder,
    read: &Policy,
    waiting: Vec<Waiting>,
) -> Result<(), (Error, Vec<Waiting>)> {
    let mut policy = read.clone();
    for waiting in &waiting {
        waiting.edit.apply(&mut policy);
    }
    policy.tidy();
    let written = if policy.says_as(read) {
        read.clone()
    } else {
        match holder.write(api, policy).await {
            Ok(written) => written,
            Err(error) => return Err((error, waiting)),
        }
    };
    for waiting in waiting {
        // Who no longer waits was dropped.
        let _ = waiting.answer.send(Ok(written.clone()));
    }
    Ok(())
}

fn refuse(waiting: Vec<Waiting>, error: &Error) {
    for waiting in waiting {
        let _ = waiting.answer.send(Err(error.clone()));
    }
}

fn gone(holder: &Holder) -> Error {
    Error::new(
        ErrorKind::NotYetVisible,
        format!("failed to read the policy of {holder}: it is not there"),
    )
}
