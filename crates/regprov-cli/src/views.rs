//! What commands print: text for people, JSON for programs.

pub(crate) mod console;
pub(crate) mod json;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod schema;
pub(crate) mod state;
pub(crate) mod value;
