//! The planner driven by hand: configuration and recorded objects in, the plan as text out.

mod cloud;
mod drive;

mod apply;
mod basics;
mod changes;
mod destroy;
mod errors;
mod modules;
mod providers;
