//! A sandbox in a folder of its own, and an operator who calls it.

use std::path::Path;

use bytes::Bytes;
use http::{Method, Request, Response};
use regprov_emulator::{ClockMode, Opened, Options, Sandbox, Service, open};
use serde_json::Value;

/// A sandbox with a virtual clock.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sandbox: Sandbox,
}

/// An answer, its body parsed when it is JSON.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn text(&self, path: &str) -> &str {
        self.body
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.text("/error/code")
    }
}

impl From<Response<Bytes>> for Reply {
    fn from(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }
}

/// Opens the sandbox of a folder as its owner.
pub(crate) async fn open_at(root: &Path) -> Sandbox {
    let options = Options {
        root: root.to_owned(),
        clock: ClockMode::Virtual {
            start: "2026-01-01T00:00:00Z".parse().unwrap(),
        },
        seed: 7,
        secret_marker: Some("CANARY".to_owned()),
        main_port: None,
    };
    match open(options).await.unwrap() {
        Opened::Owner(sandbox) => sandbox,
        Opened::Other(endpoints) => panic!("somebody else owns the folder: {endpoints:?}"),
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = open_at(folder.path()).await;
        Self { folder, sandbox }
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Reply {
        self.sandbox.call(Service::AzureMain, request).await.into()
    }

    /// A token request for the operator, or for whom the form names.
    pub(crate) async fn token_reply(&self, changes: &[(&str, &str)]) -> Reply {
        let (tenant, _, client_id, secret) = self.sandbox.operator();
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", client_id.as_str()),
            ("client_secret", secret.as_str()),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        for (name, value) in changes {
            form.retain(|(known, _)| known != name);
            form.push((name, value));
        }
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/{tenant}/oauth2/v2.0/token"));
        self.send(request.body(Bytes::from(body)).unwrap()).await
    }

    pub(crate) async fn token(&self, changes: &[(&str, &str)]) -> String {
        let reply = self.token_reply(changes).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.text("/access_token").to_owned()
    }

    /// A Graph request of the operator; `path` is what follows `/graph/v1.0`.
    pub(crate) async fn graph(&self, method: Method, path: &str, body: Value) -> Reply {
        self.graph_with(method, path, body, &[]).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.graph(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.graph(Method::DELETE, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.graph(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.graph(Method::PATCH, path, body).await
    }

    pub(crate) async fn graph_with(
        &self,
        method: Method,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Reply {
        let token = self.token(&[]).await;
        self.graph_as(&token, method, path, body, headers).await
    }

    pub(crate) async fn graph_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Reply {
        let uri = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("/graph/v1.0{path}")
        };
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    /// A path in the default subscription.
    pub(crate) fn arm_path(&self, rest: &str) -> String {
        format!("/subscriptions/{}{rest}", self.sandbox.operator().1)
    }

    /// A Resource Manager request of the operator.
    pub(crate) async fn arm(&self, method: Method, path: &str, body: Value) -> Reply {
        let token = self
            .token(&[("scope", "https://management.azure.com/.default")])
            .await;
        let request = Request::builder()
            .method(method)
            .uri(format!("{path}?api-version=2025-11-01"))
            .header("authorization", format!("Bearer {token}"));
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    /// Makes an application; its object.
    pub(crate) async fn application(&self, name: &str) -> Value {
        let reply = self
            .graph(
                Method::POST,
                "/applications",
                serde_json::json!({ "displayName": name }),
            )
            .await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.body
    }
}

/// Every file under a folder, but the operator's own credentials.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name != "operator.json" && name != "endpoints.json" {
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}
