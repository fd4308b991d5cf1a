//! `harbor_registry`.

use crate::client::{Ask, Client, attribute};
use crate::registry::Wire;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// Another registry, by its name.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RegistryData {
    /// Its name.
    name: String,
    /// The certificate authority of it.
    ca_certificate: Computed<String>,
    /// What it is for.
    description: Computed<String>,
    /// Whether any certificate of it is accepted.
    insecure: Computed<bool>,
    /// Its number.
    registry_id: Computed<i64>,
    /// `healthy` or `unhealthy`.
    status: Computed<String>,
    /// What it is.
    r#type: Computed<String>,
    /// Its address.
    url: Computed<String>,
    /// Its id, which the public provider writes as if it were a project.
    #[schema(optional)]
    id: Computed<String>,
}

impl DataSource for RegistryData {
    const TYPE: &'static str = "harbor_registry";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let query = [("name", config.name.as_str())];
        let ask = Ask::new("/registries", "look for the registry").query(&query);
        let listed: Vec<Wire> = request.client.api.list(ask).await?;
        let Some(found) = listed.into_iter().find(|registry| registry.name == config.name) else {
            let message = format!(
                "this Harbor has no registry `{}`",
                regprov_http::sanitize(&config.name)
            );
            return Err(Error::new(ErrorKind::Invalid(attribute("name")), message));
        };
        Ok(Self {
            name: config.name,
            ca_certificate: Computed::known(found.ca_certificate.unwrap_or_default()),
            description: Computed::known(found.description.unwrap_or_default()),
            insecure: Computed::known(found.insecure),
            registry_id: Computed::known(found.id),
            status: Computed(found.status),
            r#type: Computed::known(found.kind),
            url: Computed::known(found.url),
            id: Computed::known(format!("/projects/{}", found.id)),
        })
    }
}
