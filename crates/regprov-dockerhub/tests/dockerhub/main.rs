//! The provider against the sandbox, in one process and without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests fail by panicking"
)]

mod connecting;
mod harness;
mod organizations;
mod registry;
mod repositories;
mod tokens;
