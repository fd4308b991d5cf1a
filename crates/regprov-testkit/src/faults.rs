//! Faults, one by one and many at once: the reference scenario is cut at every request and every write to the state, the next
//! run puts it in order, and the promises are checked against the clouds' own ledger.
//!
//! Everything is in one thread of one process: the clouds are called without a socket, time is virtual, and a killed process
//! is a future that is dropped with the store as it stands. So a run takes milliseconds and is the same every time.

mod bucket;
mod clouds;
mod command;
mod operator;
mod peril;
mod program;
mod promises;
mod random;
#[cfg(test)]
mod regressions;
mod story;
mod sweep;
mod time;
mod weaken;
mod world;

pub use command::{Ask, ask};
pub use peril::StorePeril;
pub use program::{Program, Row, Stage, registered};
pub use promises::{Promise, Violation};
pub use random::{Schedule, random};
pub use sweep::{Case, Outcome, Peril, Sweeper};
pub use weaken::Weakness;
