//! A sandbox with the provider connected to it.

use regprov_emulator::{Sandbox, Scene, Service};
use regprov_http::Redactor;
use regprov_laws::{SandboxClock, sandbox, transport};
use regprov_ovh::Services;
use regprov_provider::Provider;
use serde_json::{Value as Json, json};
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use regprov_laws::{connect, text};

pub(crate) const HOST: &str = "http://localhost:7000";

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
    regprov_ovh::provider(Services {
        transport: transport(sandbox, &clock, |_| Service::AzureMain),
        clock,
        redactor: redactor.clone(),
        files: Vec::new(),
        project: None,
    })
}

/// The arguments that connect the operator by its keys.
pub(crate) fn keys(sandbox: &Sandbox) -> Json {
    let operator = sandbox.ovh_operator();
    json!({
        "endpoint": format!("{HOST}/1.0"), "application_key": operator.application_key,
        "application_secret": operator.application_secret, "consumer_key": operator.consumer_key,
    })
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
        let provider = (provider(&sandbox, 0, &Redactor::new()), keys(&sandbox));
        Self(regprov_laws::World::over((sandbox, folder), vec![provider]).await)
    }

    pub(crate) fn project(&self) -> String {
        self.sandbox.ovh_operator().service_name
    }
}
