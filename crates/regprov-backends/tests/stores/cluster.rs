//! A cluster: secrets and leases with versions; a change that changes nothing keeps the version, as in a real one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{Method, StatusCode};
use regprov_http::{Request, Response, Transport, TransportError};
use regprov_state::StateError;
use serde_json::{Value, json};

use crate::support::{has_a_lock, has_workspaces, info, opened, session};

#[derive(Default)]
struct Cluster {
    objects: Mutex<BTreeMap<(String, String), Value>>,
    last: Mutex<u64>,
}

fn merge(into: &mut Value, change: &Value) {
    match (into.as_object_mut(), change) {
        (Some(fields), Value::Object(changes)) => {
            for (name, value) in changes {
                if value.is_null() {
                    fields.remove(name);
                } else {
                    merge(fields.entry(name.clone()).or_insert(Value::Null), value);
                }
            }
        }
        _ => *into = change.clone(),
    }
    if let (Value::Object(changes), false) = (change, into.is_object()) {
        *into = Value::Object(changes.clone());
    }
}

impl Cluster {
    fn names(&self) -> Vec<String> {
        let objects = self.objects.lock().expect("no holder panics");
        objects.keys().map(|(_, name)| name.clone()).collect()
    }

    fn answer(&self, request: &Request) -> Response {
        let path: Vec<&str> = request.url.path().trim_start_matches('/').split('/').collect();
        let at = path
            .iter()
            .position(|part| *part == "namespaces")
            .expect("a namespace");
        assert_eq!(path[at + 1], "ops");
        let kind = path[at + 2].to_owned();
        let name = path.get(at + 3).map(|name| (*name).to_owned());
        let mut objects = self.objects.lock().expect("no holder panics");
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let conflict = || Response::new(StatusCode::CONFLICT, json!({"message": "conflict"}).to_string());
        let missing = || Response::new(StatusCode::NOT_FOUND, json!({"message": "not found"}).to_string());
        let Some(name) = name else {
            if request.method == Method::POST {
                let name = body["metadata"]["name"].as_str().expect("a name").to_owned();
                let key = (kind, name);
                if objects.contains_key(&key) {
                    return conflict();
                }
                return Response::new(
                    StatusCode::CREATED,
                    self.keep(&mut objects, key, body).to_string(),
                );
            }
            let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
            let wanted: Vec<(&str, &str)> = query["labelSelector"]
                .split(',')
                .filter_map(|pair| pair.split_once('='))
                .collect();
            let fits = |object: &Value| {
                wanted
                    .iter()
                    .all(|(name, value)| object["metadata"]["labels"][*name] == *value)
            };
            let items: Vec<&Value> = objects
                .iter()
                .filter(|((of, _), object)| *of == kind && fits(object))
                .map(|(_, object)| object)
                .collect();
            return Response::new(
                StatusCode::OK,
                json!({"items": items, "metadata": {}}).to_string(),
            );
        };
        let key = (kind, name);
        let Some(present) = objects.get(&key).cloned() else {
            return missing();
        };
        let wanted = &body["metadata"]["resourceVersion"];
        let is_present = wanted.is_null() || *wanted == present["metadata"]["resourceVersion"];
        match request.method {
            Method::GET => Response::new(StatusCode::OK, present.to_string()),
            Method::DELETE => {
                objects.remove(&key);
                Response::new(StatusCode::OK, "{}")
            }
            _ if !is_present => conflict(),
            Method::PUT => Response::new(StatusCode::OK, self.keep(&mut objects, key, body).to_string()),
            _ => {
                let mut changed = present.clone();
                merge(&mut changed, &body);
                if changed == present {
                    return Response::new(StatusCode::OK, present.to_string());
                }
                Response::new(StatusCode::OK, self.keep(&mut objects, key, changed).to_string())
            }
        }
    }

    fn keep(
        &self,
        objects: &mut BTreeMap<(String, String), Value>,
        key: (String, String),
        mut object: Value,
    ) -> Value {
        let mut last = self.last.lock().expect("no holder panics");
        *last += 1;
        object["metadata"]["resourceVersion"] = last.to_string().into();
        objects.insert(key, object.clone());
        object
    }
}

#[async_trait]
impl Transport for Cluster {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert_eq!(request.headers["authorization"], "Bearer of login-program");
        Ok(self.answer(&request))
    }
}

const CONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: work
contexts:
  - name: work
    context: {cluster: main, user: me}
clusters:
  - name: main
    cluster: {server: "https://cluster.example:6443"}
users:
  - name: me
    user:
      exec: {apiVersion: client.authentication.k8s.io/v1, command: login-program, args: [token]}
"#;

async fn backend(cluster: &Arc<Cluster>) -> Arc<dyn regprov_backends::Backend> {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("config"), CONFIG).expect("written");
    let given = json!({
        "secret_suffix": "app", "namespace": "ops", "config_path": "config", "labels": {"team": "x"},
    });
    let transport = Arc::clone(cluster) as Arc<dyn Transport>;
    opened("kubernetes", given, (transport, directory.path().to_owned())).await
}

#[tokio::test]
async fn states_are_the_secrets_of_terraform_and_ours_are_not_among_them() {
    let cluster = Arc::new(Cluster::default());
    let backend = backend(&cluster).await;
    backend.probe("ID").await.expect("it is fit");
    has_workspaces(backend.as_ref()).await;
    has_a_lock(backend.as_ref()).await;
    assert_eq!(
        cluster.names(),
        [
            "lock-tfstate-default-app",
            "tfstate-default-app",
            "tfstate-default-app.regprov.head"
        ]
    );
    let objects = cluster.objects.lock().expect("no holder panics");
    let state = &objects[&("secrets".to_owned(), "tfstate-default-app".to_owned())];
    assert_eq!(
        state["metadata"]["labels"],
        json!({
            "app.kubernetes.io/managed-by": "terraform", "team": "x", "tfstate": "true",
            "tfstateSecretSuffix": "app", "tfstateWorkspace": "default",
        })
    );
    let head = &objects[&(
        "secrets".to_owned(),
        "tfstate-default-app.regprov.head".to_owned(),
    )];
    assert!(head["metadata"]["labels"]["tfstate"].is_null());
}

#[tokio::test]
async fn terraforms_lease_is_waited_for() {
    let cluster = Arc::new(Cluster::default());
    let backend = backend(&cluster).await;
    let note = serde_json::to_string(&info("theirs")).expect("JSON");
    let lease = json!({
        "metadata": {"name": "lock-tfstate-default-app", "annotations": {"app.terraform.io/lock-info": note}},
        "spec": {"holderIdentity": "theirs"},
    });
    let key = ("leases".to_owned(), "lock-tfstate-default-app".to_owned());
    cluster.keep(&mut cluster.objects.lock().expect("no holder panics"), key, lease);
    let store = backend.store("default").await.expect("a store");
    let Err(StateError::Locked { holder, .. }) = session(&store, "ours").await else {
        panic!("Terraform holds it");
    };
    assert_eq!(holder.expect("a note").who, "theirs@host");
    store.force_unlock("theirs").await.expect("broken");
    session(&store, "ours")
        .await
        .expect("free")
        .abandon()
        .await
        .expect("unlocked");
}
