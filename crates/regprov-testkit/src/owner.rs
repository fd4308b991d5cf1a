//! The sandbox of a test: its owner is the test, so that a killed command does not take it down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request};
use regprov_emulator::{Entry, Fault, Item, Knobs, LroMode, Sandbox, Scene, Service};
use serde_json::{Value, json};

use crate::assertion::{TOKENS, assertion};

/// Knobs under which nothing takes time.
#[must_use]
pub fn fast() -> Knobs {
    Knobs {
        lro_mode: LroMode::Sync,
        lro_duration_ms: 0,
        ..Knobs::default()
    }
}

/// A sandbox that this process owns, and an operator who looks into it.
#[derive(Clone, Debug)]
pub struct Cloud {
    sandbox: Sandbox,
}

impl Cloud {
    /// Looks into a sandbox.
    #[must_use]
    pub const fn new(sandbox: Sandbox) -> Self {
        Self { sandbox }
    }

    /// The sandbox.
    #[must_use]
    pub const fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Leaves the sandbox, so that another process can own it.
    pub async fn close(self) {
        self.sandbox.shutdown().await;
    }

    /// Turns the knobs.
    ///
    /// # Panics
    /// When the sandbox cannot keep them.
    pub fn turn(&self, knobs: Knobs) {
        self.play(&Scene {
            knobs: Some(knobs),
            ..Scene::default()
        });
    }

    /// Makes a scene.
    ///
    /// # Panics
    /// When the scene contradicts itself.
    pub fn play(&self, scene: &Scene) {
        self.sandbox.seed(scene).expect("the scene of a test can be made");
    }

    /// Schedules a fault.
    pub fn schedule(&self, fault: Fault) {
        self.sandbox.schedule(vec![fault]);
    }

    /// The requests from the one of this number on.
    #[must_use]
    pub fn requests_after(&self, sequence: u64) -> Vec<Entry> {
        self.sandbox
            .ledger()
            .into_iter()
            .filter(|entry| entry.sequence > sequence)
            .collect()
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.sandbox.ledger().last().map_or(0, |entry| entry.sequence)
    }

    /// What clients made of a kind, such as `azure/applications`, and did not delete.
    #[must_use]
    pub fn live(&self, kind: &str) -> Vec<Item> {
        self.sandbox
            .inventory()
            .live_of(kind)
            .into_iter()
            .cloned()
            .collect()
    }

    /// Asks Graph as the operator; `path` is what follows `/v1.0`. The request stands in the ledger too.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn graph(&self, path: &str) -> Value {
        let token = self.token().await;
        let request =
            Request::get(format!("/graph/v1.0{path}")).header("authorization", format!("Bearer {token}"));
        self.send(request.body(Bytes::new()).expect("the path is a path"))
            .await
    }

    /// The keys of the secrets of a directory object: `/applications/{id}` or `/servicePrincipals/{id}`.
    ///
    /// # Panics
    /// When the object is not there.
    pub async fn passwords(&self, path: &str) -> Vec<String> {
        let object = self
            .graph(&format!("{path}?$select=id,passwordCredentials"))
            .await;
        let credentials = object["passwordCredentials"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let key = |credential: &Value| credential["keyId"].as_str().unwrap_or_default().to_owned();
        credentials.iter().map(key).collect()
    }

    /// Logs in at the directory as an application; returns the status of the answer.
    pub async fn login(&self, client: &str, secret: &str) -> u16 {
        self.ask_token(client, secret).await.status().as_u16()
    }

    /// Logs in at the registry of a Harbor; returns the status of the answer.
    pub async fn login_harbor(&self, harbor: &str, client: &str, secret: &str) -> u16 {
        let basic = STANDARD.encode(format!("{client}:{secret}"));
        let request = Request::get("/service/token?service=harbor-registry")
            .header("authorization", format!("Basic {basic}"))
            .body(Bytes::new())
            .expect("the request has no parts that may be wrong");
        let service = Service::Harbor(harbor.to_owned());
        self.sandbox.call(service, request).await.status().as_u16()
    }

    /// Logs in at Docker Hub with a token, as a Docker ID or an organization; returns the status of the answer.
    pub async fn login_docker_hub(&self, who: &str, token: &str) -> u16 {
        let body = json!({ "identifier": who, "secret": token });
        let request = Request::post("/v2/auth/token")
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .expect("the request has no parts that may be wrong");
        let answer = self.sandbox.call(Service::DockerHub, request).await;
        answer.status().as_u16()
    }

    /// Logs in at Google with the file of a key; returns the status of the answer, 0 where the file cannot sign.
    pub async fn login_google(&self, file: &Value) -> u16 {
        let Some(assertion) = assertion(file, self.sandbox.clock().now().as_second()) else {
            return 0;
        };
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", assertion.as_str()),
        ];
        let body = serde_urlencoded::to_string(form).expect("texts can be written as a form");
        let request = Request::post("/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(body))
            .expect("the request has no parts that may be wrong");
        let service = Service::of_host(TOKENS).expect("the host is one of Google's");
        self.sandbox.call(service, request).await.status().as_u16()
    }

    /// Asks the API of Docker Hub as the operator; `path` is what follows `/v2`.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn docker_hub(&self, method: &str, path: &str) -> Value {
        let operator = self.sandbox.dockerhub_operator();
        let login = json!({ "identifier": operator.username, "secret": operator.password });
        let request = Request::post("/v2/auth/token").header("content-type", "application/json");
        let session = self.ask_docker_hub(request.body(login.to_string().into())).await;
        let bearer = session["access_token"].as_str().unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("/v2{path}"))
            .header("authorization", format!("Bearer {bearer}"));
        self.ask_docker_hub(request.body(Bytes::new())).await
    }

    async fn ask_docker_hub(&self, request: http::Result<Request<Bytes>>) -> Value {
        let request = request.expect("the path is a path");
        let target = request.uri().clone();
        let answer = self.sandbox.call(Service::DockerHub, request).await;
        assert!(answer.status().is_success(), "{target}: {}", answer.status());
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    async fn token(&self) -> String {
        let (_, _, client, secret) = self.sandbox.operator();
        let answer = self.ask_token(&client, &secret).await;
        let answer: Value = serde_json::from_slice(answer.body()).expect("the service answers JSON");
        answer["access_token"]
            .as_str()
            .expect("the answer holds a token")
            .to_owned()
    }

    async fn ask_token(&self, client: &str, secret: &str) -> http::Response<Bytes> {
        let (tenant, _, _, _) = self.sandbox.operator();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let body = serde_urlencoded::to_string(form).expect("texts can be written as a form");
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/{tenant}/oauth2/v2.0/token"));
        self.sandbox
            .call(
                Service::AzureMain,
                request.body(body.into()).expect("the path is a path"),
            )
            .await
    }

    async fn send(&self, request: Request<Bytes>) -> Value {
        let target = request.uri().clone();
        let response = self.sandbox.call(Service::AzureMain, request).await;
        let body = String::from_utf8_lossy(response.body()).into_owned();
        assert!(
            response.status().is_success(),
            "{target}: {} {body}",
            response.status()
        );
        serde_json::from_str(&body).expect("the service answers JSON")
    }
}
