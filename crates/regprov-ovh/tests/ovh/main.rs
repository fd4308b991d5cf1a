//! The provider against the sandbox, in one process and without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests fail by panicking"
)]

mod access;
mod connecting;
mod every_type;
mod harness;
mod registries;
mod storage;
mod users;
