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
mod ids;
mod knobs;
mod oci;
mod scene;
mod seal;
mod service;
mod store;

pub use knobs::{Knobs, LroMode};
pub use scene::Condition;
pub use service::Service;
