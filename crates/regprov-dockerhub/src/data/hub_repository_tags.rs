//! The tags of a repository.

use super::hub_repository::no_repository;
use crate::client::{Client, attribute};
use crate::id::RepositoryId;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tags of a repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct HubRepositoryTags {
    /// Its name, beside `namespace`.
    name: Option<String>,
    /// The Docker ID or organization, beside `name`.
    namespace: Option<String>,
    /// The repository, in place of the two: `namespace/name`.
    repository: Option<String>,
    /// Its id: namespace and name.
    id: Computed<String>,
    /// The tags by name.
    tags: Computed<BTreeMap<String, Tag>>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Tag {
    #[serde(default)]
    content_type: Computed<String>,
    #[serde(default)]
    creator: Computed<i64>,
    #[serde(default)]
    digest: Computed<String>,
    #[serde(default)]
    full_size: Computed<i64>,
    #[serde(default)]
    id: Computed<i64>,
    #[serde(default)]
    image_id: Computed<String>,
    #[serde(default)]
    images: Computed<Vec<Image>>,
    #[serde(default)]
    last_updated: Computed<String>,
    #[serde(default)]
    last_updater: Computed<i64>,
    #[serde(default)]
    last_updater_username: Computed<String>,
    #[serde(default)]
    media_type: Computed<String>,
    name: Computed<String>,
    #[serde(default)]
    repository: Computed<i64>,
    #[serde(default)]
    tag_last_pulled: Computed<String>,
    #[serde(default)]
    tag_last_pushed: Computed<String>,
    #[serde(default)]
    tag_status: Computed<String>,
    #[serde(default)]
    v2: Computed<bool>,
}

/// An image behind a tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Image {
    #[serde(default)]
    architecture: Computed<String>,
    #[serde(default)]
    digest: Computed<String>,
    #[serde(default)]
    features: Computed<String>,
    #[serde(default)]
    last_pulled: Computed<String>,
    #[serde(default)]
    last_pushed: Computed<String>,
    #[serde(default)]
    os: Computed<String>,
    #[serde(default)]
    os_features: Computed<String>,
    #[serde(default)]
    os_version: Computed<String>,
    #[serde(default)]
    size: Computed<i64>,
    #[serde(default)]
    status: Computed<String>,
    #[serde(default)]
    variant: Computed<String>,
}

impl FieldType for Tag {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl FieldType for Image {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

/// The repository that a configuration names, in either way.
fn named(config: &HubRepositoryTags) -> Result<RepositoryId, Error> {
    let text = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
    match (
        text(&config.namespace),
        text(&config.name),
        text(&config.repository),
    ) {
        (Some(namespace), Some(name), None) => {
            RepositoryId::known([Some(&namespace), Some(&name)]).ok_or_else(unnamed)
        }
        (None, None, Some(repository)) => {
            let whole = if repository.contains('/') {
                repository
            } else {
                format!("library/{repository}")
            };
            whole.parse()
        }
        _ => Err(unnamed()),
    }
}

fn unnamed() -> Error {
    let message = "either `namespace` and `name`, or `repository` alone must be given";
    Error::new(ErrorKind::Invalid(attribute("repository")), message)
}

impl DataSource for HubRepositoryTags {
    const TYPE: &'static str = "docker_hub_repository_tags";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let id = named(&config)?;
        let path = ["namespaces", id.part(0), "repositories", id.part(1), "tags"];
        let listed: Option<Vec<Tag>> = request
            .client
            .api
            .list(&path, "list the tags of the repository")
            .await?;
        let listed = listed.ok_or_else(|| no_repository(id.part(0), id.part(1)))?;
        let tags = listed
            .into_iter()
            .filter_map(|tag| Some((tag.name.get()?.clone(), tag)))
            .collect();
        Ok(Self {
            id: Computed::known(id.to_string()),
            tags: Computed::known(tags),
            ..config
        })
    }
}
