//! What the planner asks for, and what it is told.

use regprov_addr::{InstanceAddress, ProviderConfigAddress};
use regprov_provider::{Connection, Error, Finding, Observed};
use regprov_value::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// Names a need until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NeedId(pub(crate) u32);

/// Something that the planner must be told.
#[derive(Clone)]
pub enum Need {
    /// The content of a file; answered by [`Answer::File`].
    ReadFile {
        /// Which.
        path: PathBuf,
    },
    /// Whether a path is a regular file; answered by [`Answer::FileKind`].
    FileKind {
        /// Which.
        path: PathBuf,
    },
    /// All regular files below a directory; answered by [`Answer::Walk`].
    Walk {
        /// Which.
        directory: PathBuf,
    },
    /// A connection of a provider configuration; answered by [`Answer::Connected`].
    Connect {
        /// Which one; [`crate::Schemas::provider`] finds the provider by its source.
        provider: ProviderConfigAddress,
        /// The configuration, wholly known, without marks.
        config: Value,
        /// The behaviour major that `required_providers` selects.
        major: Option<u64>,
    },
    /// How an object stands now; answered by [`Answer::Observed`]. These are worth grouping by provider and type.
    Refresh {
        /// Through which connection.
        provider: ProviderConfigAddress,
        /// The resource type.
        resource_type: String,
        /// The identity.
        id: String,
        /// As last recorded, without marks; `None` for an import.
        prior: Option<Value>,
        /// Where it is declared.
        address: InstanceAddress,
    },
    /// What a data source finds; answered by [`Answer::Data`].
    ReadData {
        /// Through which connection.
        provider: ProviderConfigAddress,
        /// The type.
        data_type: String,
        /// The configuration, wholly known, without marks.
        config: Value,
        /// The attributes that are referred to; `None`: any.
        wanted: Option<Vec<String>>,
        /// Where it is declared.
        address: InstanceAddress,
    },
    /// What an ephemeral resource gives once it is open; answered by [`Answer::Data`]. It is to be closed when planning ends.
    Open {
        /// Through which connection.
        provider: ProviderConfigAddress,
        /// The type.
        ephemeral_type: String,
        /// The configuration, wholly known, without marks.
        config: Value,
        /// Where it is declared.
        address: InstanceAddress,
    },
    /// Whether something of the identity that a planned create would have exists already; answered by
    /// [`Answer::Observed`].
    Existing {
        /// Through which connection.
        provider: ProviderConfigAddress,
        /// The resource type.
        resource_type: String,
        /// The identity.
        id: String,
        /// Where it is declared.
        address: InstanceAddress,
    },
    /// Whether the service would refuse a planned create or update; answered by [`Answer::Findings`].
    Preflight {
        /// Through which connection.
        provider: ProviderConfigAddress,
        /// The resource type.
        resource_type: String,
        /// The object as it stands, without marks; `None` for a create.
        prior: Option<Value>,
        /// The object that the new one replaces.
        replaced: Option<Value>,
        /// The planned object, without marks; some of it may be known only after apply.
        desired: Value,
        /// Where it is declared.
        address: InstanceAddress,
    },
}

/// What the planner is told.
pub enum Answer {
    /// The content of a file, or why it cannot be read.
    File(std::io::Result<Arc<[u8]>>),
    /// Whether there is something and it is a regular file, or why that cannot be told.
    FileKind(std::io::Result<Option<bool>>),
    /// The paths of all regular files below a directory, relative to it, with `/` between the parts.
    Walk(std::io::Result<Vec<String>>),
    /// A connection, or why there is none.
    Connected(Result<Connection, Error>),
    /// How an object stands, or why it cannot be read.
    Observed(Result<Observed<Value>, Error>),
    /// What a data source found, or why it failed.
    Data(Result<Value, Error>),
    /// What checks found.
    Findings(Vec<Finding>),
}
