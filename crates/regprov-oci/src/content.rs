//! Blobs and manifests: push, pull, delete.

use crate::error::{RegistryError, RegistryErrorKind};
use crate::image::MANIFEST_TYPE;
use crate::{Digest, RegistryClient};
use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, LOCATION};
use regprov_http::{Request, Response};
use url::Url;

impl RegistryClient {
    /// Pushes a blob.
    ///
    /// # Errors
    ///
    /// The registry refuses it or cannot be reached.
    pub async fn push_blob(&self, repository: &str, blob: &Bytes) -> Result<Digest, RegistryError> {
        const OPERATION: &str = "push a blob";
        let scope = pushing(repository);
        let digest = Digest::of(blob);
        let mut url = self.start_upload(repository, OPERATION).await?;
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        let request =
            Request::new(Method::PUT, url, OPERATION).bytes(blob.clone(), "application/octet-stream");
        // Not repeated by itself: the upload is gone once it is complete.
        let outcome = self.send(request.not_idempotent(), Some(&scope)).await;
        let error = match outcome {
            Ok(response) if response.status.is_success() => return Ok(digest),
            Ok(response) => self.denial(OPERATION, &response),
            Err(error) => error,
        };
        // The answer may have been lost although the blob arrived.
        let arrived =
            matches!(error.kind, RegistryErrorKind::Network) && self.has_blob(repository, &digest).await?;
        if arrived { Ok(digest) } else { Err(error) }
    }

    /// Opens an upload; gives where its content is to be sent.
    pub(crate) async fn start_upload(
        &self,
        repository: &str,
        operation: &'static str,
    ) -> Result<Url, RegistryError> {
        let url = self.url(repository, &["blobs", "uploads", ""]).await?;
        // An upload that nobody completes goes away by itself.
        let request = Request::new(Method::POST, url.clone(), operation).idempotent();
        let response = self.send(request, Some(&pushing(repository))).await?;
        if response.status.as_u16() != 202 {
            return Err(self.denial(operation, &response));
        }
        let location = response
            .header(LOCATION.as_str())
            .and_then(|location| url.join(location).ok());
        location.ok_or_else(|| {
            let message = format!("failed to {operation}: the registry does not say where to send it");
            RegistryError::new(RegistryErrorKind::NotARegistry, message)
        })
    }

    /// Gives up an upload; whether the registry lets go of it at once does not matter.
    pub(crate) async fn cancel_upload(&self, repository: &str, upload: Url) {
        let request = Request::new(Method::DELETE, upload, "give up an upload");
        // It goes away by itself otherwise.
        let _ = self.send(request, Some(&pushing(repository))).await;
    }

    async fn has_blob(&self, repository: &str, digest: &Digest) -> Result<bool, RegistryError> {
        let url = self.url(repository, &["blobs", digest.as_str()]).await?;
        let request = Request::new(Method::HEAD, url, "look for a blob");
        Ok(self
            .send(request, Some(&pushing(repository)))
            .await?
            .status
            .is_success())
    }

    /// Pushes a manifest under a tag.
    ///
    /// # Errors
    ///
    /// The registry refuses it or cannot be reached.
    pub async fn push_manifest(
        &self,
        repository: &str,
        tag: &str,
        manifest: &Bytes,
    ) -> Result<Digest, RegistryError> {
        const OPERATION: &str = "push the manifest";
        let url = self.url(repository, &["manifests", tag]).await?;
        let request = Request::new(Method::PUT, url, OPERATION).bytes(manifest.clone(), MANIFEST_TYPE);
        let response = self.send(request, Some(&pushing(repository))).await?;
        if response.status.is_success() {
            Ok(Digest::of(manifest))
        } else {
            Err(self.denial(OPERATION, &response))
        }
    }

    /// Pulls a manifest by tag or digest.
    ///
    /// # Errors
    ///
    /// The registry refuses it, has none, or cannot be reached.
    pub async fn pull_manifest(&self, repository: &str, reference: &str) -> Result<Bytes, RegistryError> {
        const OPERATION: &str = "pull the manifest";
        let url = self.url(repository, &["manifests", reference]).await?;
        let request = Request::get(url, OPERATION).header(ACCEPT, MANIFEST_TYPE);
        let request = request.expect("a media type is fit for a header");
        self.content(repository, request).await
    }

    /// Pulls a blob and checks that it is the one asked for.
    ///
    /// # Errors
    ///
    /// The registry refuses it, has none, gives another, or cannot be reached.
    pub async fn pull_blob(&self, repository: &str, digest: &Digest) -> Result<Bytes, RegistryError> {
        const OPERATION: &str = "pull a blob";
        let url = self.url(repository, &["blobs", digest.as_str()]).await?;
        let blob = self.content(repository, Request::get(url, OPERATION)).await?;
        let found = Digest::of(&blob);
        if found == *digest {
            return Ok(blob);
        }
        let message = format!("failed to {OPERATION}: {digest} was asked for, and {found} came");
        Err(RegistryError::new(RegistryErrorKind::Mismatch, message))
    }

    async fn content(&self, repository: &str, request: Request) -> Result<Bytes, RegistryError> {
        let operation = request.operation;
        let response = self.send(request, Some(&pulling(repository))).await?;
        if response.status.is_success() {
            Ok(response.body)
        } else {
            Err(self.denial(operation, &response))
        }
    }

    /// Deletes a manifest by its digest.
    ///
    /// # Errors
    ///
    /// The registry refuses it, has none, or cannot be reached.
    pub async fn delete_manifest(&self, repository: &str, digest: &Digest) -> Result<(), RegistryError> {
        const OPERATION: &str = "delete the image";
        let url = self.url(repository, &["manifests", digest.as_str()]).await?;
        let scope = format!("repository:{repository}:delete");
        let response: Response = self
            .send(Request::new(Method::DELETE, url, OPERATION), Some(&scope))
            .await?;
        if response.status.is_success() {
            Ok(())
        } else {
            Err(self.denial(OPERATION, &response))
        }
    }

    async fn url(&self, repository: &str, rest: &[&str]) -> Result<Url, RegistryError> {
        if !is_repository(repository) {
            let message = format!(
                "`{}` is no name of a repository: lower-case letters, digits, and between them `.`, `_`, `-`, `/`",
                regprov_http::sanitize(repository)
            );
            return Err(RegistryError::new(RegistryErrorKind::Rejected, message));
        }
        let access = self.access().await?;
        let segments = ["v2"]
            .into_iter()
            .chain(repository.split('/'))
            .chain(rest.iter().copied());
        Ok(access.base.segments(segments))
    }
}

pub(crate) fn pushing(repository: &str) -> String {
    format!("repository:{repository}:pull,push")
}

fn pulling(repository: &str) -> String {
    format!("repository:{repository}:pull")
}

/// The grammar of the distribution specification, a little wider: any run of separators.
fn is_repository(name: &str) -> bool {
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = part.as_bytes();
        let ends =
            bytes.first().is_some_and(|byte| inner(*byte)) && bytes.last().is_some_and(|byte| inner(*byte));
        ends && bytes
            .iter()
            .all(|byte| inner(*byte) || matches!(byte, b'.' | b'_' | b'-'))
    };
    name.len() <= 255 && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::is_repository;

    #[test]
    fn names_of_repositories_are_told_from_others() {
        for name in ["a", "a/b", "regprov-probe/0af3", "a__b.c/d", "0"] {
            assert!(is_repository(name), "{name}");
        }
        for name in ["", "A", "a//b", "/a", "a/", "a/../b", "-a", "a:b", "a b", "a%2fb"] {
            assert!(!is_repository(name), "{name}");
        }
    }
}
