//! What the planner is given at the start.

use crate::{Prior, Schemas};
use jiff::Timestamp;
use regprov_addr::{InstanceAddress, TargetAddress};
use regprov_diag::{Sources, Span};
use regprov_lang::{Configuration, Given};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that planning starts from. What else it wants to know it asks for by [`crate::Need`].
pub struct PlannerInput {
    /// The configuration.
    pub configuration: Arc<Configuration>,
    /// The files that it was read from, for places in reasons.
    pub sources: Sources,
    /// The content of these files by path, carried in the plan.
    pub files: BTreeMap<PathBuf, Arc<[u8]>>,
    /// The values of the root module's variables.
    pub variables: BTreeMap<String, VariableInput>,
    /// The state.
    pub prior: Prior,
    /// The providers, for their schemas and pure functions only.
    pub schemas: Schemas,
    /// What the plan is for.
    pub mode: Mode,
    /// What the plan is limited to; empty: everything.
    pub targets: Vec<TargetAddress>,
    /// Instances to replace whether they changed or not.
    pub replace: Vec<InstanceAddress>,
    /// Whether to read what exists before planning.
    pub refresh: bool,
    /// Whether resource types that regprov does not know are left out instead of refused.
    pub skip_unsupported: bool,
    /// Whether an object that exists under the identity of a planned create is taken over instead of refused.
    pub adopt: bool,
    /// Real clouds or the sandbox.
    pub realm: crate::Realm,
    /// The workspace: `default`.
    pub workspace: String,
    /// The instant that `plantimestamp()` and the plan tell.
    pub timestamp: Timestamp,
    /// The working directory: `path.cwd`.
    pub working_directory: PathBuf,
    /// The user's home, for `~` in paths.
    pub home: Option<PathBuf>,
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Make the world what the configuration says.
    Normal,
    /// Delete everything.
    Destroy,
    /// Only record what the world is.
    RefreshOnly,
}

/// A value given for a variable of the root module.
#[derive(Clone, Debug)]
pub struct VariableInput {
    /// The value.
    pub given: Given,
    /// Where it was given.
    pub origin: VariableOrigin,
    /// The place in a file.
    pub span: Option<Span>,
}

/// Where a variable's value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableOrigin {
    /// `TF_VAR_name`; a name that is not declared is no error.
    Environment,
    /// A variables file that is read without being named; a name that is not declared is a warning.
    File(String),
    /// A file that `-var-file` names; a name that is not declared is a warning.
    NamedFile(String),
    /// `-var`; a name that is not declared is an error.
    CommandLine,
    /// Asked for at a terminal.
    Prompt,
}
