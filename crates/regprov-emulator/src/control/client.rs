//! A client of the control API, for processes that do not own the sandbox.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::net::TcpStream;

use crate::faults::Fault;
use crate::inventory::Inventory;
use crate::knobs::Knobs;
use crate::ledger::Entry;
use crate::owner::Endpoints;
use crate::scene::{HarborInstance, Scene, SeedReport};

const PATIENCE: Duration = Duration::from_secs(10);

/// Why a control request failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The owner cannot be reached.
    #[error("failed to reach the sandbox")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The owner refused.
    #[error("the sandbox refused: {0}")]
    Refused(String),
    /// The answer cannot be read.
    #[error("the sandbox gave an answer that cannot be read")]
    Answer(#[source] serde_json::Error),
}

/// Talks to the control API of a sandbox that another process owns.
#[derive(Clone)]
pub struct Client {
    port: u16,
    token: Arc<str>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the sandbox at `endpoints`.
    pub fn new(endpoints: &Endpoints) -> Self {
        let port = endpoints.main_http.port_or_known_default().unwrap_or(80);
        Self {
            port,
            token: endpoints.control_token.as_str().into(),
        }
    }

    /// Proves that the owner lives.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), ClientError> {
        self.send::<serde_json::Value>(Method::GET, "ping", &())
            .await
            .map(drop)
    }

    /// The requests after number `since`; all of them after 0.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn ledger(&self, since: u64) -> Result<Vec<Entry>, ClientError> {
        self.send(Method::GET, &format!("ledger?since={since}"), &())
            .await
    }

    /// Every object of the sandbox.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn inventory(&self) -> Result<Inventory, ClientError> {
        self.send(Method::GET, "inventory", &()).await
    }

    /// Adds faults to the schedule.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn schedule(&self, faults: &[Fault]) -> Result<(), ClientError> {
        self.send::<Option<()>>(Method::POST, "faults", &faults)
            .await
            .map(drop)
    }

    /// Empties the fault schedule.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn clear_faults(&self) -> Result<(), ClientError> {
        self.send::<Option<()>>(Method::DELETE, "faults", &())
            .await
            .map(drop)
    }

    /// How many requests a scheduled `Hold` keeps waiting.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn held(&self) -> Result<u64, ClientError> {
        let answer: serde_json::Value = self.send(Method::GET, "held", &()).await?;
        Ok(answer["held"].as_u64().unwrap_or(0))
    }

    /// Makes a scene.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses the scene.
    pub async fn seed(&self, scene: &Scene) -> Result<SeedReport, ClientError> {
        self.send(Method::POST, "seed", scene).await
    }

    /// Moves the clock forward.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn advance(&self, by: Duration) -> Result<(), ClientError> {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.send::<serde_json::Value>(Method::POST, "clock", &json!({ "advance_ms": ms }))
            .await
            .map(drop)
    }

    /// The knobs as they are turned now.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn knobs(&self) -> Result<Knobs, ClientError> {
        self.send(Method::GET, "knobs", &()).await
    }

    /// Turns all knobs.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn turn(&self, knobs: &Knobs) -> Result<Knobs, ClientError> {
        self.send(Method::PATCH, "knobs", knobs).await
    }

    /// Registry name → port, as of now.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn registries(&self) -> Result<std::collections::BTreeMap<String, u16>, ClientError> {
        self.send(Method::GET, "endpoints", &()).await
    }

    /// Host of a registry of Google's → port, as of now.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn google_registries(&self) -> Result<std::collections::BTreeMap<String, u16>, ClientError> {
        self.send(Method::GET, "google", &()).await
    }

    /// Harbor instances by name.
    ///
    /// # Errors
    /// When the owner cannot be reached or refuses.
    pub async fn harbors(&self) -> Result<std::collections::BTreeMap<String, HarborInstance>, ClientError> {
        self.send(Method::GET, "harbors", &()).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        route: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(ClientError::Answer)?;
        let (status, bytes) = tokio::time::timeout(PATIENCE, self.exchange(method, route, body))
            .await
            .map_err(|elapsed| ClientError::Unreachable(elapsed.into()))?
            .map_err(ClientError::Unreachable)?;
        if !status.is_success() {
            let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let message = answer["message"].as_str().unwrap_or("it gave no reason");
            return Err(ClientError::Refused(message.to_owned()));
        }
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(text).map_err(ClientError::Answer)
    }

    async fn exchange(
        &self,
        method: Method,
        route: &str,
        body: Vec<u8>,
    ) -> Result<(http::StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::builder()
            .method(method)
            .uri(format!("/_sandbox/{route}"))
            .header(header::HOST, format!("localhost:{}", self.port))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let answer = async {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let bytes = response.into_body().collect().await?.to_bytes();
            drop(sender);
            Ok::<_, hyper::Error>((status, bytes))
        };
        let (answer, _) = tokio::join!(answer, connection);
        Ok(answer?)
    }
}
