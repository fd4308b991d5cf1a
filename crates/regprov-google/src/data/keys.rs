//! `google_service_account` and `google_service_account_key` as data sources.

use super::missing;
use crate::client::{Ask, Client};
use crate::endpoints::Product;
use crate::id::{AccountName, KeyName};
use crate::service_account;
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// A service account that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ServiceAccount {
    /// Its id, its address or its full name.
    pub(crate) account_id: String,
    /// Its project.
    pub(crate) project: Option<String>,
    /// Its address.
    pub(crate) email: Computed<String>,
    /// A number that no other ever has.
    pub(crate) unique_id: Computed<String>,
    /// Its full name.
    pub(crate) name: Computed<String>,
    /// What it is called.
    pub(crate) display_name: Computed<String>,
    /// Its address as a member of policies.
    pub(crate) member: Computed<String>,
    /// Whether it can do nothing.
    pub(crate) disabled: Computed<bool>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The service account that a text means.
fn account(client: &Client, text: &str, project: Option<&str>) -> Result<AccountName, Error> {
    if text.starts_with("projects/") {
        return text.parse();
    }
    let of_address = text
        .split_once('@')
        .and_then(|(_, domain)| domain.strip_suffix(".iam.gserviceaccount.com"));
    let project = match (project, of_address) {
        (None, Some(project)) => project.to_owned(),
        (project, _) => client.project_or(project)?,
    };
    Ok(if text.contains('@') {
        AccountName::new([&project, text])
    } else {
        AccountName::new([&project, &service_account::address(text, &project)])
    })
}

impl DataSource for ServiceAccount {
    const TYPE: &'static str = "google_service_account";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let name = account(client, &config.account_id, config.project.as_deref())?;
        let wire = service_account::get(client, &name).await?;
        let wire = wire.ok_or_else(|| missing(&format!("service account {}", name.part(1))))?;
        let email = wire.email.unwrap_or_else(|| name.part(1).to_owned());
        let project = wire.project_id.unwrap_or_else(|| name.part(0).to_owned());
        let full = format!("projects/{project}/serviceAccounts/{email}");
        Ok(Self {
            member: Computed::known(format!("serviceAccount:{email}")),
            email: Computed::known(email),
            unique_id: Computed(wire.unique_id),
            name: Computed::known(full.clone()),
            display_name: Computed::known(wire.display_name.unwrap_or_default()),
            disabled: Computed::known(wire.disabled.unwrap_or(false)),
            id: Computed::known(full),
            project: Some(project),
            ..config
        })
    }
}

/// The public half of a key that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ServiceAccountKey {
    /// Its full name.
    pub(crate) name: String,
    /// The form of the public key.
    pub(crate) public_key_type: Option<String>,
    /// Its project; the name has it too.
    pub(crate) project: Option<String>,
    /// The algorithm.
    pub(crate) key_algorithm: Computed<String>,
    /// The public key, in base64.
    pub(crate) public_key: Computed<String>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    name: String,
    key_algorithm: Option<String>,
    public_key_data: Option<String>,
}

impl DataSource for ServiceAccountKey {
    const TYPE: &'static str = "google_service_account_key";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let name: KeyName = config.name.parse()?;
        let path = name.path();
        let kind = config.public_key_type.as_deref().unwrap_or("TYPE_X509_PEM_FILE");
        let query = [("publicKeyType", kind)];
        let ask = Ask::new(Product::Iam, &path, "read the key").query(&query);
        let wire: Option<Wire> = client.api.get(ask).await?;
        let wire = wire.ok_or_else(|| missing(&format!("key {}", name.part(2))))?;
        Ok(Self {
            key_algorithm: Computed(wire.key_algorithm),
            public_key: Computed(wire.public_key_data),
            id: Computed::known(wire.name),
            ..config
        })
    }
}
