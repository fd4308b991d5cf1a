//! The provider: what it is called, what it offers, how it connects.

mod configuration;
mod connect;
mod table;

use crate::Services;
use async_trait::async_trait;
use regprov_provider::{
    AnyDataSource, AnyResource, ConnectRequest, Connection, CredentialObject, Error, Provider, PushCredential,
};
use regprov_schema::{Schema, Timeouts};
use std::sync::Arc;

/// The provider `ovh`.
#[must_use]
pub fn provider(services: Services) -> Arc<dyn Provider> {
    let project = services.project.as_deref();
    Arc::new(Ovh {
        schema: Schema {
            version: 0,
            block: configuration::block(),
            timeouts: Timeouts::default(),
        },
        resources: table::resources(project),
        data_sources: table::data_sources(project),
        services,
    })
}

struct Ovh {
    schema: Schema,
    resources: Vec<Arc<dyn AnyResource>>,
    data_sources: Vec<Arc<dyn AnyDataSource>>,
    services: Services,
}

#[async_trait]
impl Provider for Ovh {
    fn name(&self) -> &'static str {
        "ovh"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ovh/ovh"]
    }

    fn newest_major(&self) -> u64 {
        2
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

    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        connect::connect(&request, &self.services).await
    }

    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        crate::credentials::push_credentials(objects)
    }
}

#[cfg(test)]
mod tests;
