//! `azuread_client_config`: who we are in the directory.

use crate::client::Client;
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// Who we are in the directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct DirectoryClientConfig {
    /// The client id.
    client_id: Computed<String>,
    /// The object id.
    object_id: Computed<String>,
    /// The tenant.
    tenant_id: Computed<String>,
    /// All three.
    #[schema(optional)]
    id: Computed<String>,
}

impl DataSource for DirectoryClientConfig {
    const TYPE: &'static str = "azuread_client_config";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let caller = request.client.caller().await?;
        Ok(Self {
            client_id: Computed::known(caller.client_id.clone()),
            object_id: Computed::known(caller.object_id.clone()),
            tenant_id: Computed::known(caller.tenant_id.clone()),
            id: Computed::known(format!(
                "{}-{}-{}",
                caller.tenant_id, caller.client_id, caller.object_id
            )),
        })
    }
}
