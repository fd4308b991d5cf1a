//! What the state knows of the accounts of a Harbor lets them in, and no robot account has a secret that nobody knows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use regprov_emulator::Service;
use regprov_state::{Session, Snapshot};
use serde_json::Value as Json;

use super::{Promise, Violation, violation};
use crate::faults::world::World;

/// An account as the state holds it.
struct Account {
    /// The Harbor, where the state names it.
    registry: Option<String>,
    /// The number of a robot account.
    robot: Option<String>,
    name: String,
    secret: Option<String>,
    /// Its secret is stored nowhere.
    unwritten: bool,
    disabled: bool,
}

impl World {
    /// Every account of a Harbor in the state is let in, and every robot account is in the state with its secret.
    pub(super) async fn check_harbor(&self, session: &Session) -> Vec<Violation> {
        let accounts = session.read(accounts);
        let mut found = Vec::new();
        let inventory = self.sandbox.inventory();
        for item in inventory.live_of("harbor/robots") {
            let number = item.id.rsplit('/').next().unwrap_or_default();
            let known = accounts
                .iter()
                .find(|account| account.robot.as_deref() == Some(number));
            if !known.is_some_and(|known| known.unwritten || known.secret.is_some()) {
                let what = format!("nobody knows the secret of the robot account {}", item.id);
                found.push(violation(Promise::NoLostSecret, what));
            }
        }
        let only = inventory
            .items
            .iter()
            .find(|item| item.kind == "harbor/instances");
        for account in accounts.iter().filter(|account| !account.disabled) {
            let registry = account
                .registry
                .clone()
                .or_else(|| only.map(|item| item.id.clone()));
            if let (Some(secret), Some(registry)) = (&account.secret, registry) {
                found.extend(self.check_login(account, secret, registry).await);
            }
        }
        found
    }

    async fn check_login(&self, account: &Account, secret: &str, registry: String) -> Option<Violation> {
        let basic = STANDARD.encode(format!("{}:{secret}", account.name));
        let path = match account.robot {
            Some(_) => "/service/token?service=harbor-registry",
            None => "/api/v2.0/users/current",
        };
        let request = Request::get(path)
            .header("authorization", format!("Basic {basic}"))
            .body(Bytes::new())
            .expect("the request has no parts that may be wrong");
        let status = self
            .sandbox
            .call(Service::Harbor(registry), request)
            .await
            .status();
        if status.is_success() {
            return None;
        }
        let what = format!("the Harbor refuses the secret of {} with {status}", account.name);
        Some(violation(Promise::NoLostSecret, what))
    }
}

fn accounts(snapshot: &Snapshot) -> Vec<Account> {
    let instances = snapshot.instances.iter();
    let accounts = instances.filter_map(|(key, state)| {
        let text = |name: &str| {
            let text = state.attributes.get(name).and_then(Json::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let holds = |name: &str| {
            let value = state.attributes.get(name);
            value.is_some_and(|value| !value.is_null() && *value != Json::Bool(false))
        };
        let account = |name: &str, secret: &str| Account {
            registry: text("registry_id"),
            robot: text("robot_id"),
            name: text(name).unwrap_or_default(),
            secret: text(secret),
            unwritten: holds("secret_wo_version"),
            disabled: holds("disable"),
        };
        match key.address.resource.resource_type.as_str() {
            "ovh_cloud_project_containerregistry_user" => Some(account("user", "password")),
            "harbor_robot_account" => Some(account("full_name", "secret")),
            "harbor_user" => Some(account("username", "password")),
            _ => None,
        }
    });
    accounts.collect()
}
