//! Taking the lease, be it free or lapsed.

use std::sync::Arc;
use std::time::Duration;

use regprov_state::{Lease, LockInfo, Segment, SegmentId, StateError, Version};

use super::head::Head;
use super::holding::Holding;
use super::store::BARRIER;
use super::{Moment, Shared};
use crate::objects::{Condition, Found, Written, put_surely};
use crate::probe::probe;
use crate::terraform_lock::Taken;

/// How often a lease that is free is tried for while others take it first.
const TRIES: usize = 5;

/// An empty state that stands where there is none, so that a create-only write of a paused holder fails. Every Terraform
/// reads it as a state without resources.
pub(crate) const PLACEHOLDER: &str = r#"{"version":4,"terraform_version":"1.11.4","serial":0,"lineage":"","outputs":{},"resources":[],"check_results":null}"#;

impl Shared {
    /// Takes the lease, or says who has it.
    pub(super) async fn acquire(self: &Arc<Self>, info: &LockInfo) -> Result<Lease, StateError> {
        let name = self.layout.head();
        for _ in 0..TRIES {
            let asked = self.present();
            let found = self
                .objects
                .get(&name)
                .await
                .map_err(self.failed("read the lock of"))?;
            let head = match &found {
                Some(found) => Head::parse(&found.bytes, &self.location())?,
                None => {
                    // Nobody has used this place yet: now is the time to see whether it can be trusted.
                    probe(self.objects.as_ref(), &self.layout.probe(&info.id)).await?;
                    Head::default()
                }
            };
            if let (Some(holder), Some(found)) = (&head.holder, &found)
                && let Some(left) = self.left(&head, found)
            {
                return Err(self.locked(Some(told(holder, left))));
            }
            let condition = found
                .as_ref()
                .map_or(Condition::Absent, |found| Condition::Is(&found.version));
            let next = head.taken_by(
                info,
                u64::try_from(self.terms.lease.as_millis()).unwrap_or(u64::MAX),
            );
            let bytes = next.print();
            let taken = put_surely(self.objects.as_ref(), &name, &bytes, condition);
            if let Written::Done(version) = taken.await.map_err(self.failed("lock"))? {
                *self.watched.lock().expect("no holder panics") = None;
                return self.enter(info, head.holder, (next, version, asked)).await;
            }
        }
        Err(self.locked(None))
    }

    /// With the lease in hand: Terraform's lock too, and nobody else's writes any more.
    async fn enter(
        self: &Arc<Self>,
        info: &LockInfo,
        taken_over: Option<LockInfo>,
        (head, version, asked): (Head, Version, Moment),
    ) -> Result<Lease, StateError> {
        let epoch = head.epoch;
        let gone = head.gone.clone();
        let holding = Holding::start(self, head, version, asked);
        *self.holding.lock().await = Some(holding);
        let entered = async {
            let ids: Vec<String> = gone.iter().map(|gone| gone.id.clone()).collect();
            let taken = self
                .terraform
                .take(info, &ids)
                .await
                .map_err(self.failed("take Terraform's lock on"))?;
            if let Taken::Theirs(holder) = taken {
                return Err(self.locked(holder));
            }
            for gone in &gone {
                self.fence(gone.epoch).await?;
            }
            if !gone.is_empty() {
                self.renew_version(epoch).await?;
            }
            Ok(())
        }
        .await;
        if let Err(error) = entered {
            self.step_back(info, &gone).await;
            return Err(error);
        }
        Ok(Lease {
            id: info.id.clone(),
            epoch,
            taken_over,
        })
    }

    /// Gives a lease back that was of no use. Who was to be fenced out, is by the next holder.
    async fn step_back(&self, info: &LockInfo, gone: &[super::head::Gone]) {
        // The first failure is the one to report, and a lease that cannot be given back lapses.
        let _ = self.terraform.release(&info.id).await;
        let mut guard = self.holding.lock().await;
        if let Some(holding) = guard.as_mut() {
            let head = Head {
                gone: gone.to_vec(),
                ..holding.head.released()
            };
            let _ = self.swap(holding, head).await;
        }
        *guard = None;
    }

