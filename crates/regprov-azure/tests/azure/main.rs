//! The providers against the sandbox, in one process and without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests fail by panicking"
)]

mod applications;
mod authentication;
mod directory;
mod harness;
mod identities;
mod parts;
mod planning;
mod registries;
mod roles;
