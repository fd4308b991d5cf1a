//! Resource types without a cloud: `terraform_data`, `null_resource`, `random_*`, `time_*`.
//!
//! Their objects live in the state alone. The clock and randomness enter by [`Surroundings`].

mod null;
mod package;
mod random;
mod terraform_data;
mod time;

pub use package::{Fill, Surroundings};

use regprov_provider::Provider;
use std::sync::Arc;

/// All built-in providers: `terraform`, `null`, `random`, `time`.
#[must_use]
pub fn providers(surroundings: &Surroundings) -> Vec<Arc<dyn Provider>> {
    vec![
        terraform_data::provider(surroundings),
        null::provider(surroundings),
        random::provider(surroundings),
        time::provider(surroundings),
    ]
}
