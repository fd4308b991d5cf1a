//! What holds for every provider, and a world of the sandbox to hold it against.
//!
//! For tests only. It panics where a test would: what cannot be set up cannot be tested. It names no provider, so that the tests
//! of each can stand on it, those beside the code too.

mod law;
pub mod schemas;
mod stage;
mod world;

pub use law::{Law, differences};
pub use stage::{Offline, Route, SandboxClock, sandbox, transport};
pub use world::{World, connect, text};