    /// How much of another holder's lease may be left; `None` where it has lapsed.
    fn left(&self, head: &Head, found: &Found) -> Option<Duration> {
        let lease = Duration::from_millis(head.lease_ms);
        let mut watched = self.watched.lock().expect("no holder panics");
        let seen_for = match &*watched {
            Some((version, since)) if *version == found.version => self.since(since),
            Some(_) | None => {
                *watched = Some((found.version.clone(), self.present()));
                Duration::ZERO
            }
        };
        // The store's clock may count whole seconds only.
        let by_store = found
            .age
            .map_or(Duration::ZERO, |age| age.saturating_sub(Duration::from_secs(1)));
        let idle = seen_for.max(by_store);
        (idle <= lease).then(|| lease.saturating_sub(idle))
    }

    fn locked(&self, holder: Option<Box<LockInfo>>) -> StateError {
        StateError::Locked {
            location: self.location(),
            holder,
        }
    }

    /// Takes the next name in the journal of an epoch, unless that is done.
    async fn fence(&self, epoch: u64) -> Result<(), StateError> {
        loop {
            let mut pieces = self.journal().await?;
            pieces.retain(|piece| piece.epoch == epoch);
            let mut written = Vec::new();
            let mut sequence = 0;
            for piece in pieces {
                let Some(found) = self.piece(piece).await? else {
                    continue;
                };
                if found.bytes == BARRIER {
                    return Ok(());
                }
                written.extend(found.bytes);
            }
            if !written.is_empty() {
                sequence = Segment::parse(&written, epoch, &self.location())?.frames.len() as u64;
            }
            let name = self.segment_name(SegmentId { epoch, sequence });
            let outcome = put_surely(self.objects.as_ref(), &name, BARRIER, Condition::Absent);
            if let Written::Done(_) = outcome.await.map_err(self.failed("fence the journal of"))? {
                return Ok(());
            }
        }
    }

    /// Gives the state a new version.
    async fn renew_version(&self, epoch: u64) -> Result<(), StateError> {
        let name = &self.layout.state;
        loop {
            let found = self
                .objects
                .get(name)
                .await
                .map_err(self.failed("read the state"))?;
            let (bytes, condition) = match &found {
                Some(found) => (marked(&found.bytes, epoch), Condition::Is(&found.version)),
                None => (marked(PLACEHOLDER.as_bytes(), epoch), Condition::Absent),
            };
            let outcome = put_surely(self.objects.as_ref(), name, &bytes, condition);
            if let Written::Done(_) = outcome.await.map_err(self.failed("fence the state"))? {
                return Ok(());
            }
        }
    }
}

/// A holder's note, and what is left of its lease.
fn told(holder: &LockInfo, left: Duration) -> Box<LockInfo> {
    let seconds = left.as_secs() + 1;
    Box::new(LockInfo {
        info: format!(
            "That run renews its lock as long as it lives; if it is gone, the lock is free in at most {seconds} s."
        ),
        ..holder.clone()
    })
}

/// A state with white space at its end that no other epoch gives it.
fn marked(state: &[u8], epoch: u64) -> Vec<u8> {
    let content = state.trim_ascii_end();
    let mut marked = Vec::with_capacity(content.len() + 66);
    marked.extend_from_slice(if content.is_empty() {
        PLACEHOLDER.as_bytes()
    } else {
        content
    });
    marked.push(b'\n');
    let digits = u64::BITS - epoch.leading_zeros();
    marked.extend((0..digits).map(|digit| if epoch >> digit & 1 == 1 { b'\t' } else { b' ' }));
    marked.push(b'\n');
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_epoch_marks_a_state_in_its_own_way_and_changes_nothing_in_it() {
        let state = b"{\"version\":4}\n";
        let all: std::collections::BTreeSet<Vec<u8>> = (1..300).map(|epoch| marked(state, epoch)).collect();
        assert_eq!(all.len(), 299);
        for bytes in &all {
            let value: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
            assert_eq!(value["version"], 4);
            assert_eq!(marked(bytes, 7), marked(state, 7), "marks do not pile up");
        }
    }
}
