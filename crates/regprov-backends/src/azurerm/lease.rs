//! Terraform's lock in a container: a lease on the state's blob that does not end, with the note in the blob's metadata.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_state::LockInfo;

use super::client::{Container, Held, Leased};
use crate::fenced::PLACEHOLDER;
use crate::objects::{Condition, ObjectError, Objects as _};
use crate::terraform_lock::{Taken, TerraformLock};

const NOTE: &str = "terraformlockid";

/// The lease on the blob of one state.
pub(super) struct BlobLease {
    container: Arc<Container>,
    name: String,
}

impl BlobLease {
    pub(super) fn new(container: Arc<Container>, name: String) -> Self {
        Self { container, name }
    }

    /// Somebody else holds it, or held it a moment ago.
    async fn theirs(&self) -> Result<Taken, ObjectError> {
        let note = self.note().await?;
        Ok(Taken::Theirs(note.and_then(named)))
    }

    async fn note(&self) -> Result<Option<LockInfo>, ObjectError> {
        let Some(properties) = self.container.properties(&self.name).await? else {
            return Ok(None);
        };
        if !properties.is_leased {
            return Ok(None);
        }
        let note = properties.metadata.get(NOTE).and_then(|text| {
            let bytes = STANDARD.decode(text).ok()?;
            serde_json::from_slice(&bytes).ok()
        });
        Ok(Some(note.unwrap_or_default()))
    }

    /// Notes whose the lease is, and lets writes carry it; unless somebody who took over has ended it meanwhile.
    async fn enter(&self, info: &LockInfo) -> Result<Leased, ObjectError> {
        let mut metadata = self
            .container
            .properties(&self.name)
            .await?
            .map(|properties| properties.metadata)
            .unwrap_or_default();
        let note = serde_json::to_vec(info).expect("texts are always printable");
        metadata.insert(NOTE.to_owned(), STANDARD.encode(note));
        let noted = self
            .container
            .set_metadata(&self.name, &info.id, &metadata)
            .await?;
        if noted == Leased::Done {
            self.container.carry(Held {
                lease: Some(info.id.clone()),
                metadata,
            });
        }
        Ok(noted)
    }
}

/// A note that says whose the lock is.
fn named(note: LockInfo) -> Option<Box<LockInfo>> {
    (!note.id.is_empty()).then(|| Box::new(note))
}

#[async_trait]
impl TerraformLock for BlobLease {
    async fn take(&self, info: &LockInfo, gone: &[String]) -> Result<Taken, ObjectError> {
        for _ in 0..4 {
            match self
                .container
                .lease(&self.name, "acquire", Some(&info.id))
                .await?
            {
                Leased::Done => match self.enter(info).await {
                    Ok(Leased::Done) => return Ok(Taken::Ours),
                    Ok(Leased::Refused | Leased::Absent) => return self.theirs().await,
                    Err(error) => {
                        // The first failure is the one to report.
                        let _ = self.container.lease(&self.name, "release", Some(&info.id)).await;
                        return Err(error);
                    }
                },
                // There is nothing to lease without a blob.
                Leased::Absent => {
                    let state = PLACEHOLDER.as_bytes();
                    self.container.put(&self.name, state, Condition::Absent).await?;
                }
                Leased::Refused => {
                    let mut freed = false;
                    for id in gone {
                        // Done only if the lease is this one.
                        let released = self.container.lease(&self.name, "release", Some(id)).await?;
                        freed |= released == Leased::Done;
                    }
                    if freed {
                        continue;
                    }
                    if let Some(note) = self.note().await? {
                        return Ok(Taken::Theirs(named(note)));
                    }
                }
            }
        }
        Ok(Taken::Theirs(None))
    }

    async fn release(&self, id: &str) -> Result<(), ObjectError> {
        let held = self.container.carried();
        if held.lease.as_deref() != Some(id) {
            return Ok(());
        }
        self.container.carry(Held::default());
        let mut metadata = held.metadata;
        metadata.remove(NOTE);
        // A note without a lease misleads nobody, but a lease that stays keeps everybody out.
        let noted = self.container.set_metadata(&self.name, id, &metadata).await;
        self.container.lease(&self.name, "release", Some(id)).await?;
        // Where it was somebody else's by then, there is nothing to give back.
        noted.map(drop)
    }

    async fn break_lock(&self, id: &str) -> Result<bool, ObjectError> {
        let released = self.container.lease(&self.name, "release", Some(id)).await?;
        if released == Leased::Done {
            return Ok(true);
        }
        if self.note().await?.is_some_and(|note| note.id == id) {
            self.container.lease(&self.name, "break", None).await?;
            return Ok(true);
        }
        Ok(false)
    }
}
