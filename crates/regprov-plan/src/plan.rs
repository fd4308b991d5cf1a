//! The plan: what will be done and why; immutable.

use crate::{ExecutionGraph, Mode};
use jiff::Timestamp;
use regprov_addr::{
    AttributePath, InstanceAddress, InstanceKey, ModuleAddress, ProviderConfigAddress, ResourceAddress,
    ResourceMode,
};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A plan. Apply decides nothing beyond it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this form.
    pub format: u32,
    /// What it is for.
    pub mode: Mode,
    /// Real clouds or the sandbox; never applied across.
    pub realm: Realm,
    /// When it was made.
    pub created: Timestamp,
    /// The state that it was made from; refused where the state has moved.
    pub state: StateStamp,
    /// The workspace.
    pub workspace: String,
    /// The working directory: `path.cwd`.
    pub working_directory: PathBuf,
    /// The user's home, for `~` in paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<PathBuf>,
    /// The values of the root module's variables. Ephemeral ones are not stored.
    pub variables: BTreeMap<String, Value>,
    /// Ephemeral resources, which apply opens anew.
    #[serde(default)]
    pub openings: Vec<ResourceChange>,
    /// Ephemeral variables that were given a value, which apply must be given again.
    #[serde(default)]
    pub apply_time: BTreeSet<String>,
    /// One row for every instance, those without change included, by address.
    pub changes: Vec<ResourceChange>,
    /// Recorded objects that the plan does not look at, because it is limited to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untargeted: Vec<ResourceChange>,
    /// What changed outside regprov since the state was written: `before` is the state, `after` what was observed.
    pub drift: Vec<ResourceChange>,
    /// The outputs of the root module.
    pub outputs: BTreeMap<String, OutputChange>,
    /// What apply walks.
    pub graph: ExecutionGraph,
    /// What could not be checked while planning.
    pub unchecked: Vec<Unchecked>,
    /// What `check` blocks and conditions found.
    pub checks: Vec<CheckResult>,
    /// Configuration files and the files that its functions read.
    #[serde(with = "crate::plan::files")]
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// What its functions asked about paths: a regular file, something else, nothing.
    pub kinds: BTreeMap<PathBuf, Option<bool>>,
    /// Directories that its functions walked.
    pub walks: BTreeMap<PathBuf, Vec<String>>,
    /// What the plan is limited to.
    pub targets: Vec<String>,
    /// Warnings, as text; their places are in `place`.
    pub notes: Vec<Note>,
}

/// A warning that belongs to a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Constant words.
    pub summary: String,
    /// Sentences.
    pub detail: String,
    /// `main.tf:3:5`.
    pub place: Option<String>,
}

/// The summary of a note about a block that `-skip-unsupported` left out.
pub const LEFT_OUT: &str = "Left out";

/// Real clouds or the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Realm {
    /// Real clouds.
    Live,
    /// The sandbox on loopback.
    Sandbox,
}

/// Which version of which state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateStamp {
    /// Its family; `None` where there was no state.
    pub lineage: Option<String>,
    /// Its counter.
    pub serial: u64,
}

/// What will happen to one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceChange {
    /// The instance.
    pub address: InstanceAddress,
    /// Its address in the state, where it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_address: Option<InstanceAddress>,
    /// The key of a deposed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// The provider configuration that it belongs to.
    pub provider: ProviderConfigAddress,
    /// What will be done.
    pub action: Action,
    /// The object as observed (as recorded, where it was not refreshed); `None` for a create.
    pub before: Option<Value>,
    /// The object as planned, with parts known after apply; `None` for a delete.
    pub after: Option<Value>,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// What to record as its dependencies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<ResourceAddress>,
    /// What the state recorded as its dependencies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recorded_dependencies: Vec<ResourceAddress>,
    /// Whether the state calls the object half-made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
    /// What to record of its order of replacement.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create_before_destroy: bool,
    /// The identity of `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The import id, where this run takes the object over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importing: Option<String>,
    /// The limits of its `timeouts` block by operation: `create` → `45m`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub timeouts: BTreeMap<String, String>,
    /// Where its block stands: `main.tf:12:1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// What will be done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// A data source is read during apply.
    Read,
    /// It is created.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted, then created.
    DeleteThenCreate,
    /// It is created, then the old one is deleted.
    CreateThenDelete,
    /// It is deleted.
    Delete,
    /// It is dropped from the state and stays as it is.
    Forget,
}

impl Action {
    /// The sign in front of the resource: `+`, `~`, `-/+`.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::NoOp => " ",
            Self::Read => "<=",
            Self::Create => "+",
            Self::Update => "~",
            Self::DeleteThenCreate => "-/+",
            Self::CreateThenDelete => "+/-",
            Self::Delete => "-",
            Self::Forget => ".",
        }
    }

    /// Whether the object is made anew.
    #[must_use]
    pub const fn is_replace(self) -> bool {
        matches!(self, Self::DeleteThenCreate | Self::CreateThenDelete)
    }
}

/// Why an action was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The kind.
    pub kind: ReasonKind,
    /// The argument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<AttributePath>,
    /// Where it is written: `main.tf:14:3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// The kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// The argument cannot change in place.
    Immutable,
    /// The object was left half-made.
    Tainted,
    /// `-replace` asked for it.
    Requested,
    /// `replace_triggered_by` names something that changes.
    Triggered,
    /// Its block is no longer in the configuration.
    NotDeclared,
    /// Its `count` index is out of range now.
    CountIndex,
    /// Its `for_each` key is gone.
    ForEachKey,
    /// Its block has or lost `count` or `for_each`.
    WrongRepetition,
    /// Its module instance is gone.
    NoModule,
    /// It is left over from a replacement.
    Deposed,
    /// The provider it lives in is itself made anew, and it goes with it.
    LostWithParent,
    /// It was deleted outside regprov.
    Vanished,
    /// A data source's configuration is known after apply.
    ConfigUnknown,
    /// A data source depends on something that changes.
    DependencyPending,
    /// A `removed` block says so.
    Removed,
    /// It exists already, and `-adopt` takes it over.
    Adopted,
}

