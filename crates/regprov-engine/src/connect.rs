//! Connected providers.

use crate::openings::Openings;
use crate::report::connect_failure;
use crate::{Engine, Event};
use regprov_addr::ProviderConfigAddress;
use regprov_diag::Diagnostic;
use regprov_provider::{AnyResource, ConnectRequest, Connection, Error, ErrorKind};
use regprov_value::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The connections of one run, by provider configuration.
#[derive(Default)]
pub struct Connections(
    Mutex<BTreeMap<ProviderConfigAddress, Connected>>,
    pub(crate) Openings,
);

/// A connection, and what it was made with: another one is made where that changes.
struct Connected {
    config: Value,
    major: Option<u64>,
    connection: Connection,
}

impl Connections {
    /// The connection of a provider configuration, where there is one.
    #[must_use]
    pub fn get(&self, address: &ProviderConfigAddress) -> Option<Connection> {
        let held = self.0.lock().expect("no holder panics");
        held.get(address).map(|connected| connected.connection.clone())
    }

    /// The connection that was made with this configuration.
    fn same(
        &self,
        address: &ProviderConfigAddress,
        config: &Value,
        major: Option<u64>,
    ) -> Option<Connection> {
        let held = self.0.lock().expect("no holder panics");
        let same = held
            .get(address)
            .filter(|connected| connected.config == *config && connected.major == major);
        same.map(|connected| connected.connection.clone())
    }

    fn put(&self, address: ProviderConfigAddress, connected: Connected) {
        self.0
            .lock()
            .expect("no holder panics")
            .insert(address, connected);
    }
}

impl Engine {
    /// Connects a provider configuration, or answers with the connection that it has. The caller holds a place for it.
    pub(crate) async fn connect(
        &self,
        connections: &Connections,
        address: &ProviderConfigAddress,
        config: &Value,
        major: Option<u64>,
    ) -> Result<Connection, Error> {
        if let Some(connection) = connections.same(address, config, major) {
            return Ok(connection);
        }
        let schemas = self.schemas();
        let provider = schemas.provider(&address.provider).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("regprov has no provider {}", address.provider),
            )
        })?;
        let request = ConnectRequest {
            config,
            environment: &self.environment,
            major,
        };
        let connection = provider.connect(request).await?;
        self.tell(Event::Connected {
            provider: provider.name().to_owned(),
            summary: connection.summary.clone(),
        });
        let connected = Connected {
            config: config.clone(),
            major,
            connection: connection.clone(),
        };
        connections.put(address.clone(), connected);
        Ok(connection)
    }

    /// The resource type of an instance in the state.
    pub(crate) fn resource_type(
        &self,
        provider: &ProviderConfigAddress,
        name: &str,
    ) -> Result<Arc<dyn AnyResource>, Diagnostic> {
        let schemas = self.schemas();
        schemas
            .resource(&provider.provider, name)
            .cloned()
            .ok_or_else(|| {
                let error = Error::new(ErrorKind::Unsupported, format!("it has no resource type {name}"));
                connect_failure(&provider.provider.to_string(), &error)
            })
    }
}
