//! `google_artifact_registry_repository` as a data source, and the address of a `gcr.io` host.

use super::missing;
use crate::client::Client;
use crate::fields::object_types;
use crate::id::RepositoryName;
use crate::labels::Labels;
use crate::repository::{self, Cleanup, Docker, Maven, Remote, Scanning, Virtual};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

object_types!(Cleanup, Docker, Maven, Remote, Scanning, Virtual);

/// A repository that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Repository {
    /// Its id.
    pub(crate) repository_id: String,
    /// Its location.
    pub(crate) location: String,
    /// Its project.
    pub(crate) project: Option<String>,
    /// What it holds.
    pub(crate) format: Computed<String>,
    /// A description.
    pub(crate) description: Computed<String>,
    /// Its labels.
    pub(crate) labels: Computed<Labels>,
    /// Its labels.
    pub(crate) effective_labels: Computed<Labels>,
    /// Its labels.
    pub(crate) terraform_labels: Computed<Labels>,
    /// The key that it is encrypted with.
    pub(crate) kms_key_name: Computed<String>,
    /// What kind it is.
    pub(crate) mode: Computed<String>,
    /// Whether rules only tell what they would do.
    pub(crate) cleanup_policy_dry_run: Computed<bool>,
    /// Rules by which images are deleted or kept.
    pub(crate) cleanup_policies: Computed<BTreeSet<Cleanup>>,
    /// Settings of a Docker repository.
    pub(crate) docker_config: Computed<Vec<Docker>>,
    /// Settings of a Maven repository.
    pub(crate) maven_config: Computed<Vec<Maven>>,
    /// The repositories that a virtual one joins.
    pub(crate) virtual_repository_config: Computed<Vec<Virtual>>,
    /// What a remote repository stands before.
    pub(crate) remote_repository_config: Computed<Vec<Remote>>,
    /// Whether images are scanned.
    pub(crate) vulnerability_scanning_config: Computed<Vec<Scanning>>,
    /// It is never deleted here.
    pub(crate) deletion_policy: Computed<String>,
    /// The last part of its name.
    pub(crate) name: Computed<String>,
    /// When it was made.
    pub(crate) create_time: Computed<String>,
    /// When it last changed.
    pub(crate) update_time: Computed<String>,
    /// Where images are pushed to.
    pub(crate) registry_uri: Computed<String>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

impl DataSource for Repository {
    const TYPE: &'static str = "google_artifact_registry_repository";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let project = client.project_or(config.project.as_deref())?;
        let name = RepositoryName::new([&project, &config.location, &config.repository_id]);
        let wire = repository::get(client, &name).await?;
        let wire = wire.ok_or_else(|| missing(&name.path()))?;
        let found = repository::Repository::of(client, &name, wire, None);
        Ok(Self {
            project: Some(project),
            format: Computed::known(found.format),
            description: Computed::known(found.description.unwrap_or_default()),
            labels: Computed(found.effective_labels.0.clone()),
            effective_labels: found.effective_labels.clone(),
            terraform_labels: found.effective_labels,
            kms_key_name: Computed::known(found.kms_key_name.unwrap_or_default()),
            mode: Computed(found.mode),
            cleanup_policy_dry_run: Computed::known(found.cleanup_policy_dry_run.unwrap_or(false)),
            cleanup_policies: Computed::known(found.cleanup_policies),
            docker_config: Computed::known(found.docker_config),
            maven_config: Computed::known(found.maven_config),
            virtual_repository_config: Computed::known(found.virtual_repository_config),
            remote_repository_config: Computed::known(found.remote_repository_config),
            vulnerability_scanning_config: Computed::known(found.vulnerability_scanning_config),
            deletion_policy: Computed(None),
            name: found.name,
            create_time: found.create_time,
            update_time: found.update_time,
            registry_uri: found.registry_uri,
            id: found.id,
            ..config
        })
    }
}

/// The address of a `gcr.io` host for a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RegistryRepository {
    /// The project.
    #[schema(optional)]
    pub(crate) project: Computed<String>,
    /// Which host: `us`, `eu` or `asia`.
    pub(crate) region: Option<String>,
    /// The address.
    pub(crate) repository_url: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

impl DataSource for RegistryRepository {
    const TYPE: &'static str = "google_container_registry_repository";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let project = request
            .client
            .project_or(config.project.get().map(String::as_str))?;
        let path = project.replace(':', "/");
        let url = match config.region.as_deref().filter(|region| !region.is_empty()) {
            Some(region) => format!("{region}.gcr.io/{path}"),
            None => format!("gcr.io/{path}"),
        };
        Ok(Self {
            project: Computed::known(project),
            id: Computed::known(url.clone()),
            repository_url: Computed::known(url),
            ..config
        })
    }
}
