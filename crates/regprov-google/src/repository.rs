//! `google_artifact_registry_repository`: a repository of Artifact Registry. `gcr.io` is one too.

mod blocks;
mod checks;
mod messages;
mod wire;

pub(crate) use blocks::{Cleanup, Docker, Maven, Remote, Scanning, Virtual};
pub(crate) use checks::Locations;

use crate::client::{Ask, Client, Operation, attribute};
use crate::endpoints::Product;
use crate::fields::{self, DELETION_POLICIES, spelled, truth, vanished, whatever};
use crate::id::RepositoryName;
use crate::labels::{self, Labels};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// A repository of Artifact Registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Repository {
    /// Its id: the last part of its name. `gcr.io`, `us.gcr.io`, `eu.gcr.io` and `asia.gcr.io` are the repositories of these
    /// hosts.
    #[schema(replaces, rules = &[Rule::Check(checks::check_id)])]
    pub(crate) repository_id: String,
    /// What it holds: `DOCKER` for images.
    #[schema(replaces, meaning = Meaning::IgnoreCase)]
    pub(crate) format: String,
    /// Where it is: a region such as `us-central1`, or `us`, `europe`, `asia`.
    #[schema(optional, replaces)]
    pub(crate) location: Computed<String>,
    /// Its project.
    #[schema(optional, replaces)]
    pub(crate) project: Computed<String>,
    /// A description.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Its labels; those of others are left alone.
    #[schema(rules = &[Rule::Check(labels::check)], meaning = Meaning::ZeroIsNull)]
    pub(crate) labels: Option<Labels>,
    /// The key that it is encrypted with.
    #[schema(replaces)]
    pub(crate) kms_key_name: Option<String>,
    /// Whether it holds images, joins other repositories, or stands before a registry.
    #[schema(replaces, default = "STANDARD_REPOSITORY", rules = &[Rule::OneOf(checks::MODES)])]
    pub(crate) mode: Option<String>,
    /// Whether the rules of cleaning up only tell what they would do.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) cleanup_policy_dry_run: Option<bool>,
    /// Rules by which images are deleted or kept.
    #[schema(block)]
    pub(crate) cleanup_policies: BTreeSet<Cleanup>,
    /// Settings of a Docker repository.
    #[schema(block, max = 1)]
    pub(crate) docker_config: Vec<Docker>,
    /// Settings of a Maven repository.
    #[schema(block, max = 1)]
    pub(crate) maven_config: Vec<Maven>,
    /// The repositories that a virtual one joins.
    #[schema(block, max = 1)]
    pub(crate) virtual_repository_config: Vec<Virtual>,
    /// What a remote repository stands before.
    #[schema(block, max = 1)]
    pub(crate) remote_repository_config: Vec<Remote>,
    /// Whether images are scanned.
    #[schema(block, computed, max = 1)]
    pub(crate) vulnerability_scanning_config: Vec<Scanning>,
    /// Whether it is deleted (`DELETE`), must not be (`PREVENT`), or is only forgotten (`ABANDON`).
    #[schema(computed, rules = &[Rule::OneOf(DELETION_POLICIES)])]
    pub(crate) deletion_policy: Local<String>,
    /// The last part of its name.
    pub(crate) name: Computed<String>,
    /// When it was made.
    pub(crate) create_time: Computed<String>,
    /// When it last changed.
    #[schema(meaning = Meaning::By(whatever))]
    pub(crate) update_time: Computed<String>,
    /// Where images are pushed to: `us-docker.pkg.dev/PROJECT/REPOSITORY`.
    pub(crate) registry_uri: Computed<String>,
    /// All its labels, those of others too.
    #[schema(recomputed_by = &["labels"])]
    pub(crate) effective_labels: Computed<Labels>,
    /// Its labels and those of the provider.
    #[schema(recomputed_by = &["labels"])]
    pub(crate) terraform_labels: Computed<Labels>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// Reads a repository.
pub(crate) async fn get(client: &Client, name: &RepositoryName) -> Result<Option<wire::Repository>, Error> {
    let ask = Ask::new(Product::ArtifactRegistry, "", "read the repository");
    let path = name.path();
    client.api.get(Ask { path: &path, ..ask }).await
}

