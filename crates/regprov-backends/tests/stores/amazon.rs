//! Amazon's store, and one that ignores a condition without a word, as some do that speak its protocol.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use regprov_http::{Request, Response, Transport, TransportError};
use regprov_state::StateError;
use serde_json::{Value, json};

use crate::support::{has_a_lock, has_workspaces, opened};

/// A bucket whose entity tags are digests of the bytes.
#[derive(Default)]
struct Amazon {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    /// `If-None-Match` is not looked at.
    ignores_absent: bool,
    /// Every write so far, for what it carried.
    writes: Mutex<Vec<Request>>,
}

fn tag(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(1_u64, |sum, byte| {
        sum.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(*byte))
    });
    format!("\"{sum:x}-{}\"", bytes.len())
}

fn tagged(status: StatusCode, bytes: Vec<u8>, of: &[u8]) -> Response {
    let mut response = Response::new(status, bytes);
    let tag = HeaderValue::from_str(&tag(of)).expect("text");
    response.headers.insert("etag", tag);
    response
}

fn refused(status: StatusCode, code: &str) -> Response {
    Response::new(status, format!("<Error><Code>{code}</Code></Error>"))
}

impl Amazon {
    fn answer(&self, request: &Request) -> Response {
        let path = percent_decode_str(request.url.path())
            .decode_utf8_lossy()
            .into_owned();
        let Some(name) = path.strip_prefix("/states") else {
            return refused(StatusCode::NOT_FOUND, "NoSuchBucket");
        };
        let name = name.trim_start_matches('/').to_owned();
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        let mut objects = self.objects.lock().expect("no holder panics");
        match request.method {
            Method::GET if name.is_empty() => {
                let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
                let keys: String = objects
                    .keys()
                    .filter(|name| name.starts_with(&query["prefix"]))
                    .map(|name| format!("<Contents><Key>{}</Key></Contents>", name.replace(':', "%3A")))
                    .collect();
                Response::new(
                    StatusCode::OK,
                    format!("<R><EncodingType>url</EncodingType>{keys}</R>"),
                )
            }
            Method::GET => match objects.get(&name) {
                Some(bytes) => tagged(StatusCode::OK, bytes.clone(), bytes),
                None => refused(StatusCode::NOT_FOUND, "NoSuchKey"),
            },
            Method::PUT => {
                self.writes
                    .lock()
                    .expect("no holder panics")
                    .push(request.clone());
                let present = objects.get(&name).map(|bytes| tag(bytes));
                if header("if-none-match").is_some() && present.is_some() && !self.ignores_absent {
                    return refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
                }
                if header("if-match").is_some_and(|wanted| Some(wanted) != present.as_deref()) {
                    return refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
                }
                objects.insert(name, request.body.to_vec());
                tagged(StatusCode::OK, Vec::new(), &request.body)
            }
            _ => {
                objects.remove(&name);
                Response::new(StatusCode::NO_CONTENT, "")
            }
        }
    }
}

#[async_trait]
impl Transport for Amazon {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let authorization = request.headers["authorization"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(
            authorization.contains("Credential=AKID/")
                && authorization.contains("/eu-west-3/s3/aws4_request"),
            "{authorization}"
        );
        Ok(self.answer(&request))
    }
}

fn settings() -> Value {
    json!({
        "bucket": "states", "key": "team/app.tfstate", "region": "eu-west-3",
        "access_key": "AKID", "secret_key": "never shown", "use_path_style": true,
        "encrypt": true, "kms_key_id": "arn:key", "acl": "private",
    })
}

#[tokio::test]
async fn states_stand_where_terraform_has_them_with_the_headers_of_the_block() {
    let amazon = Arc::new(Amazon::default());
    let transport = Arc::clone(&amazon) as Arc<dyn Transport>;
    let backend = opened("s3", settings(), (transport, PathBuf::from("."))).await;
    has_workspaces(backend.as_ref()).await;
    has_a_lock(backend.as_ref()).await;
    let names: Vec<String> = amazon
        .objects
        .lock()
        .expect("no holder panics")
        .keys()
        .cloned()
        .collect();
    assert_eq!(names, ["team/app.tfstate", "team/app.tfstate.regprov/head"]);
    let writes = amazon.writes.lock().expect("no holder panics");
    assert!(
        writes
            .iter()
            .any(|write| write.url.path() == "/states/env%3A/dev/team/app.tfstate"
                || write.url.path() == "/states/env:/dev/team/app.tfstate")
    );
    for write in writes.iter() {
        assert_eq!(write.headers["x-amz-server-side-encryption"], "aws:kms");
        assert_eq!(write.headers["x-amz-acl"], "private");
        assert!(
            write.headers.contains_key("if-match") || write.headers.contains_key("if-none-match"),
            "every write depends on something"
        );
    }
}

#[tokio::test]
async fn a_store_that_ignores_create_only_writes_is_named_and_refused() {
    let amazon = Arc::new(Amazon {
        ignores_absent: true,
        ..Amazon::default()
    });
    let transport = Arc::clone(&amazon) as Arc<dyn Transport>;
    let backend = opened("s3", settings(), (transport, PathBuf::from("."))).await;
    let error = backend.probe("id").await.expect_err("it is unfit");
    assert!(matches!(error, StateError::Unfit { .. }), "{error:?}");
    let detail = error.detail();
    assert!(detail.contains("create-only"), "{detail}");
    assert!(
        amazon.objects.lock().expect("no holder panics").is_empty(),
        "it cleans up"
    );
}
