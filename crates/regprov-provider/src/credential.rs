//! The push credential that objects yield.

use jiff::Timestamp;
use regprov_addr::InstanceAddress;
use regprov_schema::Secret;
use regprov_value::Value;

/// An object of the state, as a provider sees it when it looks for credentials; secrets are in clear.
pub struct CredentialObject<'a> {
    /// Where the object is declared.
    pub address: &'a InstanceAddress,
    /// The resource type.
    pub resource_type: &'a str,
    /// The object.
    pub value: &'a Value,
    /// The host that images are pushed to, where it belongs to the connection that made the object.
    pub registry: Option<&'a str>,
}

/// What can push images: a host, a name, a secret.
#[derive(Clone, Debug)]
pub struct PushCredential {
    /// The instance whose secret it is.
    pub address: InstanceAddress,
    /// The registry's host, with its port where it has one, without a scheme.
    pub host: String,
    /// The login name.
    pub username: String,
    /// The password.
    pub secret: Secret<String>,
    /// Which registry it is.
    pub kind: RegistryKind,
    /// What it may do.
    pub rights: Rights,
    /// Where inside the registry it may do it; `None`: everywhere.
    pub repository_prefix: Option<String>,
    /// A repository to prove itself with, where the registry makes whatever is pushed to and takes no name of several levels.
    pub probe: Option<String>,
    /// When it was made, as far as its objects tell; a new credential takes a while to be accepted.
    pub made_at: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// What is unwise about it, as sentences with the fix.
    pub warnings: Vec<String>,
}

/// The kind of a registry, as far as its consumers must tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegistryKind {
    /// Azure Container Registry.
    Azure,
    /// Google Artifact Registry.
    ArtifactRegistry,
    /// The `gcr.io` hosts.
    Gcr,
    /// Docker Hub.
    DockerHub,
    /// Harbor, and OVHcloud's managed registry.
    Harbor,
    /// Any registry of the distribution specification.
    Generic,
}

/// What a credential may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// It may pull.
    pub pull: bool,
    /// It may push.
    pub push: bool,
    /// It may delete.
    pub delete: bool,
}
