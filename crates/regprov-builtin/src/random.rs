//! `random_*`: values drawn once and kept in the state.

mod bytes;
mod draw;
mod id;
mod integer;
mod one_run;
mod pet;
mod seeded;
mod shuffle;
mod text;
mod uuid;

use crate::package::{Package, Surroundings};
use regprov_provider::Provider;
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("random", &["hashicorp/random"], surroundings);
    package.major = 3;
    package.resources = vec![
        regprov_provider::resource::<bytes::RandomBytes>(),
        regprov_provider::resource::<id::RandomId>(),
        regprov_provider::resource::<integer::RandomInteger>(),
        regprov_provider::resource::<text::RandomPassword>(),
        regprov_provider::resource::<pet::RandomPet>(),
        regprov_provider::resource::<shuffle::RandomShuffle>(),
        regprov_provider::resource::<text::RandomString>(),
        regprov_provider::resource::<uuid::RandomUuid>(),
    ];
    package.ephemerals = vec![regprov_provider::ephemeral::<one_run::PasswordOfOneRun>()];
    Arc::new(package)
}
