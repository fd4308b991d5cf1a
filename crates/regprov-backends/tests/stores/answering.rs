//! The address of an HTTP server: what is there is read again around each write.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::StatusCode;
use regprov_backends::Promise;
use regprov_http::{Request, Response, Transport, TransportError};
use regprov_state::StateError;
use serde_json::json;

use crate::support::{count, has_a_lock, opened};

/// A server as in the documentation of Terraform's backend.
#[derive(Default)]
struct Server {
    state: Mutex<Option<Vec<u8>>>,
    lock: Mutex<Option<Vec<u8>>>,
    /// Written by someone else right after the next write.
    late: Mutex<Option<Vec<u8>>>,
}

#[async_trait]
impl Transport for Server {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert_eq!(request.headers["authorization"], "Basic YW5uOnNlY3JldA==");
        let mut state = self.state.lock().expect("no holder panics");
        let mut lock = self.lock.lock().expect("no holder panics");
        Ok(match request.method.as_str() {
            "GET" => match &*state {
                Some(bytes) => Response::new(StatusCode::OK, bytes.clone()),
                None => Response::new(StatusCode::NOT_FOUND, ""),
            },
            "LOCK" => match &*lock {
                Some(held) => Response::new(StatusCode::LOCKED, held.clone()),
                None => {
                    *lock = Some(request.body.to_vec());
                    Response::new(StatusCode::OK, "")
                }
            },
            "UNLOCK" => {
                *lock = None;
                Response::new(StatusCode::OK, "")
            }
            _ => {
                assert!(request.url.query().is_some_and(|query| query.contains("ID=")));
                *state = Some(request.body.to_vec());
                if let Some(late) = self.late.lock().expect("no holder panics").take() {
                    *state = Some(late);
                }
                Response::new(StatusCode::OK, "")
            }
        })
    }
}

async fn backend(server: &Arc<Server>, directory: &std::path::Path) -> Arc<dyn regprov_backends::Backend> {
    let given = json!({
        "address": "https://states.example/app", "lock_address": "https://states.example/app/lock",
        "unlock_address": "https://states.example/app/lock", "username": "ann", "password": "secret",
    });
    let transport = Arc::clone(server) as Arc<dyn Transport>;
    opened("http", given, (transport, directory.to_owned())).await
}

#[tokio::test]
async fn runs_follow_each_other_and_the_weaker_promise_is_told() {
    let (server, directory) = (
        Arc::new(Server::default()),
        tempfile::tempdir().expect("a directory"),
    );
    let backend = backend(&server, directory.path()).await;
    assert!(matches!(backend.promise(), Promise::Weaker(_)));
    let store = backend.store("default").await.expect("a store");
    assert_eq!(count(&store, "one").await.expect("counted"), 1);
    assert_eq!(count(&store, "two").await.expect("counted"), 2);
    has_a_lock(backend.as_ref()).await;
    assert!(server.lock.lock().expect("no holder panics").is_none());
    assert!(backend.store("dev").await.is_err(), "there is one state");
}

#[tokio::test]
async fn who_writes_at_the_same_time_is_noticed() {
    let (server, directory) = (
        Arc::new(Server::default()),
        tempfile::tempdir().expect("a directory"),
    );
    let backend = backend(&server, directory.path()).await;
    let store = backend.store("default").await.expect("a store");
    count(&store, "one").await.expect("counted");
    *server.late.lock().expect("no holder panics") = Some(b"{\"version\":4,\"serial\":9}".to_vec());
    let noticed = count(&store, "two").await;
    assert!(matches!(noticed, Err(StateError::Moved { .. })), "{noticed:?}");
}
