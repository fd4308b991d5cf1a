//! The executor for Google: Artifact Registry (which serves `gcr.io` too), service accounts and their keys, IAM policies,
//! services of a project, workload identity federation.
//!
//! One provider, `google`, over one [`Client`]. A resource type is one file, its wire forms are in the private `wire` module
//! beside it. Adding one touches its file and one row of `provider/table.rs`. All members, bindings and policies of IAM are
//! made by one macro (`iam`) over one actor that writes each policy once for all that is ready (`policy`).
//!
//! Deliberately absent: waiting for what is not visible yet, retrying, comparing. The engine does these.

mod authentication;
mod client;
mod credentials;
mod data;
mod endpoints;
mod fields;
mod functions;
mod iam;
mod id;
mod labels;
mod policy;
mod provider;
mod services;
mod settings;

mod container_registry;
mod custom_role;
mod project_service;
mod repository;
mod service_account;
mod service_account_key;
mod workload_identity_pool;
mod workload_identity_pool_provider;

pub use client::Client;
pub use provider::{provider, provider_with_keys};
pub use service_account_key::draw_key;
pub use services::{DrawKey, Services};
