//! The provider against the sandbox, in one process and without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests fail by panicking"
)]

mod connecting;
mod every_type;
mod harness;
mod projects;
mod robots;
mod system;
