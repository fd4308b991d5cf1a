//! Data sources.

mod access;
mod capabilities;
mod registry;
mod storage;
mod user;

pub(crate) use access::{ManagementRestrictions, Oidc, RegistryRestrictions};
pub(crate) use capabilities::{Capabilities, CapabilitiesFilter};
pub(crate) use registry::{Registries, Registry, RegistryUsers};
pub(crate) use storage::{Storage, Storages};
pub(crate) use user::{S3Credential, S3Credentials, S3Policy, User, Users};
