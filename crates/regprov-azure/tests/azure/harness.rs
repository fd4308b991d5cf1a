//! A sandbox with both providers connected to it.

use regprov_azure::{NoCommands, RunCommand, Services, providers};
use regprov_emulator::{Sandbox, Scene, Service};
use regprov_http::{Redactor, SeededRandomness};
use regprov_laws::{SandboxClock, transport};
use regprov_provider::{ConnectRequest, Connection, Environment, Error, Provider};
use regprov_value::{Value, from_json};
use serde_json::{Value as Json, json};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

pub(crate) use regprov_laws::sandbox;

pub(crate) const HOST: &str = "http://localhost:7000";

/// A sandbox with both providers.
pub(crate) struct World {
    world: regprov_laws::World,
    pub(crate) redactor: Redactor,
}

impl Deref for World {
    type Target = regprov_laws::World;

    fn deref(&self) -> &Self::Target {
        &self.world
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.world
    }
}

pub(crate) fn services(sandbox: &Sandbox, redactor: &Redactor, run_command: Arc<dyn RunCommand>) -> Services {
    let clock = SandboxClock::ahead(sandbox, 0);
    Services {
        transport: transport(sandbox, &clock, |_| Service::AzureMain),
        clock,
        randomness: Arc::new(SeededRandomness::new(1)),
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

/// Connects a provider in an environment.
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
        let both = providers(services(&sandbox, &redactor, Arc::new(NoCommands)));
        let arguments = |name| operator(&sandbox, name);
        let both = both.into_iter();
        let both = both
            .map(|provider| (Arc::clone(&provider), arguments(provider.name())))
            .collect();
        let world = regprov_laws::World::over((sandbox, folder), both).await;
        Self { world, redactor }
    }

    pub(crate) fn subscription(&self) -> String {
        self.sandbox.operator().1
    }
}

/// The body of a scene.
pub(crate) fn scene(json: Json) -> Scene {
    serde_json::from_value(json).expect("it is a scene")
}
