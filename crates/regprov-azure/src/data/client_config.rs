//! `azurerm_client_config`: who we are.

use crate::client::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// Who we are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ClientConfig {
    /// The client id.
    client_id: Computed<String>,
    /// The tenant.
    tenant_id: Computed<String>,
    /// The subscription.
    subscription_id: Computed<String>,
    /// The object id.
    object_id: Computed<String>,
    /// All four, in base64.
    #[schema(optional)]
    id: Computed<String>,
}

impl DataSource for ClientConfig {
    const TYPE: &'static str = "azurerm_client_config";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, caller) = (request.client, request.client.caller().await?);
        let text = format!(
            "clientConfigs/clientId={};objectId={};subscriptionId={};tenantId={}",
            caller.client_id, caller.object_id, client.subscription, caller.tenant_id
        );
        Ok(Self {
            client_id: Computed::known(caller.client_id.clone()),
            tenant_id: Computed::known(caller.tenant_id.clone()),
            subscription_id: Computed::known(client.subscription.clone()),
            object_id: Computed::known(caller.object_id.clone()),
            id: Computed::known(STANDARD.encode(text)),
        })
    }
}
