//! The provider contract: what a resource type must tell and do, its errors, and the erased boundary.
//!
//! A resource only asks its service. The engine waits, retries, polls and compares; *known after apply* never reaches a
//! resource.

mod credential;
mod data_source;
mod ephemeral;
mod erased;
mod error;
mod partial;
mod provider;
mod refusal;
mod resource;

pub use credential::{CredentialObject, PushCredential, RegistryKind, Rights};
pub use data_source::{DataSource, ReadDataRequest};
pub use ephemeral::{AnyEphemeral, EphemeralResource, Opened, ephemeral};
pub use erased::{
    AnyCreate, AnyDataSource, AnyDelete, AnyFind, AnyPlan, AnyPreflight, AnyRead, AnyReadMany, AnyResource,
    AnyRevoke, AnyUpdate, ErasedDataSource, ErasedResource, data_source, data_source_of, resource,
    resource_of, resource_with_zeros_as_null,
};
pub use error::{Error, ErrorKind};
pub use partial::Partial;
pub use provider::{ConnectRequest, Connection, Environment, Provider};
pub use resource::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, FindRequest, Finding, Mark,
    Observed, PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource, RevokeRequest, Revoked,
    UpdateRequest,
};
