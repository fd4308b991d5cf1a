//! Azure's storage, with its leases.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use regprov_http::{Request, Response, Transport, TransportError};
use regprov_state::StateError;
use serde_json::json;

use crate::support::{count, has_a_lock, has_workspaces, opened, session};

const METADATA: &str = "x-ms-meta-";
const LEASE: &str = "x-ms-lease-id";

#[derive(Clone, Default)]
struct Blob {
    bytes: Vec<u8>,
    version: u64,
    metadata: BTreeMap<String, String>,
    lease: Option<String>,
}

/// A container: each write has a tag of its own, and a blob with a lease is written by whoever names it.
#[derive(Default)]
struct Azure {
    blobs: Mutex<BTreeMap<String, Blob>>,
    /// Ends the next lease as soon as it is given, and gives it to another.
    overtaken: Mutex<bool>,
}

fn refused(status: StatusCode, code: &'static str) -> Response {
    told(Response::new(status, ""), "x-ms-error-code", code)
}

fn told(mut response: Response, name: &str, value: &str) -> Response {
    let name = HeaderName::try_from(name).expect("a name");
    response
        .headers
        .insert(name, HeaderValue::from_str(value).expect("a value"));
    response
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

fn metadata(request: &Request) -> BTreeMap<String, String> {
    let headers = request.headers.iter();
    let ours = headers.filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(METADATA)?;
        Some((name.to_owned(), value.to_str().ok()?.to_owned()))
    });
    ours.collect()
}

impl Azure {
    fn answer(&self, request: &Request) -> Response {
        let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let path = percent_decode_str(request.url.path())
            .decode_utf8_lossy()
            .into_owned();
        let name = path
            .strip_prefix("/states")
            .unwrap_or_default()
            .trim_start_matches('/');
        let mut blobs = self.blobs.lock().expect("no holder panics");
        let absent = || refused(StatusCode::NOT_FOUND, "BlobNotFound");
        match (request.method.as_str(), query.get("comp").map(String::as_str)) {
            ("GET", Some("list")) => {
                let names = blobs.keys().filter(|name| name.starts_with(&query["prefix"]));
                let names = names.map(|name| format!("<Blob><Name>{name}</Name></Blob>"));
                let body = format!(
                    "<EnumerationResults><Blobs>{}</Blobs></EnumerationResults>",
                    names.collect::<String>()
                );
                Response::new(StatusCode::OK, body)
            }
            ("GET" | "HEAD", None) => blobs.get(name).map_or_else(absent, Blob::shown),
            ("DELETE", None) => match blobs.remove(name) {
                Some(_) => Response::new(StatusCode::ACCEPTED, ""),
                None => absent(),
            },
            ("PUT", Some("lease")) => match blobs.get_mut(name) {
                Some(blob) => self.leased(request, blob),
                None => absent(),
            },
            ("PUT", Some("metadata")) => match blobs.get_mut(name) {
                Some(blob) if blob.lease.as_deref() != header(request, LEASE) => refused(
                    StatusCode::PRECONDITION_FAILED,
                    "LeaseIdMismatchWithBlobOperation",
                ),
                Some(blob) => {
                    blob.metadata = metadata(request);
                    Response::new(StatusCode::OK, "")
                }
                None => absent(),
            },
            ("PUT", None) => {
                let mut blob = blobs.get(name).cloned().unwrap_or_default();
                let answer = written(request, &mut blob);
                if answer.status.is_success() {
                    blobs.insert(name.to_owned(), blob);
                }
                answer
            }
            other => Response::new(StatusCode::BAD_REQUEST, format!("no such request: {other:?}")),
        }
    }

