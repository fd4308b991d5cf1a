//! The records of a run, by name.

use serde_json::Value;

use super::Session;
use crate::error::StateError;
use crate::record::{Begin, BeginId, Edit, Outcome, Record};
use crate::snapshot::{InstanceState, OutputState};

impl Session {
    /// Records that a remote write is about to be sent. It may be sent once this returns.
    ///
    /// # Errors
    /// When it could not be made durable; then the write must not be sent, and it is recorded as one that never was, so that
    /// nobody has to look for what it made. When a foreign state holds secrets in clear and may not be sealed yet.
    pub async fn begin(&self, begin: Begin) -> Result<BeginId, StateError> {
        let id = self.new_begin_id();
        let record = Record::Begin { id, begin };
        if record.holds_secrets() {
            self.check_consent()?;
        }
        self.check_consent_for_present_secrets()?;
        let ticket = self.append(record)?;
        if let Err(error) = self.commit(ticket).await {
            let outcome = Outcome::Failed(None);
            let _ = self.append(Record::End { id, outcome })?;
            return Err(error);
        }
        Ok(id)
    }

    /// Records how far a remote write got.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn step(
        &self,
        id: BeginId,
        object: Option<InstanceState>,
        data: Value,
    ) -> Result<(), StateError> {
        self.record(Record::Step {
            id,
            object: object.map(Box::new),
            data,
        })
        .await
    }

    /// Records how a remote write ended. Nothing that depends on it may start before this returns.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn end(&self, id: BeginId, outcome: Outcome) -> Result<(), StateError> {
        self.record(Record::End { id, outcome }).await
    }

    /// Records a change of the state that is no remote write.
    ///
    /// # Errors
    /// When it could not be made durable; when a foreign state holds secrets in clear and may not be sealed yet.
    pub async fn edit(&self, edit: Edit) -> Result<(), StateError> {
        self.check_consent_for_present_secrets()?;
        self.record(Record::Edit(edit)).await
    }

    /// Records the value of an output, or that it has none any more.
    ///
    /// # Errors
    /// When it could not be made durable; when a foreign state holds secrets in clear and may not be sealed yet.
    pub async fn output(&self, name: &str, value: Option<OutputState>) -> Result<(), StateError> {
        self.check_consent_for_present_secrets()?;
        self.record(Record::Output {
            name: name.to_owned(),
            value,
        })
        .await
    }

    /// Records something worth keeping.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn note(&self, name: &str, value: Value) -> Result<(), StateError> {
        self.record(Record::Note {
            name: name.to_owned(),
            value,
        })
        .await
    }

    async fn record(&self, record: Record) -> Result<(), StateError> {
        let ticket = self.append(record)?;
        self.commit(ticket).await
    }
}
