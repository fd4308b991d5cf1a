//! Every key of a service account is in the state with its private half, and what the state knows of keys signs in.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_state::{Session, Snapshot};
use serde_json::Value as Json;

use super::{Promise, Violation, violation};
use crate::Cloud;
use crate::faults::world::World;

/// A key as the state holds it.
struct Key {
    id: String,
    /// The file that signs in.
    file: Option<Json>,
}

impl World {
    /// Every key that Google would accept is known with its private half, and every key in the state is accepted.
    pub(super) async fn check_google(&self, session: &Session) -> Vec<Violation> {
        let (keys, cloud) = (session.read(keys), Cloud::new(self.sandbox.clone()));
        let mut found = Vec::new();
        let inventory = self.sandbox.inventory();
        let issued = inventory.live_of("google/service_account_keys");
        let issued: BTreeSet<&str> = issued
            .iter()
            .filter_map(|item| item.id.rsplit('/').next())
            .collect();
        for id in &issued {
            let what = match keys.iter().find(|key| key.id == *id) {
                Some(Key { file: Some(_), .. }) => continue,
                Some(_) => format!("the key {id} is in the state without its private half"),
                None => format!("the key {id} is valid and nobody knows it"),
            };
            found.push(violation(Promise::NoLostSecret, what));
        }
        for key in &keys {
            if !issued.contains(key.id.as_str()) {
                let what = format!("the state holds the key {}, which does not exist", key.id);
                found.push(violation(Promise::NoLostSecret, what));
            } else if let Some(file) = &key.file {
                let status = cloud.login_google(file).await;
                if status != 200 {
                    let what = format!("Google answers {status} to the key {}", key.id);
                    found.push(violation(Promise::NoLostSecret, what));
                }
            }
        }
        found
    }
}

fn keys(snapshot: &Snapshot) -> Vec<Key> {
    let instances = snapshot.instances.iter();
    let keys = instances.filter(|(key, _)| {
        let kind = key.address.resource.resource_type.as_str();
        kind == "google_service_account_key"
    });
    let keys = keys.map(|(_, state)| {
        let text = |name: &str| state.attributes.get(name).and_then(Json::as_str);
        let file = text("private_key").and_then(|text| STANDARD.decode(text).ok());
        Key {
            id: text("name")
                .and_then(|name| name.rsplit('/').next())
                .unwrap_or_default()
                .to_owned(),
            file: file.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
        }
    });
    keys.collect()
}
