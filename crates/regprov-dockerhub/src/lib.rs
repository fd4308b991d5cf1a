//! The executor for Docker Hub: repositories, access tokens, organizations and their teams.
//!
//! One provider, `docker` (source `docker/docker`), over one [`Client`]. A resource type is one file, its wire forms are beside
//! it. Adding one touches its file and one row of `provider/table.rs`.
//!
//! Deliberately absent: waiting, retrying, comparing. The engine does these.

mod client;
mod credentials;
mod data;
mod id;
mod provider;
mod scopes;
mod services;
mod settings;

mod access_token;
mod hub_repository;
mod hub_repository_team_permission;
mod org_access_token;
mod org_member;
mod org_setting_image_access_management;
mod org_setting_registry_access_management;
mod org_team;
mod org_team_member;

pub use client::Client;
pub use provider::provider;
pub use services::{HelperError, RunHelper, Services};
