//! Repositories.

use crate::client::{Client, attribute};
use crate::hub_repository::{ImmutableTags, get, wire};
use regprov_http::sanitize;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};

/// A repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct HubRepository {
    /// The Docker ID or organization.
    namespace: String,
    /// Its name.
    name: String,
    /// A short description.
    description: Option<String>,
    /// The text of its page.
    full_description: Option<String>,
    /// Its id: namespace and name.
    id: Computed<String>,
    /// Which tags stay once they are there.
    #[schema(optional)]
    immutable_tags_settings: Computed<ImmutableTags>,
    /// Whether only those with a right see it.
    private: Option<bool>,
    /// How often it was pulled.
    pull_count: Option<i64>,
}

/// The error where a repository is not there, or may not be seen.
pub(super) fn no_repository(namespace: &str, name: &str) -> Error {
    let message = format!(
        "there is no repository {}/{} at Docker Hub, or the account may not see it",
        sanitize(namespace),
        sanitize(name)
    );
    Error::new(ErrorKind::Invalid(attribute("name")), message)
        .remedy("Check `namespace` and `name`. Official images are in the namespace `library`.")
}

impl DataSource for HubRepository {
    const TYPE: &'static str = "docker_hub_repository";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let wire = get(request.client, &config.namespace, &config.name)
            .await?
            .ok_or_else(|| no_repository(&config.namespace, &config.name))?;
        let settings = wire.immutable_tags_settings.unwrap_or_default();
        Ok(Self {
            id: Computed::known(format!("{}/{}", wire.namespace, wire.name)),
            description: wire.description,
            full_description: wire.full_description,
            immutable_tags_settings: Computed::known(ImmutableTags {
                enabled: Some(settings.enabled),
                rules: Some(settings.rules),
            }),
            private: Some(wire.is_private),
            pull_count: Some(wire.pull_count),
            ..config
        })
    }
}

/// The repositories of a namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct HubRepositories {
    /// The Docker ID or organization.
    namespace: String,
    /// Its id.
    id: Computed<String>,
    /// The repositories.
    repository: Computed<Vec<Item>>,
}

/// A repository of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Item {
    affiliation: Computed<String>,
    description: Computed<String>,
    is_private: Computed<bool>,
    last_updated: Computed<String>,
    name: Computed<String>,
    namespace: Computed<String>,
    pull_count: Computed<i64>,
}

impl FieldType for Item {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl From<wire::Repository> for Item {
    fn from(wire: wire::Repository) -> Self {
        Self {
            affiliation: Computed::known(wire.affiliation.unwrap_or_default()),
            description: Computed::known(wire.description.unwrap_or_default()),
            is_private: Computed::known(wire.is_private),
            last_updated: Computed::known(wire.last_updated.unwrap_or_default()),
            name: Computed::known(wire.name),
            namespace: Computed::known(wire.namespace),
            pull_count: Computed::known(wire.pull_count),
        }
    }
}

impl DataSource for HubRepositories {
    const TYPE: &'static str = "docker_hub_repositories";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let namespace = request.config.namespace;
        let path = ["namespaces", &namespace, "repositories"];
        let listed: Option<Vec<wire::Repository>> = request
            .client
            .api
            .list(&path, "list the repositories of the namespace")
            .await?;
        let listed = listed.ok_or_else(|| {
            let message = format!(
                "there is neither an account nor an organization `{}` at Docker Hub",
                sanitize(&namespace)
            );
            Error::new(ErrorKind::Invalid(attribute("namespace")), message)
        })?;
        Ok(Self {
            id: Computed::known(format!("{namespace}/repositories")),
            namespace,
            repository: Computed::known(listed.into_iter().map(Item::from).collect()),
        })
    }
}
