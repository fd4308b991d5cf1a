//! The planner driven by hand: configuration and recorded objects in, the plan as text out.

#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod cloud;
mod drive;

mod apply;
mod basics;
mod changes;
mod destroy;
mod ephemeral;
mod errors;
mod golden;
mod modules;
mod providers;
mod refactoring;
