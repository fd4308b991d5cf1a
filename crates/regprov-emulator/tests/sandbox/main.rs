//! The sandbox from outside: direct calls and real sockets.

mod directory;
mod durability;
mod faults;
mod login;
mod scenes;
mod sockets;
mod support;
