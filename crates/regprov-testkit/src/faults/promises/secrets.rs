//! Every secret that a service would accept is in the state, and every secret in the state is accepted.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use regprov_emulator::Service;
use regprov_state::{Session, Snapshot};
use serde_json::Value as Json;

use super::{Promise, Violation, violation};
use crate::Cloud;
use crate::faults::world::World;

/// A secret as the state holds it.
struct Kept {
    key: String,
    secret: Option<String>,
}

impl World {
    pub(super) async fn check_secrets(&self, session: &Session) -> Vec<Violation> {
        let kept = session.read(directory_secrets);
        let cloud = Cloud::new(self.sandbox.clone());
        let mut found = Vec::new();
        let mut issued = BTreeSet::new();
        for (key, client) in self.issued(&cloud).await {
            match kept.iter().find(|kept| kept.key == key) {
                None => {
                    let what = format!("the key {key} of {client} is valid and nobody knows it");
                    found.push(violation(Promise::NoLostSecret, what));
                }
                Some(Kept { secret: None, .. }) => {
                    let what = format!("the key {key} of {client} is in the state without its secret");
                    found.push(violation(Promise::NoLostSecret, what));
                }
                Some(Kept {
                    secret: Some(secret), ..
                }) => {
                    let status = cloud.login(&client, secret).await;
                    if status != 200 {
                        let what = format!("the directory refuses the key {key} of {client} with {status}");
                        found.push(violation(Promise::NoLostSecret, what));
                    }
                }
            }
            issued.insert(key);
        }
        for kept in kept.iter().filter(|kept| !issued.contains(&kept.key)) {
            let what = format!("the state holds the key {}, which does not exist", kept.key);
            found.push(violation(Promise::NoLostSecret, what));
        }
        for token in session.read(registry_secrets) {
            found.extend(self.check_token(&token).await);
        }
        found.extend(self.check_harbor(session).await);
        found.extend(self.check_docker_hub(session).await);
        found.extend(self.check_google(session).await);
        found
    }

    /// The keys that the directory would accept, with the client that they are for.
    async fn issued(&self, cloud: &Cloud) -> BTreeMap<String, String> {
        let mut issued = BTreeMap::new();
        for (kind, path) in [
            ("azure/applications", "applications"),
            ("azure/service_principals", "servicePrincipals"),
        ] {
            for item in cloud.live(kind) {
                let query = "$select=id,appId,passwordCredentials";
                let object = cloud.graph(&format!("/{path}/{}?{query}", item.id)).await;
                let client = object["appId"].as_str().unwrap_or_default().to_owned();
                for credential in object["passwordCredentials"].as_array().into_iter().flatten() {
                    let key = credential["keyId"].as_str().unwrap_or_default();
                    issued.insert(key.to_owned(), client.clone());
                }
            }
        }
        issued
    }

    /// The registry lets the token in with its password.
    async fn check_token(&self, token: &Token) -> Option<Violation> {
        let basic = STANDARD.encode(format!("{}:{}", token.name, token.secret));
        let request = Request::get(format!("/oauth2/token?service={}", token.host))
            .header("authorization", format!("Basic {basic}"))
            .body(Bytes::new())
            .expect("names of tokens and registries are plain");
        let service = Service::Registry(token.registry.clone());
        let status = self.sandbox.call(service, request).await.status();
        if status.is_success() {
            return None;
        }
        let what = format!(
            "the registry refuses the password of the token {} with {status}",
            token.name
        );
        Some(violation(Promise::NoLostSecret, what))
    }
}

/// The keys of directory objects in the state, those in blocks included.
fn directory_secrets(snapshot: &Snapshot) -> Vec<Kept> {
    let mut found = Vec::new();
    for state in snapshot.instances.values() {
        let fields = Json::Object(state.attributes.clone());
        if fields.get("key_id").is_some_and(Json::is_string) {
            found.push(kept(&fields));
        }
        for block in fields["password"].as_array().into_iter().flatten() {
            if block.get("key_id").is_some_and(Json::is_string) {
                found.push(kept(block));
            }
        }
    }
    found
}

fn kept(fields: &Json) -> Kept {
    let text = |name: &str| fields[name].as_str().map(str::to_owned);
    Kept {
        key: text("key_id").unwrap_or_default(),
        secret: text("value").filter(|secret| !secret.is_empty()),
    }
}

/// A registry token's password.
struct Token {
    registry: String,
    host: String,
    name: String,
    secret: String,
}

fn registry_secrets(snapshot: &Snapshot) -> Vec<Token> {
    let text =
        |fields: &serde_json::Map<String, Json>, name: &str| fields.get(name)?.as_str().map(str::to_owned);
    let registries = snapshot.instances.values().filter_map(|state| {
        let fields = &state.attributes;
        Some((text(fields, "name")?, text(fields, "login_server")?))
    });
    let hosts: BTreeMap<String, String> = registries.collect();
    let mut found = Vec::new();
    for state in snapshot.instances.values() {
        let Some(id) = state
            .attributes
            .get("container_registry_token_id")
            .and_then(Json::as_str)
        else {
            continue;
        };
        let segments: Vec<&str> = id.split('/').collect();
        let [.., registry, _, name] = segments.as_slice() else {
            continue;
        };
        for block in ["password1", "password2"] {
            for block in state
                .attributes
                .get(block)
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
            {
                found.push(Token {
                    registry: (*registry).to_owned(),
                    host: hosts.get(*registry).cloned().unwrap_or_default(),
                    name: (*name).to_owned(),
                    secret: block["value"].as_str().unwrap_or_default().to_owned(),
                });
            }
        }
    }
    found
}
