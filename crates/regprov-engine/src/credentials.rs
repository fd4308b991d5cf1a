//! The push credentials that a state holds.

use crate::Engine;
use crate::recover::decode;
use regprov_provider::{CredentialObject, PushCredential};
use regprov_state::Snapshot;
use regprov_value::Value;

impl Engine {
    /// The push credentials that the objects of the state yield, whatever their cloud; sorted by host and address.
    #[must_use]
    pub fn credentials(&self, snapshot: &Snapshot) -> Vec<PushCredential> {
        let schemas = self.schemas();
        let objects: Vec<(&regprov_addr::InstanceAddress, &str, Value)> = snapshot
            .instances
            .iter()
            .filter(|(key, _)| key.deposed.is_none())
            .filter_map(|(key, state)| {
                let resource_type = key.address.resource.resource_type.as_str();
                let resource = schemas.resource(&state.provider.provider, resource_type)?;
                Some((&key.address, resource_type, decode(resource, state).ok()?))
            })
            .collect();
        let views: Vec<CredentialObject<'_>> = objects
            .iter()
            .map(|(address, resource_type, value)| CredentialObject {
                address,
                resource_type,
                value,
            })
            .collect();
        let mut credentials: Vec<PushCredential> = self
            .providers
            .iter()
            .flat_map(|provider| provider.credentials(&views))
            .collect();
        credentials.sort_by(|a, b| (&a.host, &a.address).cmp(&(&b.host, &b.address)));
        credentials.dedup_by(|a, b| a.host == b.host && a.address == b.address);
        credentials
    }
}
