//! The provider: what it is called, what it offers, how it connects.

mod configuration;
mod connect;
mod table;

use crate::service_account_key::DrawnHere;
use crate::{DrawKey, Services};
use async_trait::async_trait;
use regprov_provider::{
    AnyDataSource, AnyResource, ConnectRequest, Connection, CredentialObject, Error, Provider, PushCredential,
};
use regprov_schema::{ProviderFunction, Schema, Timeouts};
use std::sync::Arc;

/// The provider `google`.
#[must_use]
pub fn provider(services: Services) -> Arc<dyn Provider> {
    let keys = Arc::new(DrawnHere(Arc::clone(&services.randomness)));
    provider_with_keys(services, keys)
}

/// The same, with keys that somebody else draws.
#[must_use]
pub fn provider_with_keys(services: Services, keys: Arc<dyn DrawKey>) -> Arc<dyn Provider> {
    Arc::new(Google {
        schema: Schema {
            version: 0,
            block: configuration::block(),
            timeouts: Timeouts::default(),
        },
        resources: table::resources(),
        data_sources: table::data_sources(),
        services,
        keys,
    })
}

struct Google {
    schema: Schema,
    resources: Vec<Arc<dyn AnyResource>>,
    data_sources: Vec<Arc<dyn AnyDataSource>>,
    services: Services,
    keys: Arc<dyn DrawKey>,
}

/// The newest behaviour major.
const NEWEST: u64 = 7;

#[async_trait]
impl Provider for Google {
    fn name(&self) -> &'static str {
        "google"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["hashicorp/google", "hashicorp/google-beta"]
    }

    fn newest_major(&self) -> u64 {
        NEWEST
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        &self.resources
    }

    fn functions(&self) -> Vec<ProviderFunction> {
        crate::functions::functions()
    }

    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        &self.data_sources
    }

    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        connect::connect(&request, &self.services, &self.keys).await
    }

    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        crate::credentials::push_credentials(objects)
    }
}

#[cfg(test)]
mod tests;
