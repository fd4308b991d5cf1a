//! Plans, states and runs as JSON, in Terraform's formats. Secrets are absent: their value is null and their place is marked.

mod checks;
mod configuration;
mod plan;
mod relevant;
mod shared;
mod state;
pub(crate) mod stream;

pub(crate) use plan::plan;
pub(crate) use state::state;
