//! Registries and their users.

use crate::client::{Client, attribute};
use crate::container_registry::{self, wire};
use crate::container_registry_user;
use crate::id::RegistryId;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};

/// A registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Registry {
    /// The Public Cloud project.
    service_name: String,
    /// Its id.
    registry_id: String,
    /// Since when it exists.
    created_at: Computed<String>,
    /// Whether OVHcloud's identity management authenticates its users.
    iam_enabled: Computed<bool>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
    /// Its name.
    name: Computed<String>,
    /// Its project.
    project_id: Computed<String>,
    /// Its region.
    region: Computed<String>,
    /// How much its images take, in bytes.
    size: Computed<u64>,
    /// What it is doing.
    status: Computed<String>,
    /// When it was last changed.
    updated_at: Computed<String>,
    /// Its URL.
    url: Computed<String>,
    /// The version of its Harbor.
    version: Computed<String>,
}

/// The error where a registry is not there.
pub(super) fn no_registry(registry: &str) -> Error {
    let message = format!(
        "there is no registry {} in the project",
        regprov_http::sanitize(registry)
    );
    Error::new(ErrorKind::Invalid(attribute("registry_id")), message)
        .remedy("Check `registry_id` and `service_name`; `ovh_cloud_project_containerregistries` lists them.")
}

impl DataSource for Registry {
    const TYPE: &'static str = "ovh_cloud_project_containerregistry";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let id = RegistryId::new([config.service_name.as_str(), &config.registry_id]);
        let wire = container_registry::get(request.client, &id)
            .await?
            .ok_or_else(|| no_registry(&config.registry_id))?;
        let item = Item::of(&config.service_name, wire);
        Ok(Self {
            service_name: config.service_name,
            registry_id: config.registry_id,
            created_at: item.created_at,
            iam_enabled: item.iam_enabled,
            id: item.id,
            name: item.name,
            project_id: item.project_id,
            region: item.region,
            size: item.size,
            status: item.status,
            updated_at: item.updated_at,
            url: item.url,
            version: item.version,
        })
    }
}

/// A registry of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Item {
    created_at: Computed<String>,
    iam_enabled: Computed<bool>,
    id: Computed<String>,
    name: Computed<String>,
    project_id: Computed<String>,
    region: Computed<String>,
    size: Computed<u64>,
    status: Computed<String>,
    updated_at: Computed<String>,
    url: Computed<String>,
    version: Computed<String>,
}

impl FieldType for Item {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl Item {
    fn of(project: &str, wire: wire::Registry) -> Self {
        Self {
            created_at: Computed(wire.created_at),
            iam_enabled: Computed::known(wire.iam_enabled.unwrap_or(false)),
            id: Computed::known(wire.id),
            name: Computed::known(wire.name),
            project_id: Computed::known(wire.project_id.unwrap_or_else(|| project.to_owned())),
            region: Computed::known(wire.region),
            size: Computed::known(wire.size.unwrap_or(0)),
            status: Computed::known(wire.status),
            updated_at: Computed(wire.updated_at),
            url: Computed::known(wire.url.unwrap_or_default()),
            version: Computed(wire.version),
        }
    }
}

/// The registries of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Registries {
    /// The Public Cloud project.
    service_name: String,
    /// The registries.
    result: Computed<Vec<Item>>,
    /// The project.
    #[schema(optional)]
    id: Computed<String>,
}

impl DataSource for Registries {
    const TYPE: &'static str = "ovh_cloud_project_containerregistries";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let listed = container_registry::list(request.client, &config.service_name).await?;
        let items = listed
            .into_iter()
            .map(|wire| Item::of(&config.service_name, wire));
        Ok(Self {
            result: Computed::known(items.collect()),
            id: Computed::known(config.service_name.clone()),
            service_name: config.service_name,
        })
    }
}

/// The users of a registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RegistryUsers {
    /// The Public Cloud project.
    service_name: String,
    /// The registry.
    registry_id: String,
    /// The users.
    result: Computed<Vec<User>>,
    /// The registry.
    #[schema(optional)]
    id: Computed<String>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct User {
    email: Computed<String>,
    id: Computed<String>,
    user: Computed<String>,
}

impl FieldType for User {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl DataSource for RegistryUsers {
    const TYPE: &'static str = "ovh_cloud_project_containerregistry_users";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let listed =
            container_registry_user::list(request.client, &config.service_name, &config.registry_id).await?;
        let users = listed
            .ok_or_else(|| no_registry(&config.registry_id))?
            .into_iter()
            .map(|wire| User {
                email: Computed::known(wire.email),
                id: Computed::known(wire.id),
                user: Computed::known(wire.user),
            });
        Ok(Self {
            result: Computed::known(users.collect()),
            id: Computed::known(config.registry_id.clone()),
            service_name: config.service_name,
            registry_id: config.registry_id,
        })
    }
}
