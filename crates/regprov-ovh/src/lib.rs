//! The executor for OVHcloud: managed registries, Public Cloud users, S3 credentials, buckets.
//!
//! One provider, `ovh`, over one [`Client`]: signed requests, or an access token. A resource type is one file, its wire forms
//! are in the private `wire` module beside it. Adding one touches its file and one row of `provider/table.rs`.
//!
//! Deliberately absent: waiting, retrying, comparing. The engine does these.

mod client;
mod credentials;
mod data;
mod endpoints;
mod id;
mod provider;
mod rights;
mod services;
mod settings;

mod container_registry;
mod container_registry_iam;
mod container_registry_ip_restrictions;
mod container_registry_oidc;
mod container_registry_user;
mod s3_credential;
mod s3_policy;
mod storage;
mod user;

pub use client::Client;
pub use provider::provider;
pub use services::Services;
