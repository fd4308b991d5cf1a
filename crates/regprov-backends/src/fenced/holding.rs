//! A lease while it is held: renewed in the background, and looked at before each write.

use std::sync::{Arc, Weak};
use std::time::Duration;

use regprov_state::{Lease, StateError, Version};
use tokio::sync::MutexGuard;

use super::head::{Head, StateFacts};
use super::{Moment, Shared};
use crate::objects::{Condition, Written, put_surely};

/// What the holder of a lease knows.
pub(super) struct Holding {
    pub(super) id: String,
    pub(super) head: Head,
    pub(super) version: Version,
    /// When the last renewal that came through was asked for.
    renewed: Moment,
    /// Someone else took over.
    pub(super) lost: bool,
    /// Of the last state that was written in this run.
    pub(super) written: Option<StateFacts>,
    task: tokio::task::AbortHandle,
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Holding {
    pub(super) fn start(shared: &Arc<Shared>, head: Head, version: Version, renewed: Moment) -> Self {
        let id = head
            .holder
            .as_ref()
            .map(|holder| holder.id.clone())
            .unwrap_or_default();
        let task = tokio::spawn(keep(Arc::downgrade(shared), id.clone()));
        Self {
            id,
            head,
            version,
            renewed,
            lost: false,
            written: None,
            task: task.abort_handle(),
        }
    }
}

/// Renews the lease until it is given back or lost.
async fn keep(shared: Weak<Shared>, id: String) {
    loop {
        let Some((clock, pause)) = shared
            .upgrade()
            .map(|shared| (Arc::clone(&shared.clock), shared.terms.renewal))
        else {
            return;
        };
        clock.sleep(pause).await;
        let Some(shared) = shared.upgrade() else { return };
        let mut holding = shared.holding.lock().await;
        let Some(holding) = holding
            .as_mut()
            .filter(|holding| holding.id == id && !holding.lost)
        else {
            return;
        };
        let head = holding.head.next();
        // A store that cannot be reached now is asked again soon; each write looks at what is left of the lease itself.
        if let Err(error) = shared.swap(holding, head).await {
            tracing::warn!(%error, "the lease on the state could not be renewed");
        }
    }
}

impl Shared {
    /// Returns what is held under a lease, with enough of it left to write something.
    pub(super) async fn held(
        &self,
        lease: &Lease,
    ) -> Result<tokio::sync::MappedMutexGuard<'_, Holding>, StateError> {
        let mut guard = self.holding.lock().await;
        let Some(holding) = guard
            .as_mut()
            .filter(|holding| holding.id == lease.id && !holding.lost)
        else {
            return Err(self.not_held());
        };
        let left: Duration = self.terms.lease.saturating_sub(self.since(&holding.renewed));
        if left < self.terms.margin {
            // It was not renewed in time: the process was stopped, or busy. That is no harm unless someone took over.
            let head = holding.head.next();
            self.swap(holding, head).await?;
        }
        MutexGuard::try_map(guard, Option::as_mut).map_err(|_| self.not_held())
    }

    /// Replaces the head that is held.
    pub(super) async fn swap(&self, holding: &mut Holding, head: Head) -> Result<(), StateError> {
        let asked = self.present();
        let name = self.layout.head();
        let bytes = head.print();
        let condition = Condition::Is(&holding.version);
        let outcome = put_surely(self.objects.as_ref(), &name, &bytes, condition);
        match outcome.await.map_err(self.failed("renew the lock on"))? {
            Written::Done(version) => {
                holding.head = head;
                holding.version = version;
                holding.renewed = asked;
                Ok(())
            }
            Written::Refused => {
                holding.lost = true;
                Err(self.not_held())
            }
        }
    }
}
