//! A Harbor of the sandbox with the provider connected to it.

use regprov_emulator::{Sandbox, Scene, Service};
use regprov_harbor::{Certificates, Networks, Services};
use regprov_http::{Redactor, SeededRandomness, Transport};
use regprov_laws::{SandboxClock, sandbox, transport};
use regprov_provider::{Error, Provider};
use serde_json::{Value as Json, json};
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use regprov_laws::{connect, text};

pub(crate) const URL: &str = "https://harbor.test";
pub(crate) const PASSWORD: &str = "Harbor12345";

struct OneTransport(Arc<dyn Transport>);

impl Networks for OneTransport {
    fn transport(&self, _certificates: Certificates) -> Result<Arc<dyn Transport>, Error> {
        Ok(Arc::clone(&self.0))
    }
}

/// A sandbox with one Harbor and the provider.
pub(crate) struct World(regprov_laws::World);

impl Deref for World {
    type Target = regprov_laws::World;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

fn provider(sandbox: &Sandbox) -> Arc<dyn Provider> {
    let clock = SandboxClock::ahead(sandbox, 0);
    let transport = transport(sandbox, &clock, |_| Service::Harbor("harbor.test".to_owned()));
    regprov_harbor::provider(Services {
        networks: Arc::new(OneTransport(transport)),
        clock,
        randomness: Arc::new(SeededRandomness::new(1)),
        redactor: Redactor::new(),
    })
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of_version("v2.14.0").await
    }

    /// A Harbor of a version, and its administrator.
    pub(crate) async fn of_version(version: &str) -> Self {
        let harbor = json!({ "url": URL, "version": version, "username": "admin", "password": PASSWORD });
        Self::of(json!({ "harbors": [harbor] })).await
    }

    /// The Harbor of a scene, and its administrator.
    pub(crate) async fn of(scene: Json) -> Self {
        let (sandbox, folder) = sandbox().await;
        let scene: Scene = serde_json::from_value(scene).expect("it is a scene");
        sandbox.seed(&scene).expect("the scene can be made");
        let administrator = json!({ "url": URL, "username": "admin", "password": PASSWORD });
        let provider = (provider(&sandbox), administrator);
        Self(regprov_laws::World::over((sandbox, folder), vec![provider]).await)
    }
}