/// An output of the root module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// As in the state, marked where it is sensitive there.
    pub before: Option<Value>,
    /// As planned, marked where it is declared sensitive; null where it has no value, `None` where the output is gone.
    pub after: Option<Value>,
    /// Whether it is declared sensitive, or was.
    pub sensitive: bool,
}

impl OutputChange {
    /// What is done to it.
    #[must_use]
    pub fn action(&self) -> Action {
        let present = |value: &&Value| !value.is_null();
        let before = self.before.as_ref().filter(present);
        match (before, &self.after) {
            (None, None) => Action::NoOp,
            (Some(_), None) => Action::Delete,
            (None, Some(after)) if after.is_null() => Action::NoOp,
            (None, Some(_)) => Action::Create,
            (Some(before), Some(after)) if before == after => Action::NoOp,
            (Some(_), Some(_)) => Action::Update,
        }
    }
}

/// Something that could not be checked while planning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unchecked {
    /// The instance.
    pub address: InstanceAddress,
    /// What was not checked, and why, as a sentence.
    pub what: String,
}

/// What a condition found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// What kind of object it is.
    pub kind: CheckKind,
    /// The module that it stands in.
    pub module: ModuleAddress,
    /// The address in that module, without a key: `check.health`, `output.url`, `var.size`, `terraform_data.a`.
    pub name: String,
    /// The key of the resource instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<InstanceKey>,
    /// The outcome.
    pub status: CheckStatus,
    /// Error messages of what failed.
    pub messages: Vec<String>,
}

impl CheckResult {
    /// The address as it is shown: `module.a.terraform_data.b[0]`.
    #[must_use]
    pub fn subject(&self) -> String {
        let module = if self.module.is_root() {
            String::new()
        } else {
            format!("{}.", self.module)
        };
        let key = self.key.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{module}{}{key}", self.name)
    }
}

/// What has conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A resource or data source.
    Resource,
    /// An output.
    Output,
    /// A `check` block.
    Check,
    /// An input variable.
    Variable,
}

/// The outcome of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// It holds.
    Pass,
    /// It is known after apply.
    Unknown,
    /// It does not hold.
    Fail,
}

/// The version of the plan's form that this program writes.
pub(crate) const FORMAT: u32 = 1;

/// Why bytes are not a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// Not a plan at all, or a damaged one.
    Damaged,
    /// A plan of another version of the form.
    Version(u32),
}

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged => {
                f.write_str("this is not a plan, or it is damaged; make a new one with `regprov plan -out`")
            }
            Self::Version(version) => write!(
                f,
                "the plan has format {version} and this regprov reads format {FORMAT}; make a new one with `regprov plan -out`"
            ),
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// The plan as bytes; the same plan always gives the same bytes. They hold secrets in clear: seal them. Ephemeral
    /// values are not among them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut stored = std::borrow::Cow::Borrowed(self);
        if self.variables.values().any(crate::ephemeral::is_ephemeral) {
            stored
                .to_mut()
                .variables
                .retain(|_, value| !crate::ephemeral::is_ephemeral(value));
        }
        serde_json::to_vec(&*stored).expect("a plan has only string keys")
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// When the bytes are no plan, or one of another format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PlanError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| PlanError::Damaged)?;
        if head.format != FORMAT {
            return Err(PlanError::Version(head.format));
        }
        serde_json::from_slice(bytes).map_err(|_| PlanError::Damaged)
    }

    /// Whether applying it would do anything to an object or an output.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.changes.iter().any(ResourceChange::is_change)
            || self
                .outputs
                .values()
                .any(|output| output.action() != Action::NoOp)
    }

    /// The row of an instance (its current object, not a deposed one).
    #[must_use]
    pub fn change(&self, address: &InstanceAddress) -> Option<&ResourceChange> {
        if address.resource.mode == ResourceMode::Ephemeral {
            return self.openings.iter().find(|change| change.address == *address);
        }
        let start = self.changes.partition_point(|change| change.address < *address);
        let rows = self.changes[start..]
            .iter()
            .take_while(|change| change.address == *address);
        rows.filter(|change| change.deposed.is_none()).last()
    }
}

impl ResourceChange {
    /// Whether anything is done: also a move or an import.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.action != Action::NoOp || self.previous_address.is_some() || self.importing.is_some()
    }

    /// Whether its recorded object goes, or went, with the object that it lives in.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.reasons
            .iter()
            .any(|reason| reason.kind == ReasonKind::LostWithParent)
    }
}

/// Files as base64 by path.
pub(crate) mod files {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    pub(crate) fn serialize<S: Serializer>(
        files: &BTreeMap<PathBuf, Vec<u8>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(files.iter().map(|(path, bytes)| (path, STANDARD.encode(bytes))))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<PathBuf, Vec<u8>>, D::Error> {
        let texts = BTreeMap::<PathBuf, String>::deserialize(from)?;
        let decoded = texts.into_iter().map(|(path, text)| {
            let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
            Ok((path, bytes))
        });
        decoded.collect()
    }
}
