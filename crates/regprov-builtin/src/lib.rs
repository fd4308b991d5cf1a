//! Resource types without a cloud: `terraform_data`, `null_resource`, `random_*`, `time_*`, `local_*`, `tls_*`.
//!
//! Their objects live in the state, and those of `local_*` in files. Clock, randomness and the place for files enter by
//! [`Surroundings`].

mod files;
mod local;
mod null;
mod package;
mod random;
mod remote_state;
mod terraform_data;
mod tfvars;
mod time;
mod tls;

pub use files::LocalFiles;
pub use package::{Fill, Now, Surroundings};
pub use remote_state::OtherStates;

use regprov_provider::Provider;
use std::sync::Arc;

/// All built-in providers: `terraform`, `null`, `random`, `time`, `local`, `tls`.
#[must_use]
pub fn providers(surroundings: &Surroundings) -> Vec<Arc<dyn Provider>> {
    vec![
        terraform_data::provider(surroundings),
        null::provider(surroundings),
        random::provider(surroundings),
        time::provider(surroundings),
        local::provider(surroundings),
        tls::provider(surroundings),
    ]
}