impl Repository {
    /// The repository that the service tells of; what `like` writes keeps its spelling.
    pub(crate) fn of(
        client: &Client,
        name: &RepositoryName,
        wire: wire::Repository,
        like: Option<&Self>,
    ) -> Self {
        let managed = like.map(|like| (like.labels.as_ref(), like.terraform_labels.get()));
        let shown = labels::shown(client, wire.labels.unwrap_or_default(), managed);
        let docker: Vec<Docker> = match (&wire.docker_config, like) {
            (wire, Some(like))
                if wire.clone().unwrap_or_default()
                    == messages::docker(&like.docker_config).unwrap_or_default() =>
            {
                like.docker_config.clone()
            }
            (wire, _) => wire
                .iter()
                .map(|wire| Docker {
                    immutable_tags: wire.immutable_tags,
                })
                .collect(),
        };
        let maven: Vec<Maven> = match (&wire.maven_config, like) {
            (wire, Some(like))
                if wire.clone().unwrap_or_default()
                    == messages::maven(&like.maven_config).unwrap_or_default() =>
            {
                like.maven_config.clone()
            }
            (wire, _) => wire
                .iter()
                .map(|wire| Maven {
                    allow_snapshot_overwrites: wire.allow_snapshot_overwrites,
                    version_policy: wire.version_policy.clone(),
                })
                .collect(),
        };
        let none = BTreeSet::new();
        let rules = like.map_or(&none, |like| &like.cleanup_policies);
        let format = wire.format.unwrap_or_default();
        Self {
            repository_id: name.part(2).to_owned(),
            format: match like {
                Some(like) if like.format.eq_ignore_ascii_case(&format) => like.format.clone(),
                Some(_) | None => format,
            },
            location: Computed::known(name.part(1).to_owned()),
            project: Computed::known(name.part(0).to_owned()),
            description: spelled(wire.description, like.map(|like| &like.description)),
            labels: match like.map(|like| &like.labels) {
                Some(labels) if labels.as_ref().is_none_or(Labels::is_empty) => labels.clone(),
                Some(_) | None => shown.labels,
            },
            kms_key_name: spelled(wire.kms_key_name, like.map(|like| &like.kms_key_name)),
            mode: Some(wire.mode.unwrap_or_else(|| "STANDARD_REPOSITORY".to_owned())),
            cleanup_policy_dry_run: truth(
                wire.cleanup_policy_dry_run.unwrap_or(false),
                like.map(|like| &like.cleanup_policy_dry_run),
            ),
            cleanup_policies: wire
                .cleanup_policies
                .unwrap_or_default()
                .into_iter()
                .map(|(id, wire)| messages::cleanup_block(id, wire, rules))
                .collect(),
            docker_config: docker,
            maven_config: maven,
            virtual_repository_config: messages::joined_blocks(
                wire.virtual_repository_config,
                like.map_or(&[], |like| &like.virtual_repository_config),
            ),
            remote_repository_config: messages::remote_blocks(
                wire.remote_repository_config,
                like.map_or(&[], |like| &like.remote_repository_config),
            ),
            vulnerability_scanning_config: messages::scanning_blocks(wire.vulnerability_scanning_config),
            deletion_policy: like.map(|like| like.deletion_policy.clone()).unwrap_or_default(),
            name: Computed::known(name.part(2).to_owned()),
            create_time: Computed(wire.create_time),
            update_time: Computed(wire.update_time),
            registry_uri: Computed(wire.registry_uri),
            effective_labels: Computed::known(shown.effective),
            terraform_labels: Computed::known(shown.terraform),
            id: Computed::known(name.path()),
        }
    }

