//! Operations: recover, plan, apply, import, and the credentials of a state.
//!
//! The engine waits, retries, polls and compares; a resource type only asks its service. Every write is recorded in the
//! journal before it is sent and again before anything depends on it. Deliberately absent: terminals, arguments, clouds.

mod applying;
pub mod codes;
mod connect;
mod convert;
mod creating;
mod credentials;
mod deferred;
mod deleting;
mod event;
mod freshness;
mod importing;
mod local;
mod looking;
mod node;
mod openings;
mod patience;
mod planning;
mod recover;
mod report;
mod satisfy;
mod secrets;
mod services;
mod updating;
mod write;

pub use applying::{Applied, Deed, check_saved};
pub use connect::Connections;
pub use convert::{output_state, prior, prior_output};
pub use event::{Event, Observer, Silent};
pub use local::{LocalCommands, RunLocal};
pub use node::parse_duration;
pub use planning::{PlanRequest, Planned};
pub use report::{connect_failure, detail, service_failure, state_failure, write_failure};
pub use satisfy::Disk;
pub use secrets::{declare_as_terraform, declare_secrets};
pub use services::{Engine, Stop};
pub use write::WriteError;
