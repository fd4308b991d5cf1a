//! The sandbox from outside: direct calls and real sockets.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod directory;
mod durability;
mod faults;
mod login;
mod scenes;
mod sockets;
mod support;