    /// What is written of it; `labels` are all that it shall have.
    fn wire(&self, labels: Labels) -> wire::Repository {
        wire::Repository {
            format: Some(self.format.to_uppercase()),
            mode: self.mode.clone(),
            description: fields::filled(self.description.clone()),
            labels: Some(labels).filter(|labels| !labels.is_empty()),
            kms_key_name: fields::filled(self.kms_key_name.clone()),
            docker_config: messages::docker(&self.docker_config),
            maven_config: messages::maven(&self.maven_config),
            cleanup_policies: Some(messages::cleanups(&self.cleanup_policies))
                .filter(|rules| !rules.is_empty()),
            cleanup_policy_dry_run: self.cleanup_policy_dry_run.filter(|set| *set),
            virtual_repository_config: messages::joined(&self.virtual_repository_config),
            remote_repository_config: messages::remote(&self.remote_repository_config),
            vulnerability_scanning_config: messages::scanning(&self.vulnerability_scanning_config),
            ..wire::Repository::default()
        }
    }

    /// The name that it has or will have.
    fn place(&self, client: &Client) -> Result<RepositoryName, Error> {
        let project = client.project_or(self.project.get().map(String::as_str))?;
        let location = match self.location.get() {
            Some(location) => location.clone(),
            None => client.location()?,
        };
        Ok(RepositoryName::new([&project, &location, &self.repository_id]))
    }
}

/// What differs, in the names of the update mask.
fn mask(prior: &wire::Repository, desired: &wire::Repository) -> Vec<&'static str> {
    let mut mask = Vec::new();
    let mut differs = |name, is: bool| {
        if is {
            mask.push(name);
        }
    };
    differs("description", prior.description != desired.description);
    differs("labels", prior.labels != desired.labels);
    differs("dockerConfig", prior.docker_config != desired.docker_config);
    differs("mavenConfig", prior.maven_config != desired.maven_config);
    differs(
        "cleanupPolicies",
        prior.cleanup_policies != desired.cleanup_policies,
    );
    differs(
        "cleanupPolicyDryRun",
        prior.cleanup_policy_dry_run != desired.cleanup_policy_dry_run,
    );
    differs(
        "virtualRepositoryConfig",
        prior.virtual_repository_config != desired.virtual_repository_config,
    );
    differs(
        "vulnerabilityScanningConfig",
        prior.vulnerability_scanning_config != desired.vulnerability_scanning_config,
    );
    let login = |wire: &wire::Repository| {
        let credentials = wire.remote_repository_config.clone()?.upstream_credentials?;
        credentials.username_password_credentials
    };
    let (before, after) = (login(prior), login(desired));
    let username = |login: &Option<wire::UsernamePassword>| login.clone().and_then(|login| login.username);
    let secret = |login: &Option<wire::UsernamePassword>| {
        login.clone().and_then(|login| login.password_secret_version)
    };
    differs(
        "remoteRepositoryConfig.upstreamCredentials.usernamePasswordCredentials.username",
        username(&before) != username(&after),
    );
    differs(
        "remoteRepositoryConfig.upstreamCredentials.usernamePasswordCredentials.passwordSecretVersion",
        secret(&before) != secret(&after),
    );
    mask
}

