//! What the built-in providers have in common: no configuration, no service, an identity that is plain text.

use crate::files::LocalFiles;
use crate::remote_state::{NoStates, OtherStates};
use async_trait::async_trait;
use jiff::Timestamp;
use regprov_provider::{
    AnyDataSource, AnyEphemeral, AnyResource, ConnectRequest, Connection, Error, ErrorKind, Provider,
};
use regprov_schema::{Block, ProviderFunction, Schema, Timeouts};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

/// Fills bytes with randomness fit for secrets.
pub type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Tells the current instant.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock, the randomness and the files that built-in resource types use.
#[derive(Clone)]
pub struct Surroundings {
    /// The current instant.
    pub(crate) now: Now,
    /// The randomness.
    pub(crate) random: Fill,
    /// Where files are read and written.
    pub(crate) files: LocalFiles,
    /// The states of other configurations.
    pub(crate) states: Arc<dyn OtherStates>,
    /// When deletes that wait are over, by what they delete.
    pub(crate) waits: Arc<Mutex<BTreeMap<String, Timestamp>>>,
}

impl Surroundings {
    /// With a clock, randomness fit for secrets, and a place for files.
    #[must_use]
    pub fn new(now: Now, random: Fill, files: LocalFiles) -> Self {
        Self {
            now,
            random,
            files,
            states: Arc::new(NoStates),
            waits: Arc::default(),
        }
    }

    /// The same, with the states of other configurations.
    #[must_use]
    pub fn with_states(self, states: Arc<dyn OtherStates>) -> Self {
        Self { states, ..self }
    }
}

/// A provider without configuration.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) sources: &'static [&'static str],
    pub(crate) major: u64,
    pub(crate) resources: Vec<Arc<dyn AnyResource>>,
    pub(crate) data_sources: Vec<Arc<dyn AnyDataSource>>,
    pub(crate) ephemerals: Vec<Arc<dyn AnyEphemeral>>,
    pub(crate) functions: fn() -> Vec<ProviderFunction>,
    pub(crate) left_out: &'static [(&'static str, &'static str)],
    schema: Schema,
    surroundings: Surroundings,
}

impl Package {
    pub(crate) fn new(
        name: &'static str,
        sources: &'static [&'static str],
        surroundings: &Surroundings,
    ) -> Self {
        let schema = Schema {
            version: 0,
            block: Block::default(),
            timeouts: Timeouts::default(),
        };
        let surroundings = surroundings.clone();
        Self {
            name,
            sources,
            major: 0,
            resources: Vec::new(),
            data_sources: Vec::new(),
            ephemerals: Vec::new(),
            functions: Vec::new,
            left_out: &[],
            schema,
            surroundings,
        }
    }
}

#[async_trait]
impl Provider for Package {
    fn name(&self) -> &'static str {
        self.name
    }

    fn sources(&self) -> &'static [&'static str] {
        self.sources
    }

    fn newest_major(&self) -> u64 {
        self.major
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        &self.data_sources
    }

    fn ephemeral_resources(&self) -> &[Arc<dyn AnyEphemeral>] {
        &self.ephemerals
    }

    fn functions(&self) -> Vec<ProviderFunction> {
        (self.functions)()
    }

    fn left_out(&self) -> &'static [(&'static str, &'static str)] {
        self.left_out
    }

    fn has_timeouts(&self) -> bool {
        false
    }

    async fn connect(&self, _request: ConnectRequest<'_>) -> Result<Connection, Error> {
        Ok(Connection {
            client: Arc::new(self.surroundings.clone()),
            summary: String::new(),
            registry: None,
        })
    }
}

/// An identity that is any text but the empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextId(pub(crate) String);

impl FromStr for TextId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::new(
                ErrorKind::Invalid(None),
                "an import id must not be empty",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Display for TextId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error of importing what has no remote that could be read.
pub(crate) fn not_importable(resource_type: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "an object of {resource_type} exists in the state alone, so there is nothing to read it from"
        ),
    )
}
