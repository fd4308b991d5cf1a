//! The push credentials that a state holds.

use crate::Engine;
use crate::recover::decode;
use regprov_provider::{Connection, CredentialObject, PushCredential};
use regprov_state::{InstanceState, Snapshot};
use regprov_value::Value;
use serde_json::Value as Json;

/// The field of an instance in the state that names its registry. Terraform reads past it.
const FIELD: &str = "regprov_registry";

/// Notes the host that images are pushed to, where it belongs to the connection and no object tells it.
pub(crate) fn note_registry(state: &mut InstanceState, connection: &Connection) {
    if let Some(host) = &connection.registry {
        state.extra.insert(FIELD.to_owned(), Json::String(host.clone()));
    }
}

impl Engine {
    /// The push credentials that the objects of the state yield, whatever their cloud; sorted by host and address.
    #[must_use]
    pub fn credentials(&self, snapshot: &Snapshot) -> Vec<PushCredential> {
        let schemas = self.schemas();
        let objects: Vec<(&regprov_addr::InstanceAddress, &str, Value, Option<&str>)> = snapshot
            .instances
            .iter()
            .filter(|(key, _)| key.deposed.is_none())
            .filter_map(|(key, state)| {
                let resource_type = key.address.resource.resource_type.as_str();
                let resource = schemas.resource(&state.provider.provider, resource_type)?;
                let registry = state.extra.get(FIELD).and_then(Json::as_str);
                Some((
                    &key.address,
                    resource_type,
                    decode(resource, state).ok()?,
                    registry,
                ))
            })
            .collect();
        let views: Vec<CredentialObject<'_>> = objects
            .iter()
            .map(|(address, resource_type, value, registry)| CredentialObject {
                address,
                resource_type,
                value,
                registry: *registry,
            })
            .collect();
        let mut credentials: Vec<PushCredential> = self
            .schemas
            .providers()
            .iter()
            .flat_map(|provider| provider.credentials(&views))
            .collect();
        credentials.sort_by(|a, b| (&a.host, &a.address).cmp(&(&b.host, &b.address)));
        credentials.dedup_by(|a, b| a.host == b.host && a.address == b.address);
        credentials
    }
}
