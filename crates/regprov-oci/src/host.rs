//! Names of registries.

use regprov_http::{BaseUri, is_loopback};
use std::fmt;
use url::Url;

/// A registry's `host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryHost(String);

/// A text that names no registry.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` does not name a registry: a host is wanted, with a port where it is not 443, such as `example.azurecr.io`"
)]
pub struct RegistryHostError(String);

impl RegistryHost {
    /// Reads a host. A scheme and a path, as docker's configuration has them, are left out; the names of Docker Hub
    /// become the host that serves its images.
    ///
    /// # Errors
    ///
    /// The text is no host.
    pub fn parse(text: &str) -> Result<Self, RegistryHostError> {
        let error = || RegistryHostError(regprov_http::sanitize(text));
        let bare = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .unwrap_or(text);
        let bare = bare.split('/').next().unwrap_or_default();
        if bare.is_empty() || bare.contains(['@', '?', '#']) {
            return Err(error());
        }
        let url = Url::parse(&format!("https://{bare}/")).map_err(|_| error())?;
        let name = url.host_str().ok_or_else(error)?;
        let host = match (name, url.port()) {
            ("docker.io" | "index.docker.io" | "registry.hub.docker.com", None) => {
                "registry-1.docker.io".to_owned()
            }
            (name, None) => name.to_owned(),
            (name, Some(port)) => format!("{name}:{port}"),
        };
        Ok(Self(host))
    }

    /// `host[:port]`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address over HTTPS, then, on loopback, over HTTP.
    pub(crate) fn candidates(&self) -> Vec<BaseUri> {
        ["https", "http"]
            .iter()
            .filter_map(|scheme| BaseUri::parse(&format!("{scheme}://{}/", self.0)).ok())
            .collect()
    }
}

impl fmt::Display for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a registry may send its callers, with their credential, to this place for a token: itself, a sibling
/// in its own domain (`auth.docker.io` of `registry-1.docker.io`), or, on loopback, another port.
pub(crate) fn is_trusted_realm(registry: &Url, realm: &Url) -> bool {
    if is_loopback(registry) || is_loopback(realm) {
        return is_loopback(registry) && is_loopback(realm);
    }
    if realm.scheme() != "https" {
        return false;
    }
    let (Some(registry), Some(realm)) = (registry.domain(), realm.domain()) else {
        return registry.host() == realm.host();
    };
    if registry == realm {
        return true;
    }
    match registry.split_once('.') {
        Some((_, domain)) if domain.contains('.') => {
            realm == domain || realm.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_in_which_people_write_a_host_are_read() {
        for (text, host) in [
            ("Example.azurecr.io", "example.azurecr.io"),
            ("https://example.azurecr.io/v2/", "example.azurecr.io"),
            ("127.0.0.1:5000", "127.0.0.1:5000"),
            ("[::1]:5000", "[::1]:5000"),
            ("https://index.docker.io/v1/", "registry-1.docker.io"),
            ("docker.io", "registry-1.docker.io"),
        ] {
            assert_eq!(RegistryHost::parse(text).unwrap().as_str(), host);
        }
        for text in ["", "https://", "user@host", "a b", "host:port"] {
            assert!(RegistryHost::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn plain_http_is_tried_on_loopback_only() {
        assert_eq!(
            RegistryHost::parse("localhost:5000").unwrap().candidates().len(),
            2
        );
        assert_eq!(
            RegistryHost::parse("example.azurecr.io")
                .unwrap()
                .candidates()
                .len(),
            1
        );
    }

    #[test]
    fn a_credential_goes_only_where_the_registry_belongs() {
        let trusted = |registry: &str, realm: &str| {
            is_trusted_realm(&Url::parse(registry).unwrap(), &Url::parse(realm).unwrap())
        };
        assert!(trusted(
            "https://registry-1.docker.io",
            "https://auth.docker.io/token"
        ));
        assert!(trusted(
            "https://x.azurecr.io",
            "https://x.azurecr.io/oauth2/token"
        ));
        assert!(trusted("http://127.0.0.1:5000", "http://127.0.0.1:5001/token"));
        assert!(trusted(
            "https://registry.example.com",
            "https://gitlab.example.com/jwt/auth"
        ));
        assert!(!trusted(
            "https://x.azurecr.io",
            "http://x.azurecr.io/oauth2/token"
        ));
        assert!(!trusted("https://x.azurecr.io", "https://evil-azurecr.io/"));
        assert!(!trusted("https://example.com", "https://evil.com/"));
        assert!(!trusted("https://x.azurecr.io", "http://127.0.0.1/"));
        assert!(!trusted("http://127.0.0.1:5000", "https://evil.example/"));
    }
}
