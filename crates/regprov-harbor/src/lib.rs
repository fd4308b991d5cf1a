//! The executor for Harbor: projects, robot accounts, and what stands around them.
//!
//! One provider, `harbor`, over one [`Client`]: basic, bearer or session authentication on every request, no cookie kept. A
//! resource type is one file, its wire forms are in the private `wire` module beside it. Adding one touches its file and one
//! row of `provider/table.rs`.
//!
//! `plain` is what most types share: one request in a collection makes an object, its path reads, changes and deletes it.
//!
//! Deliberately absent: waiting, retrying, comparing. The engine does these.

mod client;
mod configurations;
mod credentials;
mod cron;
mod data;
mod fields;
mod gates;
mod id;
mod names;
mod plain;
mod project_ref;
mod provider;
mod roles;
mod schedules;
mod selectors;
mod services;
mod settings;

mod config_auth;
mod config_security;
mod config_system;
mod garbage_collection;
mod group;
mod immutable_tag_rule;
mod interrogation_services;
mod label;
mod preheat_instance;
mod project;
mod project_member_group;
mod project_member_user;
mod project_webhook;
mod purge_audit_log;
mod registry;
mod replication;
mod retention_policy;
mod robot_account;
mod user;

pub(crate) use client::Ask;
pub use client::Client;
pub use provider::provider;
pub use services::{Certificates, Networks, Services};
