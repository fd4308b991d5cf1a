//! A provider: the executor for one cloud.

use crate::{AnyDataSource, AnyEphemeral, AnyResource, CredentialObject, Error, PushCredential};
use async_trait::async_trait;
use regprov_schema::{ProviderFunction, Schema};
use regprov_value::Value;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The environment variables that a provider may read, as they were when the command began.
#[derive(Clone, Debug, Default)]
pub struct Environment(pub BTreeMap<String, String>);

impl Environment {
    /// A variable that is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// What connecting needs.
pub struct ConnectRequest<'a> {
    /// The provider configuration, wholly known, of the provider's schema.
    pub config: &'a Value,
    /// The environment variables.
    pub environment: &'a Environment,
    /// The behaviour major that `required_providers` selects; `None`: the newest.
    pub major: Option<u64>,
}

/// A connected provider configuration.
#[derive(Clone)]
pub struct Connection {
    /// What the provider's resource types ask through.
    pub client: Arc<dyn Any + Send + Sync>,
    /// Who we are there, for the eyes of the operator; no secret.
    pub summary: String,
    /// The host that images are pushed to, where it belongs to the connection and no object tells it.
    pub registry: Option<String>,
}

/// The executor for one cloud, as the engine sees it.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its local name: `azurerm`.
    fn name(&self) -> &'static str;

    /// The source addresses that mean it, without a host: `hashicorp/azurerm`. The first is the canonical one.
    fn sources(&self) -> &'static [&'static str];

    /// The newest behaviour major that it knows.
    fn newest_major(&self) -> u64;

    /// The schema of its configuration.
    fn schema(&self) -> &Schema;

    /// The arguments of its configuration that say where its objects live, as apart from who asks for them; `None`: any
    /// argument may. Where one of these comes from an object that is made anew, what lives there goes with that object.
    fn located_by(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// Its resource types.
    fn resources(&self) -> &[Arc<dyn AnyResource>];

    /// Its data sources.
    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>];

    /// Its types of ephemeral resources.
    fn ephemeral_resources(&self) -> &[Arc<dyn AnyEphemeral>] {
        &[]
    }

    /// Resource types and data sources of the public provider that are left out, with what to do.
    fn left_out(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether its types take a `timeouts` block.
    fn has_timeouts(&self) -> bool {
        true
    }

    /// The functions that it offers to the language.
    fn functions(&self) -> Vec<ProviderFunction> {
        Vec::new()
    }

    /// Connects a configuration.
    ///
    /// # Errors
    /// Where credentials are missing or refused; the error says each place that was looked at.
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error>;

    /// The push credentials that these objects yield together.
    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        let _ = objects;
        Vec::new()
    }
}

/// The resource type of this name.
impl dyn Provider {
    /// The resource type of this name.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&Arc<dyn AnyResource>> {
        self.resources()
            .iter()
            .find(|resource| resource.type_name() == name)
    }

    /// The data source of this name.
    #[must_use]
    pub fn data_source(&self, name: &str) -> Option<&Arc<dyn AnyDataSource>> {
        self.data_sources()
            .iter()
            .find(|source| source.type_name() == name)
    }

    /// The type of ephemeral resource of this name.
    #[must_use]
    pub fn ephemeral_resource(&self, name: &str) -> Option<&Arc<dyn AnyEphemeral>> {
        self.ephemeral_resources()
            .iter()
            .find(|resource| resource.type_name() == name)
    }

    /// The configuration value of a provider block that sets nothing.
    #[must_use]
    pub fn empty_configuration(&self) -> Value {
        crate::erased::empty(&self.schema().block)
    }
}
