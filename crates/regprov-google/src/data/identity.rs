//! `google_client_config` and `google_client_openid_userinfo`: who we are, and where.

use crate::client::{AUDIENCE, Ask, Client};
use crate::endpoints::Product;
use crate::labels::Labels;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Schema, Secret};
use serde::{Deserialize, Serialize};

/// Where the provider works, and its access token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ClientConfig {
    /// The project.
    pub(crate) project: Computed<String>,
    /// The region.
    pub(crate) region: Computed<String>,
    /// The zone.
    pub(crate) zone: Computed<String>,
    /// An access token; it lives for an hour.
    #[schema(sensitive)]
    pub(crate) access_token: Computed<Secret<String>>,
    /// The provider's labels.
    pub(crate) default_labels: Computed<Labels>,
    /// Its id.
    pub(crate) id: Computed<String>,
}

impl DataSource for ClientConfig {
    const TYPE: &'static str = "google_client_config";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let defaults = &request.client.defaults;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let token = request.client.tokens.get(AUDIENCE).await;
        let token = token.map_err(|error| Error::new(ErrorKind::Unauthenticated, error.message))?;
        let (project, region, zone) = (
            text(&defaults.project),
            text(&defaults.region),
            text(&defaults.zone),
        );
        Ok(Self {
            id: Computed::known(format!("projects/{project}/regions/{region}/zones/{zone}")),
            project: Computed::known(project),
            region: Computed::known(region),
            zone: Computed::known(zone),
            access_token: Computed::known(Secret::new(token.reveal().to_owned())),
            default_labels: Computed::known(defaults.labels.clone()),
        })
    }
}

/// The address of whoever we are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OpenIdUserInfo {
    /// The address.
    pub(crate) email: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    email: Option<String>,
}

impl DataSource for OpenIdUserInfo {
    const TYPE: &'static str = "google_client_openid_userinfo";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let ask = Ask::new(Product::OpenId, "userinfo", "ask who we are");
        let wire: Wire = request.client.api.get(ask).await?.unwrap_or_default();
        let email = wire.email.ok_or_else(|| {
            Error::new(
                ErrorKind::Denied,
                "Google does not tell the address of whoever we are",
            )
            .remedy("Add https://www.googleapis.com/auth/userinfo.email to `scopes`.")
        })?;
        Ok(Self {
            id: Computed::known(email.clone()),
            email: Computed::known(email),
        })
    }
}
