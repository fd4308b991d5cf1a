//! A sandbox with the provider connected to it.

use crate::traffic::Described;
use regprov_emulator::{Sandbox, Scene, Service};
use regprov_google::Services;
use regprov_http::{Redactor, Request, SeededRandomness, Transport};
use regprov_laws::{Law, SandboxClock, sandbox, transport};
use regprov_provider::Provider;
use regprov_value::Value;
use serde_json::{Value as Json, json};
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use regprov_laws::{connect, text};

/// A project of the operator.
pub(crate) const PROJECT: &str = "team-a";

/// A sandbox with the provider.
pub(crate) struct World(regprov_laws::World);

impl Deref for World {
    type Target = regprov_laws::World;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

fn service(request: &Request) -> Service {
    let host = request.url.host_str().unwrap_or_default();
    Service::of_host(host).unwrap_or_else(|| panic!("{host} is a host of Google's"))
}

/// The way to the sandbox, on which all is held against the descriptions of the APIs.
pub(crate) fn way(sandbox: &Sandbox) -> Arc<dyn Transport> {
    let clock = SandboxClock::ahead(sandbox, 0);
    Arc::new(Described(transport(sandbox, &clock, service)))
}

/// The provider over a sandbox.
pub(crate) fn provider(sandbox: &Sandbox) -> Arc<dyn Provider> {
    provider_by(sandbox, way(sandbox), false)
}

/// The provider over a sandbox by another way to it; `looks_around` is whether the machine is asked for credentials.
pub(crate) fn provider_by(
    sandbox: &Sandbox,
    transport: Arc<dyn Transport>,
    looks_around: bool,
) -> Arc<dyn Provider> {
    regprov_google::provider(Services {
        transport,
        clock: SandboxClock::ahead(sandbox, 0),
        randomness: Arc::new(SeededRandomness::new(1)),
        redactor: Redactor::new(),
        directory: std::env::temp_dir(),
        looks_around,
    })
}

/// The arguments that connect the operator.
pub(crate) fn operator(sandbox: &Sandbox) -> Json {
    let operator = sandbox.google_operator();
    json!({ "credentials": operator.credentials(), "project": PROJECT, "region": "us-central1" })
}

/// Services without which nothing can be made.
const SERVICES: [&str; 4] = [
    "artifactregistry",
    "iam",
    "cloudresourcemanager",
    "iamcredentials",
];

impl World {
    /// A world whose project has what is needed enabled.
    pub(crate) async fn new() -> Self {
        Self::of(json!({})).await
    }

    /// The same with a scene in it.
    pub(crate) async fn of(scene: Json) -> Self {
        let world = Self::bare(scene).await;
        for name in SERVICES {
            world
                .make(
                    "google_project_service",
                    &json!({ "service": format!("{name}.googleapis.com") }),
                )
                .await;
        }
        world
    }

    /// A world with a scene in it, and nothing enabled.
    pub(crate) async fn bare(scene: Json) -> Self {
        let (sandbox, folder) = sandbox().await;
        let scene: Scene = serde_json::from_value(scene).expect("it is a scene");
        sandbox.seed(&scene).expect("the scene can be made");
        let provider = (provider(&sandbox), operator(&sandbox));
        Self(regprov_laws::World::over((sandbox, folder), vec![provider]).await)
    }

    /// Makes an object.
    pub(crate) async fn make(&self, name: &str, config: &Json) -> Value {
        let law = Law::new(self, name);
        let desired = law.desired(config);
        let made = law.create(&desired, &self.mark()).await;
        made.unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }
}
