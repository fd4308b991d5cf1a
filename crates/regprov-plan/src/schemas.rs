//! The providers, as far as planning may know them: schemas and pure functions.

use regprov_addr::{ProviderSource, ResourceMode, same_provider};
use regprov_provider::{AnyDataSource, AnyEphemeral, AnyResource, Provider};
use regprov_schema::Schema;
use std::sync::Arc;

/// The schema of a type of a provider.
pub(crate) fn schema_of<'a>(
    provider: &'a Arc<dyn Provider>,
    mode: ResourceMode,
    name: &str,
) -> Option<&'a Schema> {
    match mode {
        ResourceMode::Managed => provider.resource(name).map(|found| found.schema()),
        ResourceMode::Data => provider.data_source(name).map(|found| found.schema()),
        ResourceMode::Ephemeral => provider.ephemeral_resource(name).map(|found| found.schema()),
    }
}

/// Finds providers, resource types and data sources.
#[derive(Clone, Default)]
pub struct Schemas {
    providers: Arc<[Arc<dyn Provider>]>,
    /// The source addresses of each.
    sources: Arc<[Vec<ProviderSource>]>,
}

impl Schemas {
    /// Over these providers.
    #[must_use]
    pub fn new(providers: &[Arc<dyn Provider>]) -> Self {
        Self {
            providers: providers.into(),
            sources: providers.iter().map(|one| Self::sources(one).collect()).collect(),
        }
    }

    /// All of them.
    #[must_use]
    pub fn providers(&self) -> &[Arc<dyn Provider>] {
        &self.providers
    }

    /// The provider of a source address.
    #[must_use]
    pub fn provider(&self, source: &ProviderSource) -> Option<&Arc<dyn Provider>> {
        let goes_by = |own: &Vec<ProviderSource>| own.iter().any(|own| same_provider(own, source));
        let at = self.sources.iter().position(goes_by)?;
        self.providers.get(at)
    }

    /// The provider of a local name, where no source is declared for it.
    #[must_use]
    pub fn provider_named(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.iter().find(|provider| provider.name() == name)
    }

    /// The source address that a provider goes by.
    #[must_use]
    pub fn canonical_source(provider: &Arc<dyn Provider>) -> ProviderSource {
        let first = Self::sources(provider).next();
        first.unwrap_or_else(|| ProviderSource::hashicorp(provider.name()))
    }

    /// The resource type of a provider.
    #[must_use]
    pub fn resource(&self, source: &ProviderSource, name: &str) -> Option<&Arc<dyn AnyResource>> {
        self.provider(source)?.resource(name)
    }

    /// The data source of a provider.
    #[must_use]
    pub fn data_source(&self, source: &ProviderSource, name: &str) -> Option<&Arc<dyn AnyDataSource>> {
        self.provider(source)?.data_source(name)
    }

    /// The type of ephemeral resource of a provider.
    #[must_use]
    pub fn ephemeral_resource(&self, source: &ProviderSource, name: &str) -> Option<&Arc<dyn AnyEphemeral>> {
        self.provider(source)?.ephemeral_resource(name)
    }

    /// What to do about a type that a provider knows of and does not offer.
    #[must_use]
    pub fn instead_of(&self, name: &str) -> Option<&'static str> {
        let known = self.providers().iter().flat_map(|provider| provider.left_out());
        known
            .filter(|(left_out, _)| *left_out == name)
            .map(|(_, instead)| *instead)
            .next()
    }

    /// All types of ephemeral resources of all providers, for suggestions.
    pub fn ephemeral_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.providers.iter().flat_map(|provider| {
            provider
                .ephemeral_resources()
                .iter()
                .map(|resource| resource.type_name())
        })
    }

    /// All resource types of all providers, for suggestions.
    pub fn resource_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.providers
            .iter()
            .flat_map(|provider| provider.resources().iter().map(|resource| resource.type_name()))
    }

    /// All data sources of all providers, for suggestions.
    pub fn data_source_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.providers
            .iter()
            .flat_map(|provider| provider.data_sources().iter().map(|source| source.type_name()))
    }

    fn sources(provider: &Arc<dyn Provider>) -> impl Iterator<Item = ProviderSource> {
        provider.sources().iter().filter_map(|source| source.parse().ok())
    }
}
