//! The sandbox: loopback clouds.
//!
//! One folder holds one sandbox: the objects of every emulated cloud, their secrets (hashed or sealed), the clock, the
//! ledger of requests and the schedule of faults. Each mutation is on disk before its answer leaves, so killing the
//! process undoes nothing. One process owns the folder and listens on loopback; every other process talks to it.
//!
//! Deliberately absent: any code shared with the providers. A mistake made on one side must not cancel itself on the other.

mod answer;
mod azure;
mod call;
mod clock;
mod control;
mod core;
mod dockerhub;
mod faults;
mod gate;
mod google;
mod harbor;
mod ids;
mod inventory;
mod jwt;
mod knobs;
mod ledger;
mod listen;
mod oci;
mod ovh;
mod owner;
mod rsa_keys;
mod sandbox;
mod scene;
mod seal;
mod service;
mod store;
mod tls;

pub use clock::{ClockHandle, ClockMode};
pub use control::client::{Client, ClientError};
pub use dockerhub::world::DockerHubOperator;
pub use faults::{Action, Fault, Phase};
pub use google::description::GoogleExchange;
pub use google::world::GoogleOperator;
pub use inventory::{Inventory, Item};
pub use knobs::{Knobs, LroMode};
pub use ledger::Entry;
pub use listen::ListenError;
pub use ovh::world::OvhOperator;
pub use owner::{
    AzureEndpoints, DockerHubEndpoints, Endpoints, GoogleEndpoints, OpenError, OvhEndpoints, reset,
};
pub use sandbox::{CallError, Opened, Options, Sandbox, open};
pub use scene::{
    Condition, HarborAccess, HarborInstance, Scene, SceneDockerHub, SceneDockerOrganization, SceneDockerUser,
    SceneGoogleProject, SceneHarbor, SceneHarborProject, SceneOvhBucket, SceneOvhProject, SceneOvhRule,
    ScenePerson, SceneResource, SceneResourceGroup, SceneRoleAssignment, SceneServicePrincipal,
    SceneSubscription, SeedError, SeedReport, TokenIssuer,
};
pub use service::Service;
