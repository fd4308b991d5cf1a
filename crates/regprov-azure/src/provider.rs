//! The two providers: what they are called, what they offer, how they connect.

mod configuration;
mod connect;
mod table;

pub use connect::{SignedIn, sign_in};

use crate::Services;
use crate::principals::Known;
use crate::settings::Settings;
use async_trait::async_trait;
use regprov_provider::{
    AnyDataSource, AnyResource, ConnectRequest, Connection, CredentialObject, Error, Provider, PushCredential,
};
use regprov_schema::{ProviderFunction, Schema, Timeouts};
use std::sync::Arc;

/// The providers `azurerm` and `azuread`.
#[must_use]
pub fn providers(services: Services) -> Vec<Arc<dyn Provider>> {
    let known = Known::default();
    let azurerm = Azure {
        flavour: Flavour::ResourceManager,
        schema: schema(configuration::azurerm()),
        resources: table::azurerm_resources(),
        data_sources: table::azurerm_data_sources(),
        services: services.clone(),
        known: known.clone(),
    };
    let azuread = Azure {
        flavour: Flavour::Directory,
        schema: schema(configuration::azuread()),
        resources: table::azuread_resources(),
        data_sources: table::azuread_data_sources(),
        services,
        known,
    };
    vec![Arc::new(azurerm), Arc::new(azuread)]
}

fn schema(block: regprov_schema::Block) -> Schema {
    Schema {
        version: 0,
        block,
        timeouts: Timeouts::default(),
    }
}

/// Which of the two providers it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavour {
    /// `azurerm`.
    ResourceManager,
    /// `azuread`.
    Directory,
}

struct Azure {
    flavour: Flavour,
    schema: Schema,
    resources: Vec<Arc<dyn AnyResource>>,
    data_sources: Vec<Arc<dyn AnyDataSource>>,
    services: Services,
    known: Known,
}

#[async_trait]
impl Provider for Azure {
    fn name(&self) -> &'static str {
        match self.flavour {
            Flavour::ResourceManager => "azurerm",
            Flavour::Directory => "azuread",
        }
    }

    fn sources(&self) -> &'static [&'static str] {
        match self.flavour {
            Flavour::ResourceManager => &["hashicorp/azurerm"],
            Flavour::Directory => &["hashicorp/azuread"],
        }
    }

    fn newest_major(&self) -> u64 {
        match self.flavour {
            Flavour::ResourceManager => 5,
            Flavour::Directory => 3,
        }
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn functions(&self) -> Vec<ProviderFunction> {
        match self.flavour {
            Flavour::ResourceManager => crate::functions::functions(),
            Flavour::Directory => Vec::new(),
        }
    }

    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        &self.data_sources
    }

    fn left_out(&self) -> &'static [(&'static str, &'static str)] {
        match self.flavour {
            Flavour::ResourceManager => table::AZURERM_LEFT_OUT,
            Flavour::Directory => table::AZUREAD_LEFT_OUT,
        }
    }

    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        let settings = Settings::read(&request)?;
        let major = request.major.unwrap_or_else(|| self.newest_major());
        let asked = connect::Asked {
            major,
            known: self.known.clone(),
        };
        connect::connect(self.flavour, settings, asked, &self.services).await
    }

    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        match self.flavour {
            Flavour::ResourceManager => crate::credentials::push_credentials(objects),
            // They are joined with the registries, which are of the other provider; it is given the objects of both.
            Flavour::Directory => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
