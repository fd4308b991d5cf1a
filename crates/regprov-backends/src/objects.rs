//! What a store is asked for: named bytes, and writes that depend on what is there.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use regprov_state::{StateError, Version};

/// Named bytes, one state's share of a store.
///
/// Guarantees of every implementation: a write that returns is durable and seen by every later read; of writes that depend
/// on the same condition at most one is done.
#[async_trait]
pub(crate) trait Objects: Send + Sync {
    /// Names an object in messages: `s3://bucket/key`.
    fn place(&self, name: &str) -> String;

    /// Reads an object; `None` where it does not exist.
    async fn get(&self, name: &str) -> Result<Option<Found>, ObjectError>;

    /// Writes an object if the condition holds.
    async fn put(&self, name: &str, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError>;

    /// Lists the names that begin with a prefix.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError>;

    /// Removes an object; absence is success.
    async fn delete(&self, name: &str) -> Result<(), ObjectError>;
}

/// An object that was read.
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: Version,
    /// How long ago it was written, by the store's own clock, where the store tells.
    pub(crate) age: Option<Duration>,
}

/// What must hold for a write to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition<'a> {
    /// There is no object of the name.
    Absent,
    /// The object is still the one that was read.
    Is(&'a Version),
}

/// What became of a conditional write.
#[derive(Debug)]
pub(crate) enum Written {
    /// It is done.
    Done(Version),
    /// The condition did not hold, and nothing was changed.
    Refused,
}

/// A store that failed.
#[derive(Debug)]
pub(crate) struct ObjectError {
    /// Whether a write may have been done all the same.
    pub(crate) ambiguous: bool,
    /// What the store or the network said.
    pub(crate) problem: String,
    /// What to do about it, where that can be said.
    pub(crate) remedy: Option<String>,
}

impl ObjectError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self {
            ambiguous: false,
            problem: problem.into(),
            remedy: None,
        }
    }

    pub(crate) fn ambiguous(problem: impl Into<String>) -> Self {
        Self {
            ambiguous: true,
            ..Self::new(problem)
        }
    }

    #[must_use]
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(crate) fn during(self, operation: &str, location: String) -> StateError {
        StateError::Remote {
            operation: operation.to_owned(),
            location,
            problem: self.problem,
            remedy: self.remedy,
        }
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.problem)
    }
}

/// How often a write of unknown outcome is looked for and asked for again.
const ATTEMPTS: usize = 4;

/// Writes, and finds out what became of a write whose answer was lost: the bytes of two writers differ always.
pub(crate) async fn put_surely(
    objects: &dyn Objects,
    name: &str,
    bytes: &[u8],
    condition: Condition<'_>,
) -> Result<Written, ObjectError> {
    let mut attempt = 1;
    let mut lost = false;
    loop {
        let outcome = objects.put(name, bytes, condition).await;
        match outcome {
            Err(error) if error.ambiguous && attempt < ATTEMPTS => lost = true,
            // It may have been refused because an earlier attempt of ours was done.
            Ok(Written::Refused) if lost => return look(objects, name, bytes).await,
            outcome => return outcome,
        }
        if let Written::Done(version) = look(objects, name, bytes).await? {
            return Ok(Written::Done(version));
        }
        attempt += 1;
    }
}

async fn look(objects: &dyn Objects, name: &str, bytes: &[u8]) -> Result<Written, ObjectError> {
    Ok(match objects.get(name).await? {
        Some(found) if found.bytes == bytes => Written::Done(found.version),
        Some(_) | None => Written::Refused,
    })
}
