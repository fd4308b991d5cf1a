//! Which emulated service a request is for.

use std::fmt;

/// The front door that a request came through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Azure's login, ARM and Graph, told apart by path.
    AzureMain,
    /// The data plane of the container registry of this name.
    Registry(String),
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AzureMain => out.write_str("azure"),
            Self::Registry(name) => write!(out, "registry/{name}"),
        }
    }
}
