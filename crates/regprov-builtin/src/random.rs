//! `random_*`: values drawn once and kept in the state.

mod draw;
mod id;
mod pet;
mod text;
mod uuid;

use crate::package::{Package, Surroundings};
use regprov_provider::Provider;
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("random", &["hashicorp/random"], surroundings);
    package.major = 3;
    package.resources = vec![
        regprov_provider::resource::<id::RandomId>(),
        regprov_provider::resource::<text::RandomPassword>(),
        regprov_provider::resource::<pet::RandomPet>(),
        regprov_provider::resource::<text::RandomString>(),
        regprov_provider::resource::<uuid::RandomUuid>(),
    ];
    package.left_out = &[
        (
            "random_bytes",
            "Use `random_id`, whose `b64_std` and `hex` hold the same.",
        ),
        (
            "random_integer",
            "Use `random_id` and its `dec`, or write the number.",
        ),
        ("random_shuffle", "Write the order that you want."),
    ];
    Arc::new(package)
}
