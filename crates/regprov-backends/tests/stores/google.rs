//! Google's storage, with its generations.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use regprov_http::{Request, Response, Transport, TransportError};
use regprov_state::StateError;
use serde_json::json;

use crate::support::{has_a_lock, has_workspaces, info, opened, session};

/// A bucket: each write has a generation above all before it, and `ifGenerationMatch` is honoured; zero means absent.
#[derive(Default)]
struct Google {
    objects: Mutex<BTreeMap<String, (u64, Vec<u8>)>>,
    last: Mutex<u64>,
}

impl Google {
    fn names(&self) -> Vec<String> {
        let objects = self.objects.lock().expect("no holder panics");
        objects.keys().cloned().collect()
    }

    fn answer(&self, request: &Request) -> Response {
        let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let path = percent_decode_str(request.url.path())
            .decode_utf8_lossy()
            .into_owned();
        let mut objects = self.objects.lock().expect("no holder panics");
        if path.starts_with("/upload/storage/v1/b/states/o") {
            let name = query["name"].clone();
            let present = objects.get(&name).map_or(0, |(generation, _)| *generation);
            if query
                .get("ifGenerationMatch")
                .is_some_and(|wanted| *wanted != present.to_string())
            {
                return Response::new(StatusCode::PRECONDITION_FAILED, "{}");
            }
            let mut last = self.last.lock().expect("no holder panics");
            *last += 1;
            objects.insert(name.clone(), (*last, request.body.to_vec()));
            let said = json!({"name": name, "generation": last.to_string()});
            return Response::new(StatusCode::OK, said.to_string());
        }
        let Some(name) = path.strip_prefix("/storage/v1/b/states/o") else {
            return Response::new(StatusCode::BAD_REQUEST, format!("no such address: {path}"));
        };
        let name = name.trim_start_matches('/').to_owned();
        match (&request.method, name.as_str()) {
            (&Method::GET, "") => {
                let prefix = query["prefix"].clone();
                let items: Vec<_> = objects
                    .keys()
                    .filter(|name| name.starts_with(&prefix))
                    .map(|name| json!({"name": name}))
                    .collect();
                Response::new(StatusCode::OK, json!({"items": items}).to_string())
            }
            (&Method::GET, _) => match objects.get(&name) {
                Some((generation, bytes)) => {
                    let mut response = Response::new(StatusCode::OK, bytes.clone());
                    let generation = HeaderValue::from_str(&generation.to_string()).expect("digits");
                    response.headers.insert("x-goog-generation", generation);
                    response
                }
                None => Response::new(StatusCode::NOT_FOUND, "{}"),
            },
            (&Method::DELETE, _) => match objects.remove(&name) {
                Some(_) => Response::new(StatusCode::NO_CONTENT, ""),
                None => Response::new(StatusCode::NOT_FOUND, "{}"),
            },
            _ => Response::new(StatusCode::METHOD_NOT_ALLOWED, "{}"),
        }
    }
}

#[async_trait]
impl Transport for Google {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert_eq!(request.headers["authorization"], "Bearer letmein");
        Ok(self.answer(&request))
    }
}

async fn backend(google: &Arc<Google>) -> Arc<dyn regprov_backends::Backend> {
    let given = json!({"bucket": "states", "prefix": "team/app", "access_token": "letmein"});
    let transport = Arc::clone(google) as Arc<dyn Transport>;
    opened("gcs", given, (transport, PathBuf::from("."))).await
}

#[tokio::test]
async fn states_stand_where_terraform_has_them_and_nothing_else_is_left() {
    let google = Arc::new(Google::default());
    let backend = backend(&google).await;
    backend.probe("id").await.expect("it is fit");
    has_workspaces(backend.as_ref()).await;
    has_a_lock(backend.as_ref()).await;
    assert_eq!(
        google.names(),
        [
            "team/app/default.tfstate",
            "team/app/default.tfstate.regprov/head"
        ]
    );
}

#[tokio::test]
async fn terraforms_lock_is_seen_by_the_number_that_breaks_it() {
    let google = Arc::new(Google::default());
    let backend = backend(&google).await;
    let note = serde_json::to_vec(&info("uuid")).expect("JSON");
    let lock = "team/app/default.tflock".to_owned();
    google
        .objects
        .lock()
        .expect("no holder panics")
        .insert(lock.clone(), (77, note));
    *google.last.lock().expect("no holder panics") = 100;
    let store = backend.store("default").await.expect("a store");
    let Err(StateError::Locked { holder, .. }) = session(&store, "ours").await else {
        panic!("Terraform holds it");
    };
    assert_eq!(holder.expect("a note").id, "77");
    store.force_unlock("77").await.expect("broken");
    let held = session(&store, "ours").await.expect("free");
    assert!(
        google.names().contains(&lock),
        "while ours is held Terraform sees a lock"
    );
    held.abandon().await.expect("unlocked");
    assert!(!google.names().contains(&lock));
}
