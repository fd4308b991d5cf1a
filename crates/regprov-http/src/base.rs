//! Base addresses: joining paths safely, and saying which URLs belong to them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::Ipv4Addr;
use url::{Host, Url};

/// What stays as it is inside a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'$')
    .remove(b'(')
    .remove(b')')
    .remove(b':')
    .remove(b'@')
    .remove(b'=')
    .remove(b',');

/// The address of an API: `https://management.azure.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUri(Url);

/// A text that is no base address.
#[derive(Debug, thiserror::Error)]
pub enum BaseUriError {
    /// It is no URL.
    #[error("`{text}` is not a URL")]
    NotAUrl {
        /// The text.
        text: String,
        /// Why.
        #[source]
        source: url::ParseError,
    },
    /// It is not HTTPS.
    #[error("`{0}` must begin with `https://`; `http://` is accepted only for loopback addresses")]
    Scheme(String),
    /// It carries what a base address must not.
    #[error("a base address must not carry user information, a query or a fragment")]
    Decorated,
}

impl BaseUri {
    /// Reads a base address: HTTPS, or HTTP on loopback.
    ///
    /// # Errors
    ///
    /// It is no URL, not safe, or carries a user, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, BaseUriError> {
        let url = Url::parse(text).map_err(|source| BaseUriError::NotAUrl {
            text: crate::sanitize(text),
            source,
        })?;
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(BaseUriError::Decorated);
        }
        if !is_safe(&url) {
            return Err(BaseUriError::Scheme(crate::message::shown(&url)));
        }
        Ok(Self(url))
    }

    /// The address itself.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Adds a path that is already written as in the API's documentation (`/subscriptions/x/…`). Characters
    /// that a path cannot hold are escaped; `.` and `..` stay data.
    #[must_use]
    pub fn path(&self, path: &str) -> Url {
        self.segments(path.split('/').filter(|segment| !segment.is_empty()))
    }

    /// Adds path segments, each escaped, so that none can leave its place.
    #[must_use]
    pub fn segments<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut path = self.0.path().trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            if segment == "." || segment == ".." {
                // A URL parser takes `%2e` for a dot too; no API has such a name.
                path.push_str(&segment.replace('.', "%252e"));
            } else {
                path.extend(utf8_percent_encode(segment, SEGMENT));
            }
        }
        let mut url = self.0.clone();
        url.set_path(&path);
        url
    }

    /// Whether a URL has this address' scheme, host and port.
    #[must_use]
    pub fn owns(&self, url: &Url) -> bool {
        same_origin(&self.0, url)
    }
}

/// Whether two URLs have the same scheme, host and port.
pub(crate) fn same_origin(left: &Url, right: &Url) -> bool {
    left.scheme() == right.scheme()
        && left.host() == right.host()
        && left.port_or_known_default() == right.port_or_known_default()
}

/// Whether a URL points at this machine: a loopback address, `localhost` or a name below it.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// The metadata service of a virtual machine: a link-local address, so that no request to it leaves the machine's own link.
/// The clouds serve it over plain HTTP only.
const METADATA_SERVICE: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// Whether a request to this URL may be sent at all: HTTPS, or HTTP on loopback and to the metadata service.
pub(crate) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url) || url.host() == Some(Host::Ipv4(METADATA_SERVICE)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_cannot_leave_its_place() {
        let base = BaseUri::parse("https://h.example/api/").unwrap();
        let url = base.segments(["a/b", "..", "c?d#e", "ö"]);
        assert_eq!(
            url.as_str(),
            "https://h.example/api/a%2Fb/%252e%252e/c%3Fd%23e/%C3%B6"
        );
    }

    #[test]
    fn documented_paths_are_joined_as_written() {
        let base = BaseUri::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!(
            base.path("/subscriptions/s/providers/Microsoft.X/y").as_str(),
            "http://127.0.0.1:8080/subscriptions/s/providers/Microsoft.X/y"
        );
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(BaseUri::parse("http://example.com").is_err());
        for text in [
            "http://localhost:1",
            "http://x.localhost",
            "http://127.9.9.9",
            "http://[::1]:9",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(BaseUri::parse(text).is_ok(), "{text}");
        }
        for text in [
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://notlocalhost",
            "ftp://localhost",
        ] {
            assert!(BaseUri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_base_address_carries_no_secret() {
        assert!(BaseUri::parse("https://user:pass@h.example").is_err());
        assert!(BaseUri::parse("https://h.example/?sig=1").is_err());
    }
}
