//! Backends: where the states of a configuration live, on this machine or across a network.
//!
//! A [`Backend`] is opened from the arguments of a `backend` block, with the names, the defaults and the layout that
//! Terraform gives them, so that an existing block opens the existing state. It has one state for each workspace, and
//! gives each as a [`regprov_state::StateStore`].
//!
//! Every store with conditional writes is driven in one way, by the lease of `Fenced`: one small *head* object
//! holds who writes, until when, and the epoch; whatever is written is conditional on what was read; whoever takes over a
//! lapsed lease first makes the next writes of the last holder impossible. What each store is asked for is the small trait
//! `Objects`, and Terraform's own lock beside it is `TerraformLock`.
//!
//! Environment variables, files, clock and network enter by argument ([`Surroundings`]).

mod azurerm;
mod backend;
mod fenced;
mod gcs;
mod http;
mod kubernetes;
mod local;
mod objects;
mod pg;
mod probe;
mod s3;
mod settings;
mod terraform_lock;
mod xml;

pub use azurerm::{AzureSignIn, SignedIn};
pub use backend::{
    Backend, DEFAULT, KINDS, Network, OpenError, Promise, Surroundings, TlsNeeds, elsewhere, open, schema,
};
pub use fenced::Terms;
pub use settings::{Argument, Kind, Remark, SettingProblem, Settings};