    fn leased(&self, request: &Request, blob: &mut Blob) -> Response {
        let named = header(request, LEASE);
        match header(request, "x-ms-lease-action") {
            Some("acquire") if blob.lease.is_none() => {
                blob.lease = header(request, "x-ms-proposed-lease-id").map(str::to_owned);
                if std::mem::take(&mut *self.overtaken.lock().expect("no holder panics")) {
                    blob.lease = Some("of-another".to_owned());
                }
                Response::new(StatusCode::CREATED, "")
            }
            Some("acquire") => refused(StatusCode::CONFLICT, "LeaseAlreadyPresent"),
            Some("release") if blob.lease.as_deref() == named => {
                blob.lease = None;
                Response::new(StatusCode::OK, "")
            }
            Some("break") => {
                blob.lease = None;
                Response::new(StatusCode::ACCEPTED, "")
            }
            _ => refused(StatusCode::CONFLICT, "LeaseIdMismatchWithLeaseOperation"),
        }
    }
}

impl Blob {
    fn shown(&self) -> Response {
        let response = Response::new(StatusCode::OK, self.bytes.clone());
        let response = told(response, "etag", &format!("\"{}\"", self.version));
        let status = if self.lease.is_some() {
            "locked"
        } else {
            "unlocked"
        };
        let response = told(response, "x-ms-lease-status", status);
        let metadata = self.metadata.iter();
        metadata.fold(response, |response, (name, value)| {
            told(response, &format!("{METADATA}{name}"), value)
        })
    }
}

/// Writes a blob; one that was never written has version 0.
fn written(request: &Request, blob: &mut Blob) -> Response {
    let is_new = blob.version == 0;
    let tag = format!("\"{}\"", blob.version);
    if header(request, "if-none-match") == Some("*") && !is_new {
        return refused(StatusCode::CONFLICT, "BlobAlreadyExists");
    }
    if header(request, "if-match").is_some_and(|wanted| wanted != tag) {
        return refused(StatusCode::PRECONDITION_FAILED, "ConditionNotMet");
    }
    if blob.lease.is_some() && blob.lease.as_deref() != header(request, LEASE) {
        return refused(StatusCode::PRECONDITION_FAILED, "LeaseIdMissing");
    }
    blob.bytes = request.body.to_vec();
    blob.version += 1;
    blob.metadata = metadata(request);
    told(
        Response::new(StatusCode::CREATED, ""),
        "etag",
        &format!("\"{}\"", blob.version),
    )
}

#[async_trait]
impl Transport for Azure {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert!(header(&request, "authorization").is_some_and(|text| text.starts_with("SharedKey hub:")));
        Ok(self.answer(&request))
    }
}

async fn backend(azure: &Arc<Azure>) -> Arc<dyn regprov_backends::Backend> {
    let given = json!({
        "storage_account_name": "hub", "container_name": "states", "key": "app.tfstate", "access_key": "c2VjcmV0",
    });
    let transport = Arc::clone(azure) as Arc<dyn Transport>;
    opened("azurerm", given, (transport, PathBuf::new())).await
}

#[tokio::test]
async fn runs_follow_each_other_and_workspaces_are_apart() {
    let azure = Arc::new(Azure::default());
    let backend = backend(&azure).await;
    has_workspaces(backend.as_ref()).await;
    has_a_lock(backend.as_ref()).await;
}

/// A run that was stopped between taking the lease and noting whose it is finds that another took over.
#[tokio::test]
async fn a_lease_that_ends_before_it_is_noted_is_that_of_another() {
    let azure = Arc::new(Azure::default());
    let backend = backend(&azure).await;
    let store = backend.store("default").await.expect("a store");
    assert_eq!(count(&store, "one").await.expect("counted"), 1);
    *azure.overtaken.lock().expect("no holder panics") = true;
    let overtaken = session(&store, "two").await.map(drop);
    assert!(
        matches!(overtaken, Err(StateError::Locked { .. })),
        "{overtaken:?}"
    );
    let leases = || {
        let blobs = azure.blobs.lock().expect("no holder panics");
        blobs
            .values()
            .filter_map(|blob| blob.lease.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(leases(), ["of-another"], "the other's lease stays");
    for blob in azure.blobs.lock().expect("no holder panics").values_mut() {
        blob.lease = None;
    }
    assert_eq!(count(&store, "three").await.expect("counted"), 2);
    assert!(leases().is_empty());
}
