//! The providers against the sandbox, in one process and without sockets.

mod applications;
mod authentication;
mod directory;
mod harness;
mod identities;
mod laws;
mod parts;
mod planning;
mod registries;
mod roles;
