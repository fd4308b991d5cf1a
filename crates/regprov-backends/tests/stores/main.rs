//! Backends by their public face, against stores in memory that answer as the real ones do: names, workspaces, locks, and what is
//! refused. No public emulator of Google's storage honours conditions, so that its fake is here.

mod amazon;
mod answering;
mod cluster;
mod google;
mod microsoft;
mod support;
