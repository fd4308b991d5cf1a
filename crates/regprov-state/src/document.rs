//! The state file: Terraform state v4, read and written, with secrets sealed in place.

mod read;
mod write;

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::error::StateError;
use crate::head::{self, Head};
use crate::record::OpenBegin;
use crate::seal::{Sealer, SealingHeader};
use crate::snapshot::Snapshot;

pub(crate) use read::open;
pub(crate) use write::{Content, build, render};

/// The format version of a state that every Terraform reads.
pub const PLAIN_VERSION: u64 = 4;

/// The format version of a state that holds anything sealed: a number that every Terraform refuses, so that no tool ever
/// takes a sealed value for a password.
pub const LOCKED_VERSION: u64 = 1004;

const SEALING: &str = "regprov_sealing";
const PENDING: &str = "regprov_pending";
/// What the writes without a known outcome are sealed for, in place of an address.
const PENDING_PLACE: &str = "regprov_pending";

/// The top-level fields that this version knows.
const KNOWN: [&str; 10] = [
    "version",
    "terraform_version",
    "serial",
    "lineage",
    "outputs",
    "resources",
    "check_results",
    SEALING,
    PENDING,
    head::FIELD,
];

/// Names what an output is sealed for, in place of an address.
pub(crate) fn output_place(name: &str) -> String {
    format!("output.{name}")
}

/// Where each sealed value stood, so that an unchanged one keeps its form.
pub(crate) type Sealed = HashMap<(String, String), Value>;

/// A state file whose outer form is right; nothing in it is opened yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(crate) location: String,
    pub(crate) fields: Map<String, Value>,
}

/// What an opened state file holds.
pub(crate) struct Opened {
    pub(crate) snapshot: Snapshot,
    pub(crate) pending: Vec<OpenBegin>,
    pub(crate) sealed: Sealed,
}

impl Document {
    /// Parses the outer form; `None` for no bytes at all, which is how Terraform leaves a state that was never written.
    pub(crate) fn parse(bytes: &[u8], location: &str) -> Result<Option<Self>, StateError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|source| StateError::NotJson {
            location: location.into(),
            source,
        })?;
        let Value::Object(fields) = value else {
            return Err(StateError::malformed(location, "it is JSON, but not an object"));
        };
        let document = Self {
            location: location.into(),
            fields,
        };
        document.check_version()?;
        Ok(Some(document))
    }

    fn check_version(&self) -> Result<(), StateError> {
        let location = self.location.clone();
        let Some(version) = self.fields.get("version").and_then(Value::as_u64) else {
            return Err(StateError::malformed(location, "it has no `version` number"));
        };
        match version {
            PLAIN_VERSION | LOCKED_VERSION => {}
            0..PLAIN_VERSION => return Err(StateError::OldVersion { location, version }),
            _ => return Err(StateError::NewerVersion { location, version }),
        }
        let locked = version == LOCKED_VERSION;
        let ours = [SEALING, PENDING]
            .iter()
            .any(|name| self.fields.contains_key(*name));
        if locked != ours {
            let problem = "its version does not fit whether it holds anything sealed".into();
            return Err(StateError::Altered { location, problem });
        }
        Ok(())
    }

    pub(crate) fn serial(&self) -> Result<u64, StateError> {
        let serial = self.fields.get("serial").and_then(Value::as_u64);
        serial.ok_or_else(|| self.malformed("it has no `serial` number"))
    }

    pub(crate) fn lineage(&self) -> Result<&str, StateError> {
        match self.fields.get("lineage") {
            Some(Value::String(lineage)) => Ok(lineage),
            None | Some(Value::Null) => Ok(""),
            Some(_) => Err(self.malformed("its `lineage` is not a text")),
        }
    }

    pub(crate) fn sealing(&self) -> Result<Option<SealingHeader>, StateError> {
        let Some(value) = self.fields.get(SEALING) else {
            return Ok(None);
        };
        serde_json::from_value(value.clone())
            .map(Some)
            .map_err(|reason| self.malformed(format!("its `{SEALING}` cannot be understood ({reason})")))
    }

    pub(crate) fn head(&self) -> Result<Option<Head>, StateError> {
        let Some(value) = self.fields.get(head::FIELD) else {
            return Ok(None);
        };
        serde_json::from_value(value.clone()).map(Some).map_err(|reason| {
            self.malformed(format!("its `{}` cannot be understood ({reason})", head::FIELD))
        })
    }

    pub(crate) fn digest(&self) -> String {
        head::content_digest(&self.fields)
    }

    /// Checks the authenticated head of a sealed state.
    pub(crate) fn verify(&self, sealer: &Sealer) -> Result<Head, StateError> {
        let head = self.head()?.ok_or_else(|| StateError::Altered {
            location: self.location.clone(),
            problem: format!("its `{}` is missing", head::FIELD),
        })?;
        head.verify(sealer, &self.fields, &self.location)?;
        Ok(head)
    }

    pub(crate) fn malformed(&self, problem: impl Into<String>) -> StateError {
        StateError::malformed(&self.location, problem)
    }
}

impl Snapshot {
    /// Reads a state file for a view that shows no secrets: sealed values stay as they are, and nothing is authenticated.
    /// `None` for an empty file.
    ///
    /// # Errors
    /// When the file is not a state that this version reads.
    pub fn parse(bytes: &[u8], location: &str) -> Result<Option<Self>, StateError> {
        let Some(document) = Document::parse(bytes, location)? else {
            return Ok(None);
        };
        Ok(Some(open(document, None)?.snapshot))
    }

    /// Prints the state as Terraform writes it, with every secret in clear: for those who go back.
    ///
    /// # Errors
    /// Never in practice; the layout is shared with sealed states, whose sealing can fail.
    pub fn to_clear_bytes(&self) -> Result<Vec<u8>, StateError> {
        let prior = Sealed::new();
        let content = Content {
            snapshot: self,
            serial: self.serial,
            epoch: 0,
            pending: &[],
            sealer: None,
            prior: &prior,
        };
        Ok(render(&build(&content)?))
    }
}
