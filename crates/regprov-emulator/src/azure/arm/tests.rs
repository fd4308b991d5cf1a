//! Resource Manager through the sandbox's front door.

mod basics;
mod parts;
mod registries;
mod roles;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::knobs::Knobs;
use crate::scene::{Condition, Scene, SceneRoleAssignment, SceneServicePrincipal};
use crate::{ClockMode, Opened, Options, Sandbox, SeedReport, Service, open};

/// A sandbox with a virtual clock, and the operator's tokens.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) tenant: String,
    pub(crate) subscription: String,
    pub(crate) token: String,
    _folder: tempfile::TempDir,
}

pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Got {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no error in {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

pub(crate) const SECRET: &str = "a secret of the tests, long enough";
pub(crate) const PUSHER: &str = "0d9bdb2e-6c2b-4c0e-8d0f-8f7f2f1d7c11";

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let options = Options {
            root: folder.path().to_owned(),
            clock: ClockMode::Virtual { start },
            seed: 7,
            secret_marker: Some("canary".to_owned()),
            main_port: None,
        };
        let Opened::Owner(sandbox) = open(options).await.unwrap() else {
            panic!("somebody else owns a new folder")
        };
        let (tenant, subscription, client_id, secret) = sandbox.operator();
        let mut world = Self {
            sandbox,
            tenant,
            subscription,
            token: String::new(),
            _folder: folder,
        };
        world.token = world
            .token_for(&client_id, &secret, "https://management.azure.com")
            .await;
        world
    }

    pub(crate) async fn ask(&self, service: Service, request: Request<Bytes>) -> Got {
        let response = self.sandbox.call(service, request).await;
        let (parts, body) = response.into_parts();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Got {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn token_for(&self, client_id: &str, secret: &str, resource: &str) -> String {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client_id)
            .append_pair("client_secret", secret)
            .append_pair("scope", &format!("{resource}/.default"))
            .finish();
        let request = Request::post(format!("/{}/oauth2/v2.0/token", self.tenant))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .unwrap();
        let got = self.ask(Service::AzureMain, request).await.expect(200);
        got.body["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn arm_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Got {
        let joint = if path.contains('?') { "&" } else { "?" };
        let target = if path.contains("api-version") {
            path.to_owned()
        } else {
            format!("{path}{joint}api-version=2025-11-01")
        };
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "localhost:8443")
            .header("authorization", format!("Bearer {token}"))
            .body(bytes)
            .unwrap();
        self.ask(Service::AzureMain, request).await
    }

    pub(crate) async fn arm(&self, method: &str, path: &str, body: Value) -> Got {
        self.arm_as(&self.token, method, path, &body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.arm("GET", path, Value::Null).await
    }

    /// Follows the operation of an answer to its end.
    pub(crate) async fn settle(&self, got: &Got) -> Value {
        self.sandbox.clock().advance(Duration::from_secs(1));
        for header in ["azure-asyncoperation", "location"] {
            let url = got.header(header);
            if !url.is_empty() {
                let path = url.strip_prefix("http://localhost:8443").unwrap();
                return self.arm("GET", path, Value::Null).await.body;
            }
        }
        Value::Null
    }

    pub(crate) fn group(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/rg", self.subscription)
    }

    pub(crate) fn registry(&self) -> String {
        format!(
            "{}/providers/Microsoft.ContainerRegistry/registries/myreg",
            self.group()
        )
    }

    /// The world with a resource group and a settled registry in it.
    pub(crate) async fn with_registry(sku: &str, properties: Value) -> Self {
        let world = Self::new().await;
        world
            .arm("PUT", &world.group(), json!({ "location": "westeurope" }))
            .await
            .expect(201);
        let body = json!({ "location": "westeurope", "sku": { "name": sku }, "properties": properties });
        let made = world.arm("PUT", &world.registry(), body).await.expect(201);
        assert_eq!(world.settle(&made).await["status"], "Succeeded");
        world
    }

    /// A service principal with [`SECRET`], and the roles that it has.
    pub(crate) fn with_pusher(&self, roles: &[(&str, &str)]) -> SeedReport {
        let scene = Scene {
            service_principals: vec![SceneServicePrincipal {
                display_name: "pusher".into(),
                client_id: Some(PUSHER.into()),
                object_id: None,
                client_secret: Some(SECRET.into()),
                graph_permissions: Vec::new(),
            }],
            role_assignments: roles
                .iter()
                .map(|(role, scope)| SceneRoleAssignment {
                    principal: "pusher".into(),
                    role: (*role).into(),
                    scope: (*scope).into(),
                })
                .collect(),
            ..Scene::default()
        };
        self.sandbox.seed(&scene).unwrap()
    }

    pub(crate) fn knobs(&self, knobs: Knobs) {
        self.sandbox
            .seed(&Scene {
                knobs: Some(knobs),
                ..Scene::default()
            })
            .unwrap();
    }

    fn condition(&self, condition: Condition) {
        self.sandbox
            .seed(&Scene {
                conditions: vec![condition],
                ..Scene::default()
            })
            .unwrap();
    }
}

/// The body of a registry without anything special.
fn basic() -> Value {
    json!({ "location": "West Europe", "sku": { "name": "Basic" }, "properties": { "adminUserEnabled": false } })
}

const ACR_PUSH: &str = "8311e382-0749-4cb8-b61a-304f252e45ec";
const GUID: &str = "3f2b0c56-6f5a-4f0e-9d3c-111111111111";
