//! Every token of Docker Hub is in the state with its secret, and what the state knows of tokens logs in.

use std::collections::BTreeSet;

use regprov_state::{Session, Snapshot};
use serde_json::Value as Json;

use super::{Promise, Violation, violation};
use crate::Cloud;
use crate::faults::world::World;

/// The tables of tokens.
const TABLES: [&str; 2] = ["dockerhub/access_tokens", "dockerhub/org_access_tokens"];

/// A token as the state holds it.
struct Token {
    id: String,
    /// The organization that it is of; `None`: it is personal.
    organization: Option<String>,
    secret: Option<String>,
    active: bool,
}

impl World {
    /// Every token that Docker Hub would accept is known with its secret, and every secret in the state is accepted.
    pub(super) async fn check_docker_hub(&self, session: &Session) -> Vec<Violation> {
        let (tokens, cloud) = (session.read(tokens), Cloud::new(self.sandbox.clone()));
        let mut found = Vec::new();
        let inventory = self.sandbox.inventory();
        let issued = TABLES.iter().flat_map(|table| inventory.live_of(table));
        let issued: BTreeSet<&str> = issued.filter_map(|item| item.id.rsplit('/').next()).collect();
        for id in &issued {
            let known = tokens.iter().find(|token| token.id == *id);
            let what = match known {
                Some(Token { secret: Some(_), .. }) => continue,
                Some(_) => format!("the token {id} is in the state without its secret"),
                None => format!("the token {id} is valid and nobody knows it"),
            };
            found.push(violation(Promise::NoLostSecret, what));
        }
        for token in &tokens {
            if !issued.contains(token.id.as_str()) {
                let what = format!("the state holds the token {}, which does not exist", token.id);
                found.push(violation(Promise::NoLostSecret, what));
            } else if let (true, Some(secret)) = (token.active, &token.secret) {
                let operator = self.sandbox.dockerhub_operator().username;
                let who = token.organization.as_deref().unwrap_or(&operator);
                let status = cloud.login_docker_hub(who, secret).await;
                if status != 200 {
                    let what = format!("Docker Hub answers {status} to the token {} of {who}", token.id);
                    found.push(violation(Promise::NoLostSecret, what));
                }
            }
        }
        found
    }
}

fn tokens(snapshot: &Snapshot) -> Vec<Token> {
    let instances = snapshot.instances.iter();
    let tokens = instances.filter_map(|(key, state)| {
        let text = |name: &str| {
            let text = state.attributes.get(name).and_then(Json::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        match key.address.resource.resource_type.as_str() {
            "docker_access_token" => Some(Token {
                id: text("uuid").unwrap_or_default(),
                organization: None,
                secret: text("token"),
                active: state.attributes.get("is_active") != Some(&Json::Bool(false)),
            }),
            "docker_org_access_token" => Some(Token {
                id: text("id").unwrap_or_default(),
                organization: text("org_name"),
                secret: text("token"),
                active: true,
            }),
            _ => None,
        }
    });
    tokens.collect()
}
