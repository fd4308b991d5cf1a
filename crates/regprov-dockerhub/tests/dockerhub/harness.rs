//! A sandbox with the provider connected to it.

use async_trait::async_trait;
use regprov_dockerhub::{HelperError, RunHelper, Services};
use regprov_emulator::{Sandbox, Scene, Service};
use regprov_http::Redactor;
use regprov_laws::{SandboxClock, sandbox, transport};
use regprov_provider::Provider;
use serde_json::{Value as Json, json};
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use regprov_laws::{connect, text};

pub(crate) const HOST: &str = "http://localhost:7000";

struct NoHelpers;

#[async_trait]
impl RunHelper for NoHelpers {
    async fn get(&self, _name: &str, _server: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, HelperError> {
        Err(HelperError::NotFound)
    }
}

/// A sandbox with the provider.
pub(crate) struct World(regprov_laws::World);

impl Deref for World {
    type Target = regprov_laws::World;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// The provider over a sandbox, by a clock that is ahead by so many seconds.
pub(crate) fn provider(sandbox: &Sandbox, ahead: i64, redactor: &Redactor) -> Arc<dyn Provider> {
    let clock = SandboxClock::ahead(sandbox, ahead);
    regprov_dockerhub::provider(Services {
        transport: transport(sandbox, &clock, |_| Service::AzureMain),
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

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(json!({})).await
    }

    /// A world with a scene in it.
    pub(crate) async fn of(scene: Json) -> Self {
        let (sandbox, folder) = sandbox().await;
        let scene: Scene = serde_json::from_value(scene).expect("it is a scene");
        sandbox.seed(&scene).expect("the scene can be made");
        let provider = (provider(&sandbox, 0, &Redactor::new()), operator(&sandbox));
        Self(regprov_laws::World::over((sandbox, folder), vec![provider]).await)
    }
}
