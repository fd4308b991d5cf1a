//! A sandbox with both providers connected to it.

use async_trait::async_trait;
use jiff::Timestamp;
use regprov_azure::{NoCommands, RunCommand, Services, providers};
use regprov_emulator::{CallError, ClockMode, Fault, Opened, Options, Sandbox, Scene, Service, open};
use regprov_http::{
    Clock, Redactor, Request, Response, Retry, RetryPolicy, SeededRandomness, Transport, TransportError,
    TransportErrorKind,
};
use regprov_provider::{AnyResource, ConnectRequest, Connection, Environment, Error, Mark, Provider};
use regprov_value::{Value, from_json};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

pub(crate) const HOST: &str = "http://localhost:7000";

/// The sandbox's clock, as the providers see it. Sleeping moves it on.
pub(crate) struct SandboxClock(Sandbox);

#[async_trait]
impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        self.0.clock().now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.clock().advance(duration);
        tokio::task::yield_now().await;
    }
}

/// Calls the sandbox's router.
pub(crate) struct InProcess(pub(crate) Sandbox);

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

/// A sandbox with both providers.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) providers: Vec<Arc<dyn Provider>>,
    pub(crate) redactor: Redactor,
    pub(crate) connections: BTreeMap<&'static str, Connection>,
    marks: AtomicU8,
    _folder: tempfile::TempDir,
}

/// A sandbox on a virtual clock.
pub(crate) async fn sandbox() -> (Sandbox, tempfile::TempDir) {
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

pub(crate) fn services(sandbox: &Sandbox, redactor: &Redactor, run_command: Arc<dyn RunCommand>) -> Services {
    let clock: Arc<dyn Clock> = Arc::new(SandboxClock(sandbox.clone()));
    let randomness = Arc::new(SeededRandomness::new(1));
    let policy = RetryPolicy {
        attempts: 3,
        ..RetryPolicy::default()
    };
    let transport = Retry::new(
        InProcess(sandbox.clone()),
        policy,
        Arc::clone(&clock),
        Arc::clone(&randomness) as _,
    );
    Services {
        transport: Arc::new(transport),
        clock,
        randomness,
        redactor: redactor.clone(),
        run_command,
    }
}

/// A provider configuration with these arguments.
pub(crate) fn configuration(provider: &dyn Provider, arguments: &Json) -> Value {
    from_json(arguments, &provider.schema().block.implied_type()).expect("the arguments are of the schema")
}

/// The arguments that connect the operator by its secret.
pub(crate) fn operator(sandbox: &Sandbox, provider: &str) -> Json {
    let (tenant, subscription, client, secret) = sandbox.operator();
    let mut arguments = json!({
        "metadata_host": HOST, "tenant_id": tenant, "client_id": client, "client_secret": secret, "use_cli": false,
    });
    if provider == "azurerm" {
        arguments["subscription_id"] = subscription.into();
    }
    arguments
}

/// Connects a provider.
pub(crate) async fn connect(
    provider: &dyn Provider,
    arguments: &Json,
    environment: &[(&str, &str)],
) -> Result<Connection, Error> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let config = configuration(provider, arguments);
    provider
        .connect(ConnectRequest {
            config: &config,
            environment: &Environment(environment),
            major: None,
        })
        .await
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(&Scene::default()).await
    }

    /// A world with a scene in it, both providers connected as the operator.
    pub(crate) async fn of(scene: &Scene) -> Self {
        let (sandbox, folder) = sandbox().await;
        sandbox.seed(scene).expect("the scene can be made");
        let redactor = Redactor::new();
        let providers = providers(services(&sandbox, &redactor, Arc::new(NoCommands)));
        let mut connections = BTreeMap::new();
        for provider in &providers {
            let arguments = operator(&sandbox, provider.name());
            let connection = connect(&**provider, &arguments, &[])
                .await
                .expect("the operator connects");
            connections.insert(provider.name(), connection);
        }
        Self {
            sandbox,
            providers,
            redactor,
            connections,
            marks: AtomicU8::new(1),
            _folder: folder,
        }
    }

    pub(crate) fn resource(&self, name: &str) -> Arc<dyn AnyResource> {
        let found = self.providers.iter().find_map(|provider| provider.resource(name));
        Arc::clone(found.unwrap_or_else(|| panic!("there is a resource type {name}")))
    }

    pub(crate) fn connection(&self, type_name: &str) -> &Connection {
        &self.connections[type_name.split('_').next().expect("a type has a provider")]
    }

    pub(crate) fn subscription(&self) -> String {
        self.sandbox.operator().1
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
    pub(crate) async fn data(
        &self,
        name: &str,
        config: &Json,
        wanted: Option<&[&str]>,
    ) -> Result<Json, Error> {
        let source = self
            .providers
            .iter()
            .find_map(|provider| provider.data_source(name));
        let source = source.unwrap_or_else(|| panic!("there is a data source {name}"));
        let config = from_json(config, &source.schema().block.implied_type())
            .expect("the arguments are of the schema");
        let wanted: Option<Vec<String>> =
            wanted.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let read = source
            .read(self.connection(name), &config, wanted.as_deref())
            .await?;
        Ok(regprov_value::to_json(&read).expect("what was read is known"))
    }

    /// How many requests of a method the sandbox has seen, whose path holds a text.
    pub(crate) fn requests(&self, method: &str, path: &str) -> usize {
        let ledger = self.sandbox.ledger();
        ledger
            .iter()
            .filter(|entry| entry.method == method && entry.target.contains(path))
            .count()
    }
}

/// The body of a scene.
pub(crate) fn scene(json: Json) -> Scene {
    serde_json::from_value(json).expect("it is a scene")
}
