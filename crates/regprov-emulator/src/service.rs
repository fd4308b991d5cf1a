//! Which emulated service a request is for.

use std::fmt;

use crate::google;

/// The front door that a request came through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The main port: Azure's login, ARM and Graph, told apart by path.
    AzureMain,
    /// OVHcloud's API, on the main port too.
    Ovh,
    /// The host of this name of Google's: an API, below `/google/HOST` of the main port, or a registry, which has a port too.
    Google(String),
    /// Docker Hub's API, on the main port too.
    DockerHub,
    /// Docker Hub's registry and its token service.
    DockerRegistry,
    /// The data plane of the Azure container registry of this name.
    Registry(String),
    /// The Harbor instance of this name: its API, its token service and its registry.
    Harbor(String),
}

impl Service {
    /// The service of the sandbox that stands for a well-known host, such as `iam.googleapis.com` or `europe-docker.pkg.dev`.
    pub fn of_host(host: &str) -> Option<Self> {
        google::is_host(host).then(|| Self::Google(host.to_ascii_lowercase()))
    }

    /// The service that has its own port under this name; none for the main port.
    pub(crate) fn of_port(name: &str) -> Option<Self> {
        match name.split_once('/')? {
            ("registry", name) => Some(Self::Registry(name.to_owned())),
            ("dockerhub", "registry") => Some(Self::DockerRegistry),
            ("harbor", name) => Some(Self::Harbor(name.to_owned())),
            ("google", host) => Some(Self::Google(host.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AzureMain => out.write_str("azure"),
            Self::Ovh => out.write_str("ovh"),
            Self::Google(host) => write!(out, "google/{host}"),
            Self::DockerHub => out.write_str("dockerhub"),
            Self::DockerRegistry => out.write_str("dockerhub/registry"),
            Self::Registry(name) => write!(out, "registry/{name}"),
            Self::Harbor(name) => write!(out, "harbor/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_with_its_own_port_is_found_by_its_printed_name() {
        let host = "us-docker.pkg.dev".to_owned();
        for service in [
            Service::Registry("a".into()),
            Service::Harbor("b-1".into()),
            Service::Google(host),
            Service::DockerRegistry,
        ] {
            assert_eq!(Service::of_port(&service.to_string()), Some(service));
        }
        assert_eq!(Service::of_port("main"), None);
    }
}