impl Resource for Repository {
    const TYPE: &'static str = "google_artifact_registry_repository";
    const CREATE: CreateClass = CreateClass::UniqueName;
    /// It is seen once Google has made it.
    const VISIBILITY: Duration = Duration::from_secs(120);
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(20 * 60),
        read: Duration::from_secs(5 * 60),
        update: Duration::from_secs(20 * 60),
        delete: Duration::from_secs(20 * 60),
    };
    type Client = Client;
    type Id = RepositoryName;

    fn id(object: &Self) -> Option<RepositoryName> {
        let text = |computed: &'_ Computed<String>| computed.get().cloned();
        let (project, location) = (text(&object.project)?, text(&object.location)?);
        object.id.get()?;
        RepositoryName::known([Some(&project), Some(&location), Some(&object.repository_id)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, name) = (request.client, request.id);
        if let Some(why) = client.working(&name.path(), "working on the repository").await? {
            return Ok(Observed::Settling(why));
        }
        let wire = get(client, name).await?;
        Ok(match wire {
            Some(wire) => {
                client.api.enabled().note("artifactregistry.googleapis.com");
                Observed::Present(Self::of(client, name, wire, request.prior))
            }
            None => Observed::Absent,
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let name = desired.place(client)?;
        let asked = labels::asked(client, desired.labels.as_ref(), None);
        let path = format!(
            "projects/{}/locations/{}/repositories",
            name.part(0),
            name.part(1)
        );
        let query = [("repositoryId", name.part(2))];
        let ask = Ask::new(Product::ArtifactRegistry, &path, "create the repository").query(&query);
        let body = desired.wire(asked.clone());
        let made: Result<crate::client::WireOperation, Error> = client.api.create(ask, &body).await;
        let operation = made.map_err(|error| checks::explained(error, desired, name.part(1)))?;
        if !operation.name.is_empty() && !operation.done {
            let product = Product::ArtifactRegistry;
            client.begin(
                name.path(),
                Operation {
                    product,
                    name: operation.name,
                },
            );
        }
        let like = Self {
            terraform_labels: Computed::known(asked),
            ..desired.clone()
        };
        let object = Self::of(client, &name, body, Some(&like));
        Ok(Created::Pending {
            object,
            reason: "Google is making the repository".to_owned(),
            after: client.defaults.poll_interval,
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, name) = (request.client, request.id);
        let (prior, desired) = (request.prior, request.desired);
        let live = get(client, name)
            .await?
            .ok_or_else(|| vanished("the repository"))?;
        let before = prior.terraform_labels.get();
        let asked = labels::asked(client, desired.labels.as_ref(), before);
        let written = labels::written(&asked, before, live.labels.as_ref());
        let body = desired.wire(written);
        let standing = wire::Repository {
            labels: live.labels.clone().filter(|labels| !labels.is_empty()),
            ..prior.wire(Labels::new())
        };
        let mask = mask(&standing, &body).join(",");
        let like = Self {
            terraform_labels: Computed::known(asked),
            ..desired.clone()
        };
        if mask.is_empty() {
            return Ok(Created::Done(Self::of(client, name, live, Some(&like))));
        }
        let path = name.path();
        let query = [("updateMask", mask.as_str())];
        let ask = Ask::new(Product::ArtifactRegistry, &path, "change the repository").query(&query);
        let _: wire::Repository = client.api.patch(ask, &body).await?;
        // What the service answers to a change lacks what it tells when it is asked.
        let now = get(client, name)
            .await?
            .ok_or_else(|| vanished("the repository"))?;
        Ok(Created::Done(Self::of(client, name, now, Some(&like))))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(kept) = fields::kept(request.prior.map(|prior| &prior.deletion_policy))? {
            return Ok(kept);
        }
        let (client, path) = (request.client, request.id.path());
        let ask = Ask::new(Product::ArtifactRegistry, &path, "delete the repository");
        let Some(operation) = client.api.delete::<crate::client::WireOperation>(ask).await? else {
            return Ok(Deleted::Gone);
        };
        if !operation.done && !operation.name.is_empty() {
            let product = Product::ArtifactRegistry;
            let name = operation.name;
            client.begin(path, Operation { product, name });
        }
        Ok(Deleted::Pending {
            reason: "Google is deleting the repository and its images".to_owned(),
            after: client.defaults.poll_interval,
        })
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<RepositoryName> {
        let project = fields::project_known(client, desired)?;
        let location = match desired.text("location") {
            Some(location) => location.to_owned(),
            None => client.location().ok()?,
        };
        RepositoryName::known([Some(&project), Some(&location), desired.text("repository_id")])
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let mut told = labels::foreseen(client, desired);
        told.push(fields::deletion_policy(client));
        if let Some(name) = Self::identify(client, desired) {
            told.extend([
                ("project", Value::string(name.part(0))),
                ("location", Value::string(name.part(1))),
                ("name", Value::string(name.part(2))),
                ("id", Value::string(name.path())),
            ]);
        }
        told
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(&request).await
    }

    fn parse_import(client: &Client, text: &str) -> Result<RepositoryName, Error> {
        RepositoryName::imported(text, client)
    }
}

/// A location that Google does not name: it says only that an argument is wrong.
fn invalid_location(location: &str) -> Error {
    let message = format!(
        "Google refused the repository without saying why; the location `{}` or the id may be wrong",
        regprov_http::sanitize(location)
    );
    Error::new(ErrorKind::Invalid(attribute("location")), message)
        .remedy("`gcloud artifacts locations list` shows the locations.")
}
