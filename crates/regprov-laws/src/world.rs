//! A sandbox with providers connected to it.

use regprov_emulator::{Fault, Sandbox, Scene};
use regprov_provider::{
    AnyPlan, AnyPreflight, AnyResource, ConnectRequest, Connection, Environment, Error, Finding, Mark,
    Partial, Provider,
};
use regprov_value::{Value, from_json, to_json};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A sandbox, and providers that are connected to it.
pub struct World {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The providers.
    pub providers: Vec<Arc<dyn Provider>>,
    /// Their connections, by the names of the providers.
    pub connections: BTreeMap<&'static str, Connection>,
    marks: AtomicU8,
    _folder: tempfile::TempDir,
}

/// Connects a provider with these arguments, and nothing in the environment.
///
/// # Errors
/// What the provider says.
pub async fn connect(provider: &dyn Provider, arguments: &Json) -> Result<Connection, Error> {
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
    /// A world over a sandbox in a folder, with each provider connected by its arguments.
    pub async fn over(
        (sandbox, folder): (Sandbox, tempfile::TempDir),
        providers: Vec<(Arc<dyn Provider>, Json)>,
    ) -> Self {
        let mut connections = BTreeMap::new();
        for (provider, arguments) in &providers {
            let connection = connect(&**provider, arguments).await;
            connections.insert(provider.name(), connection.expect("the operator connects"));
        }
        Self {
            sandbox,
            providers: providers.into_iter().map(|(provider, _)| provider).collect(),
            connections,
            marks: AtomicU8::new(1),
            _folder: folder,
        }
    }

    /// A resource type.
    #[must_use]
    pub fn resource(&self, name: &str) -> Arc<dyn AnyResource> {
        let found = self.providers.iter().find_map(|provider| provider.resource(name));
        Arc::clone(found.unwrap_or_else(|| panic!("there is a resource type {name}")))
    }

    /// The connection of a type's provider.
    #[must_use]
    pub fn connection(&self, type_name: &str) -> &Connection {
        let provider = self.providers.iter().find(|provider| {
            provider.resource(type_name).is_some() || provider.data_source(type_name).is_some()
        });
        let provider = provider.unwrap_or_else(|| panic!("there is a type {type_name}"));
        &self.connections[provider.name()]
    }

    /// A mark of its own.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let nonce = [self.marks.fetch_add(1, Ordering::Relaxed); 16];
        let text = format!("regprov-{}", nonce.map(|byte| format!("{byte:02x}")).concat());
        Mark {
            text,
            nonce,
            begun: self.sandbox.clock().now(),
        }
    }

    /// Adds a fault to the schedule.
    pub fn fault(&self, json: Json) {
        let fault: Fault = serde_json::from_value(json).expect("it is a fault");
        self.sandbox.schedule(vec![fault]);
    }

    /// Adds a scene.
    pub fn seed(&self, scene: Json) {
        let scene: Scene = serde_json::from_value(scene).expect("it is a scene");
        self.sandbox.seed(&scene).expect("the scene can be made");
    }

    /// Reads a data source.
    ///
    /// # Errors
    /// What the provider says.
    pub async fn data(&self, name: &str, config: &Json) -> Result<Json, Error> {
        self.data_of(name, config, None).await
    }

    /// Reads those attributes of a data source that are wanted.
    ///
    /// # Errors
    /// What the provider says.
    pub async fn data_of(&self, name: &str, config: &Json, wanted: Option<&[&str]>) -> Result<Json, Error> {
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
        Ok(to_json(&read).expect("what was read is known"))
    }

    /// What the checks of a planned object find: each a whole text, and whether it is fatal.
    pub async fn findings(&self, name: &str, prior: Option<&Value>, desired: &Value) -> Vec<(bool, String)> {
        let resource = self.resource(name);
        let mut found = self.preflight(&*resource, (prior, None), desired).await;
        let advice = resource.plan(AnyPlan {
            prior: prior.map(Partial),
            desired: Partial(desired),
            config: Partial(desired),
        });
        found.extend(advice.findings);
        found.iter().map(told).collect()
    }

    /// What the checks of an object find that takes the place of another one.
    pub async fn replacing(&self, name: &str, replaced: &Value, desired: &Value) -> Vec<(bool, String)> {
        let resource = self.resource(name);
        let found = self.preflight(&*resource, (None, Some(replaced)), desired).await;
        found.iter().map(told).collect()
    }

    async fn preflight(
        &self,
        resource: &dyn AnyResource,
        (prior, replaced): (Option<&Value>, Option<&Value>),
        desired: &Value,
    ) -> Vec<Finding> {
        let request = AnyPreflight {
            connection: self.connection(resource.type_name()),
            prior,
            replaced,
            desired: Partial(desired),
        };
        resource.preflight(request).await
    }

    /// How many requests of a method the sandbox has seen, whose path holds a text.
    #[must_use]
    pub fn requests(&self, method: &str, path: &str) -> usize {
        let ledger = self.sandbox.ledger();
        ledger
            .iter()
            .filter(|entry| entry.method == method && entry.target.contains(path))
            .count()
    }
}

fn told(finding: &Finding) -> (bool, String) {
    let remedy = finding.remedy.as_deref().unwrap_or_default();
    (
        finding.fatal,
        format!("{}: {} {remedy}", finding.summary, finding.detail),
    )
}

/// The text of an attribute; empty where there is none.
#[must_use]
pub fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
