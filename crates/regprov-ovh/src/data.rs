//! Data sources.

mod capabilities;
mod registry;

pub(crate) use capabilities::{Capabilities, CapabilitiesFilter};
pub(crate) use registry::{Registries, Registry, RegistryUsers};
