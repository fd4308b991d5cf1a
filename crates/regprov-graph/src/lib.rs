//! Directed acyclic graph: cycles with a readable path, order, ready-queue walk.
//!
//! An edge says "after": the dependent waits for its dependency. Payloads are opaque here; this crate knows nothing of
//! resources. All steps are near-linear in nodes plus edges, and every answer has one deterministic order.

mod cycle;
mod dot;
mod graph;
mod walk;

pub use cycle::{Cycle, CycleError};
pub use graph::{Graph, NodeId};
pub use walk::Walk;
