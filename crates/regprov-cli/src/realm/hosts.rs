//! The hosts of clouds that are the same for everybody: in the sandbox they are found on loopback.

use async_trait::async_trait;
use regprov_emulator::Service;
use regprov_http::{Request, Response, Transport, TransportError};
use std::sync::Arc;
use url::Url;

/// Sends what is for a well-known host, such as `iam.googleapis.com` or `us-docker.pkg.dev`, to the sandbox.
pub(super) struct Mapped {
    inner: Arc<dyn Transport>,
    base: Url,
}

impl Mapped {
    /// The hosts stand below `base`.
    pub(super) fn new(inner: Arc<dyn Transport>, base: &Url) -> Self {
        Self {
            inner,
            base: base.clone(),
        }
    }
}

/// Where a URL of a well-known host is found; none where it is of another host.
fn found(base: &Url, url: &Url) -> Option<Url> {
    let host = url.host_str().filter(|host| Service::of_host(host).is_some())?;
    let mut mapped = base.clone();
    mapped.set_path(&format!("{}{host}{}", base.path(), url.path()));
    mapped.set_query(url.query());
    Some(mapped)
}

#[async_trait]
impl Transport for Mapped {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match found(&self.base, &request.url) {
            Some(url) => self.inner.send(Request { url, ..request }).await,
            None => self.inner.send(request).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_known_host_is_found_on_loopback_and_another_one_where_it_is() {
        let base = Url::parse("https://localhost:4000/google/").unwrap();
        let found = |url: &str| found(&base, &Url::parse(url).unwrap()).map(String::from);
        assert_eq!(
            found("https://europe-docker.pkg.dev/v2/p/r/i/manifests/a%2Fb?x=1%202").as_deref(),
            Some("https://localhost:4000/google/europe-docker.pkg.dev/v2/p/r/i/manifests/a%2Fb?x=1%202")
        );
        assert_eq!(found("https://registry.example.org/v2/"), None);
        assert_eq!(found("http://localhost:4000/google/iam.googleapis.com/"), None);
    }
}
