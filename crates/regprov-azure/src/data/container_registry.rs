//! `azurerm_container_registry`: a registry that is managed elsewhere.

use super::absent;
use crate::client::Client;
use crate::container_registry::{ContainerRegistry, check_name, credentials, settled};
use crate::id::RegistryId;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Rule, Schema, Secret};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A registry that is managed elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ContainerRegistryData {
    /// Its name.
    #[schema(rules = &[Rule::Check(check_name)])]
    name: String,
    /// Its resource group.
    resource_group_name: String,
    /// Its home region.
    location: Computed<String>,
    /// Its SKU.
    sku: Computed<String>,
    /// Whether the admin user can log in.
    admin_enabled: Computed<bool>,
    /// The name of the admin user. It is asked for only where the configuration refers to it.
    admin_username: Computed<String>,
    /// The first password of the admin user. It is asked for only where the configuration refers to it.
    #[schema(sensitive)]
    admin_password: Computed<Secret<String>>,
    /// The host to log in to.
    login_server: Computed<String>,
    /// Whether there are dedicated data endpoints.
    data_endpoint_enabled: Computed<bool>,
    /// Their hosts.
    data_endpoint_host_names: Computed<BTreeSet<String>>,
    /// Tags.
    tags: Computed<BTreeMap<String, String>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

impl DataSource for ContainerRegistryData {
    const TYPE: &'static str = "azurerm_container_registry";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let id = RegistryId::new([
            client.subscription.as_str(),
            &config.resource_group_name,
            &config.name,
        ]);
        let registry: ContainerRegistry = settled(client, &id)
            .await?
            .ok_or_else(|| absent("registry", &config.name, "name"))?;
        let admin = registry.admin_enabled == Some(true);
        let of_admin = |name: &String| name == "admin_username" || name == "admin_password";
        let wanted = request.wanted.is_none_or(|wanted| wanted.iter().any(of_admin));
        let (username, password) = match (admin, wanted) {
            (true, true) => match credentials(client, &id.to_string()).await {
                // Nobody is known to want them, and a reader may not see them.
                Err(error) if error.kind == ErrorKind::Denied && request.wanted.is_none() => {
                    (config.name.clone(), Secret::none())
                }
                credentials => credentials?,
            },
            (true, false) => (config.name.clone(), Secret::none()),
            (false, _) => (String::new(), Secret::new(String::new())),
        };
        Ok(Self {
            name: config.name,
            resource_group_name: config.resource_group_name,
            location: Computed::known(crate::location::normalize(&registry.location)),
            sku: Computed::known(registry.sku),
            admin_enabled: Computed::known(admin),
            admin_username: Computed::known(username),
            admin_password: Computed::known(password),
            login_server: registry.login_server,
            data_endpoint_enabled: Computed(registry.data_endpoint_enabled),
            data_endpoint_host_names: registry.data_endpoint_host_names,
            tags: Computed::known(registry.tags.unwrap_or_default()),
            id: registry.id,
        })
    }
}
