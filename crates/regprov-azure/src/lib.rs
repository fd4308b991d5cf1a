//! The executor for Azure: container registries, Entra identities, role assignments.
//!
//! Two providers, `azurerm` and `azuread`, over one [`Client`]: a login ([`Login`] fetches a token per audience, when it is
//! first needed), the resource manager (ARM) and Microsoft Graph. A resource type is one file, its wire forms are in the
//! private `wire` module beside it. Adding one touches its file and one row of `provider/table.rs`.
//!
//! Deliberately absent: waiting, retrying, comparing. The engine does these.

mod authentication;
mod client;
mod credentials;
mod data;
mod environments;
mod fields;
mod former;
mod functions;
mod id;
mod location;
mod password;
mod permissions;
mod principals;
mod provider;
mod registry_part;
mod roles;
mod services;
mod settings;

mod application;
mod application_federated_identity_credential;
mod application_password;
mod application_registration;
mod cache_rule;
mod container_registry;
mod credential_set;
mod federated_identity_credential;
mod resource_group;
mod role_assignment;
mod scope_map;
mod service_principal;
mod service_principal_password;
mod token;
mod token_password;
mod user_assigned_identity;
mod webhook;

pub use authentication::Login;
pub use client::Client;
pub use provider::{SignedIn, providers, sign_in};
pub use services::{CommandError, CommandOutput, NoCommands, RunCommand, Services};
