//! The executor for Harbor: projects, robot accounts, and what stands around them.
//!
//! One provider, `harbor`, over one [`Client`]: basic, bearer or session authentication on every request, no cookie kept. A
//! resource type is one file, its wire forms are in the private `wire` module beside it. Adding one touches its file and one
//! row of `provider/table.rs`.
//!
//! Deliberately absent: waiting, retrying, comparing. The engine does these.

mod client;
mod credentials;
mod fields;
mod gates;
mod id;
mod names;
mod provider;
mod services;
mod settings;

mod project;
mod robot_account;

pub(crate) use client::Ask;
pub use client::Client;
pub use provider::provider;
pub use services::{Certificates, Networks, Services};
