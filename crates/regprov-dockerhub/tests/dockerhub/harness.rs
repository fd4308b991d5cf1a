//! A sandbox with the provider connected to it.

use async_trait::async_trait;
use jiff::Timestamp;
use regprov_dockerhub::{HelperError, RunHelper, Services};
use regprov_emulator::{CallError, ClockMode, Fault, Opened, Options, Sandbox, Scene, Service, open};
use regprov_http::{
    Clock, Redactor, Request, Response, Retry, RetryPolicy, SeededRandomness, Transport, TransportError,
    TransportErrorKind,
};
use regprov_provider::{
    AnyPlan, AnyPreflight, AnyResource, ConnectRequest, Connection, Environment, Error, Finding, Mark,
    Partial, Provider,
};
use regprov_value::{Value, from_json};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

pub(crate) const HOST: &str = "http://localhost:7000";

/// The sandbox's clock, ahead by so many seconds, as the provider sees it. Sleeping moves it on.
struct SandboxClock(Sandbox, i64);

#[async_trait]
impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        let now = self.0.clock().now();
        now.checked_add(jiff::SignedDuration::from_secs(self.1)).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.clock().advance(duration);
        tokio::task::yield_now().await;
    }
}

/// Calls the sandbox's router.
struct InProcess(Sandbox);

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut call = http::Request::new(request.body.clone());
        *call.method_mut() = request.method.clone();
        *call.uri_mut() = request.url.as_str().parse().expect("a URL is a URI");
        *call.headers_mut() = request.headers.clone();
        match self.0.try_call(Service::AzureMain, call).await {
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

struct NoHelpers;

#[async_trait]
impl RunHelper for NoHelpers {
    async fn get(&self, _name: &str, _server: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, HelperError> {
        Err(HelperError::NotFound)
    }
}

/// A sandbox with the provider.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) provider: Arc<dyn Provider>,
    connection: Connection,
    marks: AtomicU8,
    _folder: tempfile::TempDir,
}

async fn sandbox() -> (Sandbox, tempfile::TempDir) {
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

/// The provider over a sandbox, by a clock that is ahead by so many seconds.
pub(crate) fn provider(sandbox: &Sandbox, ahead: i64, redactor: &Redactor) -> Arc<dyn Provider> {
    let clock: Arc<dyn Clock> = Arc::new(SandboxClock(sandbox.clone(), ahead));
    let policy = RetryPolicy {
        attempts: 3,
        ..RetryPolicy::default()
    };
    let transport = Retry::new(
        InProcess(sandbox.clone()),
        policy,
        Arc::clone(&clock),
        Arc::new(SeededRandomness::new(1)),
    );
    regprov_dockerhub::provider(Services {
        transport: Arc::new(transport),
        clock,
        redactor: redactor.clone(),
        docker_config: None,
        helpers: Arc::new(NoHelpers),
    })
}

/// The arguments that connect the operator.
pub(crate) fn operator(sandbox: &Sandbox) -> Json {
    let operator = sandbox.dockerhub_operator();
    json!({ "host": HOST, "username": operator.username, "password": operator.password })
}

/// Connects a provider.
pub(crate) async fn connect(provider: &dyn Provider, arguments: &Json) -> Result<Connection, Error> {
    let config = from_json(arguments, &provider.schema().block.implied_type())
        .expect("the arguments are of the schema");
    provider
        .connect(ConnectRequest {
            config: &config,
            environment: &Environment::default(),
            major: None,
        })
        .await
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(json!({})).await
    }

    /// A world with a scene in it.
    pub(crate) async fn of(scene: Json) -> Self {
        let (sandbox, folder) = sandbox().await;
        let scene: Scene = serde_json::from_value(scene).expect("it is a scene");
        sandbox.seed(&scene).expect("the scene can be made");
        let provider = provider(&sandbox, 0, &Redactor::new());
        let connection = connect(&*provider, &operator(&sandbox))
            .await
            .expect("the operator connects");
        Self {
            sandbox,
            provider,
            connection,
            marks: AtomicU8::new(1),
            _folder: folder,
        }
    }

    pub(crate) fn resource(&self, name: &str) -> Arc<dyn AnyResource> {
        let found = self.provider.resource(name);
        Arc::clone(found.unwrap_or_else(|| panic!("there is a resource type {name}")))
    }

    pub(crate) fn connection(&self, _type_name: &str) -> &Connection {
        &self.connection
    }

    /// A mark of its own.
    pub(crate) fn mark(&self) -> Mark {
        let nonce = [self.marks.fetch_add(1, Ordering::Relaxed); 16];
        let text = format!("regprov-{}", nonce.map(|byte| format!("{byte:02x}")).concat());
        Mark {
            text,
            nonce,
            begun: self.sandbox.clock().now(),
        }
    }

    pub(crate) fn fault(&self, json: Json) {
        let fault: Fault = serde_json::from_value(json).expect("it is a fault");
        self.sandbox.schedule(vec![fault]);
    }

    /// Reads a data source.
    pub(crate) async fn data(&self, name: &str, config: &Json) -> Result<Json, Error> {
        let source = self.provider.data_source(name);
        let source = source.unwrap_or_else(|| panic!("there is a data source {name}"));
        let config = from_json(config, &source.schema().block.implied_type())
            .expect("the arguments are of the schema");
        let read = source.read(&self.connection, &config, None).await?;
        Ok(regprov_value::to_json(&read).expect("what was read is known"))
    }

    /// What the checks of a planned object find: each a whole text, and whether it is fatal.
    pub(crate) async fn findings(
        &self,
        name: &str,
        prior: Option<&Value>,
        desired: &Value,
    ) -> Vec<(bool, String)> {
        let resource = self.resource(name);
        let request = AnyPreflight {
            connection: &self.connection,
            prior,
            replaced: None,
            desired: Partial(desired),
        };
        let mut found = resource.preflight(request).await;
        let advice = resource.plan(AnyPlan {
            prior: prior.map(Partial),
            desired: Partial(desired),
            config: Partial(desired),
        });
        found.extend(advice.findings);
        found
            .into_iter()
            .map(|finding| (finding.fatal, whole(&finding)))
            .collect()
    }
}

fn whole(finding: &Finding) -> String {
    let remedy = finding.remedy.as_deref().unwrap_or_default();
    format!("{}: {} {remedy}", finding.summary, finding.detail)
}

/// The text of an attribute.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
