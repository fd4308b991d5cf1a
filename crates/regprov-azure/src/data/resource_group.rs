//! `azurerm_resource_group`: a resource group that is managed elsewhere.

use super::absent;
use crate::client::Client;
use crate::id::ResourceGroupId;
use crate::resource_group::ResourceGroup;
use regprov_provider::{DataSource, Error, Observed, ReadDataRequest, ReadRequest, Resource};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A resource group that is managed elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ResourceGroupData {
    /// Its name.
    name: String,
    /// Its region.
    location: Computed<String>,
    /// The resource that manages it.
    managed_by: Computed<String>,
    /// Tags.
    tags: Computed<BTreeMap<String, String>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

impl DataSource for ResourceGroupData {
    const TYPE: &'static str = "azurerm_resource_group";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, name) = (request.client, request.config.name);
        let id = ResourceGroupId::new([client.subscription.as_str(), &name]);
        let read = ReadRequest {
            client,
            id: &id,
            prior: None,
        };
        let Observed::Present(group) = ResourceGroup::read(read).await? else {
            return Err(absent("resource group", &name, "name"));
        };
        Ok(Self {
            location: Computed::known(group.location),
            managed_by: Computed::known(group.managed_by.unwrap_or_default()),
            tags: Computed::known(group.tags.unwrap_or_default()),
            id: group.id,
            name,
        })
    }
}
