//! Addresses and attribute paths: parse, print, order.
//!
//! Every address is an immutable value with one printed form, Terraform's, and nothing else in the program invents
//! names for things. For every type here parsing what was printed gives the same value back.
//! Order is for readers: modules group together, data sources come before resources, and numeric keys count
//! (`a[2]` before `a[10]`). This crate knows nothing of values, configuration or state.

mod error;
mod key;
mod module;
mod path;
mod provider;
mod provider_config;
mod resource;
mod scan;
mod target;
mod text;

pub use error::AddressError;
pub use key::InstanceKey;
pub use module::{ModuleAddress, ModuleStep};
pub use path::{AttributePath, AttributeStep};
pub use provider::{DEFAULT_HOSTNAME, DEFAULT_NAMESPACE, OPENTOFU_HOSTNAME, ProviderSource, same_provider};
pub use provider_config::{LocalProvider, ProviderConfigAddress};
pub use resource::{InstanceAddress, ResourceAddress, ResourceMode};
pub use scan::{is_identifier, is_printable};
pub use target::TargetAddress;
