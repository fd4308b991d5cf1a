//! A sandbox of its own for a test, and the way to it without a network.

use async_trait::async_trait;
use jiff::Timestamp;
use regprov_emulator::{CallError, ClockMode, Opened, Options, Sandbox, Service, open};
use regprov_http::{
    Clock, Request, Response, Retry, RetryPolicy, SeededRandomness, Transport, TransportError,
    TransportErrorKind,
};
use std::sync::Arc;
use std::time::Duration;

/// The sandbox's clock as a provider sees it. Sleeping moves it on.
pub struct SandboxClock {
    sandbox: Sandbox,
    ahead: i64,
}

impl SandboxClock {
    /// A clock that is ahead of the sandbox by so many seconds.
    #[must_use]
    pub fn ahead(sandbox: &Sandbox, ahead: i64) -> Arc<dyn Clock> {
        let sandbox = sandbox.clone();
        Arc::new(Self { sandbox, ahead })
    }
}

#[async_trait]
impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        let now = self.sandbox.clock().now();
        now.checked_add(jiff::SignedDuration::from_secs(self.ahead))
            .expect("the sandbox lives in this age")
    }

    async fn sleep(&self, duration: Duration) {
        self.sandbox.clock().advance(duration);
        tokio::task::yield_now().await;
    }
}

/// Which service of the sandbox a request goes to.
pub type Route = fn(&Request) -> Service;

/// Calls the sandbox's router.
struct InProcess(Sandbox, Route);

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut call = http::Request::new(request.body.clone());
        *call.method_mut() = request.method.clone();
        *call.uri_mut() = request.url.as_str().parse().expect("a URL is a URI");
        *call.headers_mut() = request.headers.clone();
        match self.0.try_call((self.1)(&request), call).await {
            Ok(answer) => {
                let (parts, body) = answer.into_parts();
                let mut response = Response::new(parts.status, body);
                response.headers = parts.headers;
                Ok(response)
            }
            Err(CallError::Dropped | _) => Err(TransportError::new(
                TransportErrorKind::Reset { sent: true },
                "the connection broke",
            )),
        }
    }
}

/// The way to the sandbox, with three tries for each request.
#[must_use]
pub fn transport(sandbox: &Sandbox, clock: &Arc<dyn Clock>, route: Route) -> Arc<dyn Transport> {
    let policy = RetryPolicy {
        attempts: 3,
        ..RetryPolicy::default()
    };
    Arc::new(Retry::new(
        InProcess(sandbox.clone(), route),
        policy,
        Arc::clone(clock),
        Arc::new(SeededRandomness::new(1)),
    ))
}

/// A sandbox on a virtual clock, in a folder that goes with the test.
pub async fn sandbox() -> (Sandbox, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let options = Options {
        root: folder.path().join("sandbox"),
        clock: ClockMode::Virtual {
            start: "2026-01-01T00:00:00Z".parse().expect("a date"),
        },
        seed: 7,
        secret_marker: Some("canary".to_owned()),
        main_port: None,
    };
    match open(options).await.expect("the sandbox opens") {
        Opened::Owner(sandbox) => (sandbox, folder),
        Opened::Other(_) => panic!("nobody else owns a new folder"),
    }
}

/// No network at all.
pub struct Offline;

#[async_trait]
impl Transport for Offline {
    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        Err(TransportError::new(
            TransportErrorKind::Refused,
            "there is no network in this test",
        ))
    }
}
