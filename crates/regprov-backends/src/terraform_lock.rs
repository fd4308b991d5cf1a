//! The lock that Terraform itself takes: it is looked at, and held while ours is.

use std::sync::Arc;

use async_trait::async_trait;
use regprov_state::LockInfo;
use tokio::sync::Mutex;

use crate::objects::{Condition, ObjectError, Objects, Written, put_surely};

/// Terraform's lock on one state.
#[async_trait]
pub(crate) trait TerraformLock: Send + Sync {
    /// Takes it. A lock that one of `gone` left behind is replaced.
    async fn take(&self, info: &LockInfo, gone: &[String]) -> Result<Taken, ObjectError>;

    /// Gives it back, if it still is this one.
    async fn release(&self, id: &str) -> Result<(), ObjectError>;

    /// Breaks the lock with this ID; says whether there was one.
    async fn break_lock(&self, id: &str) -> Result<bool, ObjectError>;
}

/// What became of asking for a lock.
pub(crate) enum Taken {
    /// It is ours.
    Ours,
    /// Someone else has it, who may have left a note.
    Theirs(Option<Box<LockInfo>>),
}

/// Terraform's lock as an object of its own beside the state (`.tflock`), made only where there is none.
pub(crate) struct LockObject {
    objects: Arc<dyn Objects>,
    name: String,
    id_is_version: bool,
    held: Mutex<Option<String>>,
}

impl LockObject {
    /// A lock object whose ID stands in its note.
    pub(crate) fn new(objects: Arc<dyn Objects>, name: String) -> Self {
        Self {
            objects,
            name,
            id_is_version: false,
            held: Mutex::new(None),
        }
    }

    /// A lock object that Terraform names by the store's version of it.
    pub(crate) fn named_by_version(objects: Arc<dyn Objects>, name: String) -> Self {
        Self {
            id_is_version: true,
            ..Self::new(objects, name)
        }
    }

    /// The note, the version, and the IDs that the lock goes by.
    async fn present(&self) -> Result<Option<Present>, ObjectError> {
        let Some(found) = self.objects.get(&self.name).await? else {
            return Ok(None);
        };
        let note: Option<LockInfo> = serde_json::from_slice(&found.bytes).ok();
        let own_id = note.as_ref().map(|note| note.id.clone()).unwrap_or_default();
        Ok(Some(Present {
            note,
            own_id,
            version: found.version,
        }))
    }
}

struct Present {
    note: Option<LockInfo>,
    /// The ID in the note.
    own_id: String,
    version: regprov_state::Version,
}

impl Present {
    /// The note with the ID that breaks the lock.
    fn told(self, id_is_version: bool) -> Option<Box<LockInfo>> {
        let version = self.version.as_str().to_owned();
        self.note.map(|mut note| {
            if id_is_version {
                note.id = version;
            }
            Box::new(note)
        })
    }
}

#[async_trait]
impl TerraformLock for LockObject {
    async fn take(&self, info: &LockInfo, gone: &[String]) -> Result<Taken, ObjectError> {
        let bytes = serde_json::to_vec(info).expect("texts are always printable");
        let objects = self.objects.as_ref();
        let mut condition_version = None;
        // Once for a free lock, once to replace one that was left behind, once if that goes away meanwhile.
        for _ in 0..3 {
            let condition = condition_version
                .as_ref()
                .map_or(Condition::Absent, Condition::Is);
            if let Written::Done(_) = put_surely(objects, &self.name, &bytes, condition).await? {
                *self.held.lock().await = Some(info.id.clone());
                return Ok(Taken::Ours);
            }
            match self.present().await? {
                None => condition_version = None,
                Some(present) if !present.own_id.is_empty() && gone.contains(&present.own_id) => {
                    condition_version = Some(present.version);
                }
                Some(present) => return Ok(Taken::Theirs(present.told(self.id_is_version))),
            }
        }
        Ok(Taken::Theirs(None))
    }

    async fn release(&self, id: &str) -> Result<(), ObjectError> {
        let mut held = self.held.lock().await;
        if held.as_deref() == Some(id) {
            self.objects.delete(&self.name).await?;
            *held = None;
        }
        Ok(())
    }

    async fn break_lock(&self, id: &str) -> Result<bool, ObjectError> {
        let Some(present) = self.present().await? else {
            return Ok(false);
        };
        let named = present.own_id == id || (self.id_is_version && present.version.as_str() == id);
        if named {
            self.objects.delete(&self.name).await?;
        }
        Ok(named)
    }
}
