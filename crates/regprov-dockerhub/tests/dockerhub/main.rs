//! The provider against the sandbox, in one process and without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests fail by panicking"
)]

mod connecting;
mod harness;
// The laws are the same for every cloud; only the world that they are held in differs.
#[path = "../../../regprov-azure/tests/azure/laws.rs"]
mod laws;
mod organizations;
mod repositories;
mod tokens;
