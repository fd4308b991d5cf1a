//! One request to a registry, after its caller's rights are known.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::blobs::Blobs;
use super::digest::Digest;
use super::failure::Failure;
use super::route::{Access, Route};
use super::rows::{self, BLOBS, Blob};
use super::{listing, manifest, upload};
use crate::store::Transaction;

/// What a caller may do, as its cloud decided.
pub(crate) trait Rights {
    /// Whether the caller has an access to a repository, or to the catalogue when none is named.
    fn allows(&self, repository: Option<&str>, access: Access) -> bool;
}

/// Everything that serving one request takes.
pub(crate) struct Visit<'a> {
    /// The registry's key in the rows.
    pub(crate) registry: &'a str,
    /// The request.
    pub(crate) request: &'a Request<Bytes>,
    /// The content of the sandbox.
    pub(crate) content: &'a Blobs,
    /// What the caller may do.
    pub(crate) rights: &'a dyn Rights,
    /// An identifier that no upload has yet.
    pub(crate) fresh_id: String,
    /// The time, in RFC 3339.
    pub(crate) now: String,
}

impl Visit<'_> {
    /// A parameter of the query.
    pub(super) fn query(&self) -> BTreeMap<String, String> {
        let query = self.request.uri().query().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    /// A header as text.
    pub(super) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    }
}

/// Serves a request whose caller has the right that the route needs.
pub(crate) fn serve(tx: &mut Transaction, route: &Route, visit: &Visit<'_>) -> Response<Bytes> {
    let method = visit.request.method().clone();
    let mut response = match dispatch(tx, route, visit) {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    };
    response.headers_mut().insert(
        "docker-distribution-api-version",
        HeaderValue::from_static("registry/2.0"),
    );
    if method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

fn dispatch(tx: &mut Transaction, route: &Route, visit: &Visit<'_>) -> Result<Response<Bytes>, Failure> {
    let method = visit.request.method().as_str();
    match (method, route) {
        ("GET" | "HEAD", Route::Base) => Ok(json_answer(StatusCode::OK, &serde_json::json!({}))),
        ("GET", Route::Catalog) => Ok(listing::catalog(tx, visit)),
        ("GET", Route::Tags { repository }) => listing::tags(tx, visit, repository),
        ("GET", Route::Referrers { repository, digest }) => listing::referrers(tx, visit, repository, digest),
        (
            "GET" | "HEAD",
            Route::Manifest {
                repository,
                reference,
            },
        ) => manifest::get(tx, visit, repository, reference),
        (
            "PUT",
            Route::Manifest {
                repository,
                reference,
            },
        ) => manifest::put(tx, visit, repository, reference),
        (
            "DELETE",
            Route::Manifest {
                repository,
                reference,
            },
        ) => manifest::delete(tx, visit, repository, reference),
        ("GET" | "HEAD", Route::Blob { repository, digest }) => get_blob(tx, visit, repository, digest),
        ("DELETE", Route::Blob { repository, digest }) => delete_blob(tx, visit, repository, digest),
        ("POST", Route::StartUpload { repository }) => upload::start(tx, visit, repository),
        ("GET", Route::Upload { repository, id }) => upload::status(tx, visit, repository, id),
        ("PATCH", Route::Upload { repository, id }) => upload::append(tx, visit, repository, id),
        ("PUT", Route::Upload { repository, id }) => upload::finish(tx, visit, repository, id),
        ("DELETE", Route::Upload { repository, id }) => upload::cancel(tx, visit, repository, id),
        _ => Err(Failure::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "UNSUPPORTED",
            format!(
                "The operation is unsupported: {method} {}",
                visit.request.uri().path()
            ),
        )),
    }
}

/// An answer with a JSON body.
pub(super) fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    set(
        &mut response,
        header::CONTENT_TYPE,
        "application/json; charset=utf-8",
    );
    response
}

/// An answer with no body.
pub(super) fn empty_answer(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Sets a header from a text; a text that cannot be a header's value is left out.
pub(super) fn set(response: &mut Response<Bytes>, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The header that names the digest of an answer's content.
pub(super) const CONTENT_DIGEST: header::HeaderName =
    header::HeaderName::from_static("docker-content-digest");

fn get_blob(
    tx: &Transaction,
    visit: &Visit<'_>,
    repository: &str,
    digest: &str,
) -> Result<Response<Bytes>, Failure> {
    let parsed: Digest = digest
        .parse()
        .map_err(|()| Failure::digest_invalid(digest.into()))?;
    let key = rows::by_digest(visit.registry, repository, &parsed);
    tx.get::<Blob>(BLOBS, &key)
        .ok_or_else(|| Failure::blob_unknown(digest))?;
    let bytes = visit
        .content
        .get(&parsed)
        .map_err(|error| Failure::storage(&error))?;
    let mut response = match visit
        .header(header::RANGE)
        .and_then(|range| parse_range(range, bytes.len()))
    {
        Some((first, last)) => {
            let mut response = Response::new(bytes.slice(first..=last));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(
                &mut response,
                header::CONTENT_RANGE,
                &format!("bytes {first}-{last}/{}", bytes.len()),
            );
            response
        }
        None => Response::new(bytes),
    };
    let length = response.body().len().to_string();
    set(&mut response, header::CONTENT_LENGTH, &length);
    set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, CONTENT_DIGEST, digest);
    Ok(response)
}

fn parse_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let last: usize = if last.is_empty() {
        length.checked_sub(1)?
    } else {
        last.parse().ok()?
    };
    (first <= last && last < length).then_some((first, last))
}

fn delete_blob(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
    digest: &str,
) -> Result<Response<Bytes>, Failure> {
    let parsed: Digest = digest
        .parse()
        .map_err(|()| Failure::digest_invalid(digest.into()))?;
    let key = rows::by_digest(visit.registry, repository, &parsed);
    tx.get::<Blob>(BLOBS, &key)
        .ok_or_else(|| Failure::blob_unknown(digest))?;
    tx.delete(BLOBS, &key);
    let mut response = empty_answer(StatusCode::ACCEPTED);
    set(&mut response, CONTENT_DIGEST, digest);
    Ok(response)
}
