//! The provider against the sandbox, in one process and without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests fail by panicking"
)]

mod accounts;
mod connecting;
mod federation;
mod harness;
mod holders;
mod policies;
mod repositories;
mod signing_in;
mod traffic;
