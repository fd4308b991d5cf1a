//! What the built-in providers have in common: no configuration, no service, an identity that is plain text.

use async_trait::async_trait;
use jiff::Timestamp;
use regprov_provider::{AnyDataSource, AnyResource, ConnectRequest, Connection, Error, ErrorKind, Provider};
use regprov_schema::{Block, Schema, Timeouts};
use std::str::FromStr;
use std::sync::Arc;

/// Fills bytes with randomness fit for secrets.
pub type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The clock and the randomness that built-in resource types use.
#[derive(Clone)]
pub struct Surroundings {
    /// The current instant.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The randomness.
    pub random: Fill,
}

/// A provider without configuration.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) sources: &'static [&'static str],
    pub(crate) major: u64,
    pub(crate) resources: Vec<Arc<dyn AnyResource>>,
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
        &[]
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
