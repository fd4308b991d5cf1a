//! Data sources.

mod identity;
mod images;
mod keys;
mod policies;
mod project;
mod repositories;

pub(crate) use identity::{ClientConfig, OpenIdUserInfo};
pub(crate) use images::DockerImage;
pub(crate) use keys::{ServiceAccount, ServiceAccountKey};
pub(crate) use policies::{IamPolicy, RepositoryIamPolicy};
pub(crate) use project::Project;
pub(crate) use repositories::{RegistryRepository, Repository};

use regprov_provider::{Error, ErrorKind};

/// What was asked for is not there.
fn missing(what: &str) -> Error {
    Error::new(ErrorKind::Invalid(None), format!("{what} not found")).remedy(
        "Check its name and its project; what is made in the same run must be referred to, not named.",
    )
}
