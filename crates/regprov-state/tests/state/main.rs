//! Tests of the state layer through its public interface.

#[cfg(unix)]
mod crash;
mod faults;
mod files;
mod journal;
mod lock;
#[cfg(unix)]
mod passphrase;
mod remote;
mod sealing;
mod session;
mod snapshot;
mod support;
mod terraform;
