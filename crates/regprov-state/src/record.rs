//! What the journal records: writes that begin, writes that end, and changes to the state between them.

use std::fmt;

use regprov_addr::InstanceAddress;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::snapshot::{InstanceState, ObjectKey, OutputState};

/// Names one remote write. No two open writes of a state share a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BeginId {
    /// The epoch of the run that began it.
    pub epoch: u64,
    /// Its number within that run.
    pub number: u64,
}

impl fmt::Display for BeginId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.epoch, self.number)
    }
}

/// What a remote write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Makes an object.
    Create,
    /// Changes one.
    Update,
    /// Removes one.
    Delete,
}

/// The intent of a remote write, made durable before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// The object that it is about.
    pub target: ObjectKey,
    /// What it does.
    pub action: Action,
    /// The identity that the object has, or would have; by which a crash finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The mark that the object carries, where its identity is chosen remotely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// The object as it is wanted, with the secrets chosen for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Box<InstanceState>>,
    /// The object as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<Box<InstanceState>>,
}

impl Begin {
    /// Starts the intent of an action on the current object of an instance.
    #[must_use]
    pub fn new(address: InstanceAddress, action: Action) -> Self {
        Self {
            target: ObjectKey::current(address),
            action,
            identity: None,
            mark: None,
            desired: None,
            prior: None,
        }
    }
}

/// How a remote write ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "object", rename_all = "lowercase")]
pub enum Outcome {
    /// The object stands as given.
    Object(Box<InstanceState>),
    /// The object is gone.
    Deleted,
    /// It failed. What the object is now, where that differs from before: half-made and tainted, for one.
    Failed(Option<Box<InstanceState>>),
}

/// A change of the state that is no remote write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "lowercase")]
pub enum Edit {
    /// Records an object: import, refresh, taint.
    Put {
        /// Where.
        key: ObjectKey,
        /// The object.
        object: Box<InstanceState>,
    },
    /// Drops an object from the state and leaves it alone remotely.
    Forget {
        /// Which.
        key: ObjectKey,
    },
    /// Gives an object another address; also deposes it, or takes that back.
    Move {
        /// From where.
        from: ObjectKey,
        /// To where. What stands there is replaced.
        to: ObjectKey,
    },
}

/// One record of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "lowercase")]
pub enum Record {
    /// A write is about to be sent.
    Begin {
        /// Names the write.
        id: BeginId,
        /// The intent.
        begin: Begin,
    },
    /// A write got so far: what was learned is kept, should the rest be cut short.
    Step {
        /// The write.
        id: BeginId,
        /// The object so far.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<Box<InstanceState>>,
        /// What the provider or engine needs to go on from here (the place to poll, for one). Treated as secret.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        data: Value,
    },
    /// A write ended.
    End {
        /// The write.
        id: BeginId,
        /// How.
        outcome: Outcome,
    },
    /// The state changes without a remote write.
    Edit(Edit),
    /// An output has a new value, or none any more.
    Output {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<OutputState>,
    },
    /// Something worth keeping that changes nothing. Treated as secret.
    Note {
        /// What it is about.
        name: String,
        /// The note.
        value: Value,
    },
    /// The state is about to be written with everything up to here. From the moment that a snapshot with this digest is
    /// in place, the journal is history.
    Compact {
        /// The serial of the new snapshot.
        serial: u64,
        /// The digest of its content.
        digest: String,
    },
}

impl Record {
    /// Says whether it holds anything that must not be at rest in clear.
    pub(crate) fn holds_secrets(&self) -> bool {
        let secret =
            |object: Option<&InstanceState>| object.is_some_and(|state| !state.secret_places().is_empty());
        match self {
            Self::Begin { begin, .. } => secret(begin.desired.as_deref()) || secret(begin.prior.as_deref()),
            Self::Step { object, data, .. } => secret(object.as_deref()) || !data.is_null(),
            Self::End { outcome, .. } => match outcome {
                Outcome::Object(object) => secret(Some(object)),
                Outcome::Failed(object) => secret(object.as_deref()),
                Outcome::Deleted => false,
            },
            Self::Edit(Edit::Put { object, .. }) => secret(Some(object)),
            Self::Edit(Edit::Forget { .. } | Edit::Move { .. }) => false,
            Self::Output { value, .. } => value
                .as_ref()
                .is_some_and(|output| output.sensitive && !output.value.is_null()),
            Self::Note { .. } => true,
            Self::Compact { .. } => false,
        }
    }
}

/// What was learned of a write while it ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The object so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Box<InstanceState>>,
    /// What is needed to go on.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

/// A write whose outcome is not recorded: it was about to be sent when the run was cut short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenBegin {
    /// Names the write; ending it closes it.
    pub id: BeginId,
    /// The intent.
    pub begin: Begin,
    /// What was learned while it ran, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Progress>,
}
