//! What has a policy: how it is named, and how its policy is read and written.

use super::wire::Policy;
use crate::client::{Api, Ask};
use crate::endpoints::Product;
use regprov_provider::{Error, ErrorKind};
use serde::Serialize;
use std::fmt;

/// A kind of what has a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HolderKind {
    /// A repository.
    Repository,
    /// A project.
    Project,
    /// A service account.
    ServiceAccount,
    /// A bucket.
    Bucket,
}

/// What has a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// A repository.
    Repository {
        project: String,
        location: String,
        repository: String,
    },
    /// A project.
    Project(String),
    /// A service account by its full name.
    ServiceAccount(String),
    /// A bucket.
    Bucket(String),
}

#[derive(Serialize)]
struct GetOptions {
    options: Options,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    requested_policy_version: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    policy: Policy,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_mask: Option<&'static str>,
}

const READ: &str = "read the policy";
const WRITE: &str = "write the policy";
const VERSION: &[(&str, &str)] = &[("options.requestedPolicyVersion", "3")];

impl Holder {
    /// Its name, as Terraform's ids have it.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Repository {
                project,
                location,
                repository,
            } => format!("projects/{project}/locations/{location}/repositories/{repository}"),
            Self::Project(project) => project.clone(),
            Self::ServiceAccount(name) => name.clone(),
            Self::Bucket(bucket) => format!("b/{bucket}"),
        }
    }

    /// The value of an argument that names it.
    pub(crate) fn field(&self, name: &str) -> &str {
        match (self, name) {
            (Self::Repository { project, .. }, "project") => project,
            (Self::Repository { location, .. }, "location") => location,
            (Self::Repository { repository, .. }, _) => repository,
            (Self::Project(name) | Self::ServiceAccount(name) | Self::Bucket(name), _) => name,
        }
    }

    /// Reads a name. Repositories and service accounts have longer names than projects and buckets.
    pub(crate) fn parse(kind: HolderKind, text: &str) -> Option<Self> {
        let text = text.trim_matches('/');
        let parts: Vec<&str> = text.split('/').collect();
        match (kind, parts.as_slice()) {
            (
                HolderKind::Repository,
                [
                    "projects",
                    project,
                    "locations",
                    location,
                    "repositories",
                    repository,
                ]
                | [project, location, repository],
            ) => Some(Self::Repository {
                project: (*project).to_owned(),
                location: (*location).to_owned(),
                repository: (*repository).to_owned(),
            }),
            (HolderKind::Project, [project] | ["projects", project]) if !project.is_empty() => {
                Some(Self::Project((*project).to_owned()))
            }
            (HolderKind::ServiceAccount, ["projects", _, "serviceAccounts", _]) => {
                Some(Self::ServiceAccount(text.to_owned()))
            }
            (HolderKind::Bucket, [bucket] | ["b", bucket]) if !bucket.is_empty() => {
                Some(Self::Bucket((*bucket).to_owned()))
            }
            _ => None,
        }
    }

    const fn product(&self) -> Product {
        match self {
            Self::Repository { .. } => Product::ArtifactRegistry,
            Self::Project(_) => Product::ResourceManager,
            Self::ServiceAccount(_) => Product::Iam,
            Self::Bucket(_) => Product::Storage,
        }
    }

    fn action(&self, action: &str) -> String {
        match self {
            Self::Project(project) => format!("projects/{project}:{action}"),
            Self::Bucket(bucket) => format!("b/{bucket}/iam"),
            Self::Repository { .. } | Self::ServiceAccount(_) => format!("{}:{action}", self.path()),
        }
    }

    /// Reads the policy; `None` where what has it is not there.
    pub(crate) async fn read(&self, api: &Api) -> Result<Option<Policy>, Error> {
        let path = self.action("getIamPolicy");
        let ask = Ask::new(self.product(), &path, READ);
        let read = match self {
            Self::Repository { .. } => api.get(ask.query(VERSION)).await,
            Self::Bucket(_) => {
                api.get(ask.query(&[("optionsRequestedPolicyVersion", "3")]))
                    .await
            }
            Self::ServiceAccount(_) => api.act(ask.query(VERSION)).await.map(Some),
            Self::Project(_) => {
                let options = Options {
                    requested_policy_version: 3,
                };
                api.post(ask, &GetOptions { options }).await.map(Some)
            }
        };
        match read {
            Err(error) if error.kind == ErrorKind::NotYetVisible && error.status == Some(404) => Ok(None),
            read => read,
        }
    }

    /// Writes the policy, where it is still the one that was read. A repeat that was carried out before is a conflict, so that
    /// a lost answer is no danger.
    pub(super) async fn write(&self, api: &Api, policy: Policy) -> Result<Policy, Error> {
        let path = self.action("setIamPolicy");
        let ask = Ask::new(self.product(), &path, WRITE);
        let policy = Policy {
            version: Some(3),
            ..policy
        };
        match self {
            Self::Bucket(_) => api.put(ask, &policy).await,
            Self::Project(_) => {
                let update_mask = Some("bindings,etag,auditConfigs");
                api.post(ask, &Set { policy, update_mask }).await
            }
            Self::Repository { .. } | Self::ServiceAccount(_) => {
                let update_mask = None;
                api.post(ask, &Set { policy, update_mask }).await
            }
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository { repository, .. } => write!(f, "the repository {repository}"),
            Self::Project(project) => write!(f, "the project {project}"),
            Self::ServiceAccount(name) => {
                let email = name.rsplit('/').next().unwrap_or(name);
                write!(f, "the service account {email}")
            }
            Self::Bucket(bucket) => write!(f, "the bucket {bucket}"),
        }
    }
}
