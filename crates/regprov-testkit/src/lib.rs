//! What tests of the whole program stand on: an environment of its own for the real binary, a sandbox whose owner is the
//! test, and a sweep for secrets.
//!
//! For tests only. It panics where a test would: what cannot be set up cannot be tested.

mod assertion;
mod directory;
mod environment;
pub mod faults;
pub mod kills;
mod owner;
mod process;
mod sweep;

pub use directory::{copy_tree, files};
pub use environment::TestEnvironment;
pub use owner::{Cloud, fast};
pub use process::{Child, Finished};
pub use sweep::{Found, Sweep};
