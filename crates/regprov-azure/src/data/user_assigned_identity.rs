//! `azurerm_user_assigned_identity`: an identity that is managed elsewhere.

use super::absent;
use crate::client::{Ask, Client};
use crate::id::UserAssignedIdentityId;
use crate::location;
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An identity that is managed elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct UserAssignedIdentityData {
    /// Its name.
    name: String,
    /// Its resource group.
    resource_group_name: String,
    /// Its region.
    location: Computed<String>,
    /// Its client id.
    client_id: Computed<String>,
    /// Its object id.
    principal_id: Computed<String>,
    /// Its tenant.
    tenant_id: Computed<String>,
    /// Whether it may be used in its region only.
    isolation_scope: Computed<String>,
    /// Tags.
    tags: Computed<BTreeMap<String, String>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

mod wire {
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Deserialize)]
    pub(super) struct Identity {
        pub(super) location: String,
        pub(super) tags: Option<BTreeMap<String, String>>,
        pub(super) properties: Properties,
    }

    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    pub(super) struct Properties {
        pub(super) tenant_id: String,
        pub(super) principal_id: String,
        pub(super) client_id: String,
        pub(super) isolation_scope: Option<String>,
    }
}

impl DataSource for UserAssignedIdentityData {
    const TYPE: &'static str = "azurerm_user_assigned_identity";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let id = UserAssignedIdentityId::new([
            client.subscription.as_str(),
            &config.resource_group_name,
            &config.name,
        ]);
        let path = id.to_string();
        let ask = Ask {
            path: &path,
            version: "2024-11-30",
            operation: "read the identity",
        };
        let read: Option<wire::Identity> = client.arm.get(ask).await?;
        let read = read.ok_or_else(|| absent("user-assigned identity", &config.name, "name"))?;
        client.known.service_principal(&read.properties.principal_id);
        let isolation = read.properties.isolation_scope.filter(|scope| scope != "None");
        Ok(Self {
            name: config.name,
            resource_group_name: config.resource_group_name,
            location: Computed::known(location::normalize(&read.location)),
            client_id: Computed::known(read.properties.client_id),
            principal_id: Computed::known(read.properties.principal_id),
            tenant_id: Computed::known(read.properties.tenant_id),
            isolation_scope: Computed::known(isolation.unwrap_or_default()),
            tags: Computed::known(read.tags.unwrap_or_default()),
            id: Computed::known(path),
        })
    }
}
