//! Resource Manager through the sandbox's front door.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::knobs::{Knobs, LroMode};
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

fn basic() -> Value {
    json!({ "location": "West Europe", "sku": { "name": "Basic" }, "properties": { "adminUserEnabled": false } })
}

const ACR_PUSH: &str = "8311e382-0749-4cb8-b61a-304f252e45ec";
const GUID: &str = "3f2b0c56-6f5a-4f0e-9d3c-111111111111";

#[tokio::test]
async fn a_request_without_a_token_or_a_version_is_refused() {
    let world = World::new().await;
    let bare = Request::get("/subscriptions?api-version=2022-12-01")
        .body(Bytes::new())
        .unwrap();
    let refused = world.ask(Service::AzureMain, bare).await.expect(401);
    assert_eq!(refused.code(), "AuthenticationFailed");
    assert!(
        refused
            .header("www-authenticate")
            .starts_with("Bearer authorization_uri=\"http://localhost/")
    );
    let old = world.get("/subscriptions?api-version=latest").await.expect(400);
    assert_eq!(old.code(), "InvalidApiVersionParameter");
    let list = world.get("/subscriptions").await.expect(200);
    assert_eq!(list.body["value"][0]["subscriptionId"], world.subscription);
    let foreign = world.get(&format!("/subscriptions/{GUID}")).await.expect(404);
    assert_eq!(foreign.code(), "SubscriptionNotFound");
    let locations = world
        .get(&format!("/subscriptions/{}/locations", world.subscription))
        .await
        .expect(200);
    assert!(locations.body["value"].as_array().unwrap().len() > 40);
}

#[tokio::test]
async fn a_resource_group_is_created_read_listed_and_deleted_with_what_it_holds() {
    let world = World::with_registry("Basic", json!({})).await;
    let lower = world.group().to_lowercase();
    world
        .arm(
            "PUT",
            &lower,
            json!({ "location": "westeurope", "tags": { "a": "b" } }),
        )
        .await
        .expect(200);
    let moved = world
        .arm("PUT", &lower, json!({ "location": "eastus" }))
        .await
        .expect(409);
    assert_eq!(moved.code(), "InvalidResourceGroupLocation");
    world.arm("HEAD", &lower, Value::Null).await.expect(204);
    let list = world
        .get(&format!("/subscriptions/{}/resourcegroups", world.subscription))
        .await;
    assert_eq!(list.body["value"][0]["tags"], json!({ "a": "b" }));
    let inside = world.get(&format!("{lower}/resources")).await.expect(200);
    assert_eq!(
        inside.body["value"][0]["type"],
        "Microsoft.ContainerRegistry/registries"
    );
    assert_eq!(inside.body["value"][0].get("properties"), None);
    let deleted = world.arm("DELETE", &lower, Value::Null).await.expect(202);
    let during = world.get(&lower).await.expect(200);
    assert_eq!(during.body["properties"]["provisioningState"], "Deleting");
    assert_eq!(world.settle(&deleted).await, Value::Null);
    assert_eq!(
        world.get(&lower).await.expect(404).code(),
        "ResourceGroupNotFound"
    );
    world.arm("HEAD", &lower, Value::Null).await.expect(404);
    assert_eq!(world.sandbox.inventory().live(), Vec::<&crate::Item>::new());
}

#[tokio::test]
async fn a_namespace_that_is_not_registered_refuses_until_it_is() {
    let world = World::new().await;
    let namespace = "Microsoft.ContainerRegistry".to_owned();
    world.condition(Condition::UnregisteredProvider {
        namespace,
        subscription: None,
    });
    world
        .arm("PUT", &world.group(), json!({ "location": "westeurope" }))
        .await
        .expect(201);
    let refused = world.arm("PUT", &world.registry(), basic()).await.expect(409);
    assert_eq!(
        (refused.code(), refused.header("x-ms-failure-cause")),
        ("MissingSubscriptionRegistration", "gateway")
    );
    assert_eq!(
        refused.body["error"]["details"][0]["target"],
        "Microsoft.ContainerRegistry"
    );
    let provider = format!(
        "/subscriptions/{}/providers/Microsoft.ContainerRegistry",
        world.subscription
    );
    let registering = world
        .arm("POST", &format!("{provider}/register"), Value::Null)
        .await
        .expect(200);
    assert_eq!(registering.body["registrationState"], "Registering");
    world.sandbox.clock().advance(Duration::from_secs(3));
    assert_eq!(world.get(&provider).await.body["registrationState"], "Registered");
    world.arm("PUT", &world.registry(), basic()).await.expect(201);
}

#[tokio::test]
async fn a_registry_is_created_by_a_long_running_operation() {
    let world = World::new().await;
    assert_eq!(
        world
            .arm("PUT", &world.registry(), basic())
            .await
            .expect(404)
            .code(),
        "ResourceGroupNotFound"
    );
    world
        .arm("PUT", &world.group(), json!({ "location": "westeurope" }))
        .await
        .expect(201);
    let made = world.arm("PUT", &world.registry(), basic()).await.expect(201);
    assert_eq!(made.body["properties"]["provisioningState"], "Creating");
    assert_eq!(
        (made.header("retry-after"), made.header("x-ms-retry-after-ms")),
        ("1", "200")
    );
    let url = made
        .header("azure-asyncoperation")
        .strip_prefix("http://localhost:8443")
        .unwrap()
        .to_owned();
    assert_eq!(world.get(&url).await.expect(200).body["status"], "Creating");
    assert_eq!(
        world.get(&url.replace("t=", "t=9")).await.expect(404).code(),
        "OperationNotFound"
    );
    assert_eq!(world.settle(&made).await["status"], "Succeeded");
    let registry = world.get(&world.registry()).await.expect(200).body;
    assert_eq!(registry["sku"], json!({ "name": "Basic", "tier": "Basic" }));
    assert_eq!(registry["location"], "westeurope");
    assert!(
        registry["properties"]["loginServer"]
            .as_str()
            .unwrap()
            .starts_with("localhost:")
    );
    assert_eq!(registry["properties"].get("networkRuleSet"), None);
    assert_eq!(registry["properties"]["zoneRedundancy"], "Disabled");
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.ContainerRegistry/registries",
        world.subscription
    );
    assert_eq!(world.get(&path).await.body["value"][0]["id"], world.registry());
    let deleted = world
        .arm("DELETE", &world.registry(), Value::Null)
        .await
        .expect(202);
    assert!(
        deleted
            .header("location")
            .contains("/locations/westeurope/operationResults/registries-")
    );
    world.settle(&deleted).await;
    assert_eq!(
        world.get(&world.registry()).await.expect(404).code(),
        "ResourceNotFound"
    );
    world
        .arm("DELETE", &world.registry(), Value::Null)
        .await
        .expect(204);
}

#[tokio::test]
async fn operations_finish_at_once_or_fail_as_the_knob_says() {
    let world = World::new().await;
    world
        .arm("PUT", &world.group(), json!({ "location": "westeurope" }))
        .await
        .expect(201);
    world.knobs(Knobs {
        lro_mode: LroMode::Fail,
        ..Knobs::default()
    });
    let made = world.arm("PUT", &world.registry(), basic()).await.expect(201);
    assert_eq!(world.settle(&made).await["status"], "Failed");
    assert_eq!(
        world.get(&world.registry()).await.body["properties"]["provisioningState"],
        "Failed"
    );
    world.knobs(Knobs {
        lro_mode: LroMode::Sync,
        ..Knobs::default()
    });
    let made = world.arm("PUT", &world.registry(), basic()).await.expect(200);
    assert_eq!(made.body["properties"]["provisioningState"], "Succeeded");
    world
        .arm("DELETE", &world.registry(), Value::Null)
        .await
        .expect(200);
    world.get(&world.registry()).await.expect(404);
}

#[tokio::test]
async fn names_of_registries_are_checked_and_unique_in_the_world() {
    let world = World::with_registry("Basic", json!({})).await;
    world.condition(Condition::NameTaken {
        name: "theirs123".into(),
    });
    let check = async |name: &str| {
        let path = format!(
            "/subscriptions/{}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
            world.subscription
        );
        let body = json!({ "name": name, "type": "Microsoft.ContainerRegistry/registries" });
        world.arm("POST", &path, body).await.expect(200).body
    };
    assert_eq!(check("free12345").await, json!({ "nameAvailable": true }));
    assert_eq!(check("MyReg").await["reason"], "AlreadyExists");
    assert_eq!(
        check("theirs123").await["message"],
        "The registry theirs123 is already in use."
    );
    assert_eq!(check("ab-c").await["reason"], "Invalid");
    let taken = world
        .arm("PUT", &world.registry().replace("myreg", "theirs123"), basic())
        .await
        .expect(409);
    assert_eq!(
        (taken.code(), &taken.body["status"]),
        ("RegistryNameAlreadyInUse", &json!("Failed"))
    );
    let bad = world
        .arm("PUT", &world.registry().replace("myreg", "ab-c"), basic())
        .await
        .expect(400);
    assert_eq!(bad.code(), "InvalidResourceName");
    let nowhere = json!({ "location": "atlantis", "sku": { "name": "Basic" } });
    let refused = world.arm("PUT", &world.registry(), nowhere).await.expect(400);
    assert_eq!(refused.code(), "LocationNotAvailableForResourceType");
}

#[tokio::test]
async fn each_sku_allows_what_it_has_and_a_change_of_sku_comes_alone() {
    let world = World::with_registry("Basic", json!({})).await;
    let patch = async |body: Value| world.arm("PATCH", &world.registry(), body).await;
    for premium in [
        json!({ "publicNetworkAccess": "Disabled" }),
        json!({ "networkRuleSet": { "defaultAction": "Deny" } }),
        json!({ "policies": { "retentionPolicy": { "days": 3, "status": "enabled" } } }),
        json!({ "dataEndpointEnabled": true }),
        json!({ "anonymousPullEnabled": true }),
    ] {
        assert_eq!(
            patch(json!({ "properties": premium })).await.expect(400).code(),
            "SkuNotSupported"
        );
    }
    let both = json!({ "sku": { "name": "Premium" }, "properties": { "dataEndpointEnabled": true } });
    assert_eq!(patch(both).await.expect(400).code(), "SkuNotSupported");
    let upgraded = patch(json!({ "sku": { "name": "Premium" } })).await.expect(201);
    world.settle(&upgraded).await;
    let rules = json!({ "defaultAction": "Deny", "ipRules": [{ "action": "Allow", "value": "1.2.3.4/32" }] });
    let changed = patch(json!({ "properties": { "networkRuleSet": rules } }))
        .await
        .expect(201);
    assert_eq!(
        changed.body["properties"]["networkRuleSet"]["ipRules"][0]["value"],
        "1.2.3.4"
    );
    let down = patch(json!({ "sku": { "name": "Basic" } })).await.expect(400);
    assert_eq!(down.code(), "SkuNotSupported");
    let export = json!({ "properties": { "policies": { "exportPolicy": { "status": "disabled" } } } });
    assert_eq!(patch(export).await.expect(400).code(), "ExportPolicyNotSupported");
    let typo = patch(json!({ "properties": { "adminUserEnable": true } }))
        .await
        .expect(501);
    assert!(
        typo.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("properties.adminUserEnable")
    );
}

#[tokio::test]
async fn the_admin_user_has_two_passwords_that_can_be_made_anew() {
    let world = World::with_registry("Basic", json!({})).await;
    let list = format!("{}/listCredentials", world.registry());
    let refused = world.arm("POST", &list, Value::Null).await.expect(400);
    assert_eq!(refused.code(), "UnAuthorizedForCredentialOperations");
    world
        .arm(
            "PATCH",
            &world.registry(),
            json!({ "properties": { "adminUserEnabled": true } }),
        )
        .await
        .expect(201);
    let first = world.arm("POST", &list, Value::Null).await.expect(200).body;
    assert_eq!(first["username"], "myreg");
    let path = format!("{}/regenerateCredential", world.registry());
    let second = world
        .arm("POST", &path, json!({ "name": "password2" }))
        .await
        .expect(200)
        .body;
    assert_eq!(first["passwords"][0], second["passwords"][0]);
    assert_ne!(first["passwords"][1]["value"], second["passwords"][1]["value"]);
    let usages = world
        .get(&format!("{}/listUsages", world.registry()))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&usages["value"][1]["name"], &usages["value"][1]["limit"]),
        (&json!("Webhooks"), &json!(2))
    );
}

#[tokio::test]
async fn replicas_live_in_other_regions_of_a_premium_registry_and_show_the_home_region() {
    let world = World::with_registry("Premium", json!({})).await;
    let replica = |name: &str| format!("{}/replications/{name}", world.registry());
    let body =
        |location: &str| json!({ "location": location, "properties": { "regionEndpointEnabled": false } });
    let home = world
        .arm("PUT", &replica("westeurope"), body("westeurope"))
        .await
        .expect(400);
    assert_eq!(home.code(), "InvalidReplicationLocation");
    let made = world
        .arm("PUT", &replica("northeurope"), body("northeurope"))
        .await
        .expect(201);
    assert_eq!(made.body["properties"]["status"].get("displayStatus"), None);
    world.settle(&made).await;
    let list = world
        .get(&format!("{}/replications", world.registry()))
        .await
        .body;
    let names: Vec<&str> = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["northeurope", "westeurope"]);
    assert_eq!(list["value"][0]["properties"]["status"]["displayStatus"], "Ready");
    let down = world
        .arm("PATCH", &world.registry(), json!({ "sku": { "name": "Basic" } }))
        .await
        .expect(400);
    assert_eq!(down.code(), "SkuNotSupported");
}

#[tokio::test]
async fn a_webhook_keeps_its_address_and_headers_to_itself() {
    let world = World::with_registry("Basic", json!({})).await;
    let path = |name: &str| format!("{}/webHooks/{name}", world.registry());
    let body = json!({ "location": "westeurope", "properties": {
        "serviceUri": "https://example.com/x", "customHeaders": { "Authorization": "hidden-value" }, "actions": ["push"],
    }});
    let made = world.arm("PUT", &path("hook1"), body.clone()).await.expect(201);
    assert_eq!(made.body["properties"].get("serviceUri"), None);
    world.settle(&made).await;
    let config = world
        .arm(
            "POST",
            &format!("{}/getCallbackConfig", path("hook1")),
            Value::Null,
        )
        .await
        .expect(200)
        .body;
    assert_eq!(
        config,
        json!({ "customHeaders": { "Authorization": "hidden-value" }, "serviceUri": "https://example.com/x" })
    );
    world.arm("PUT", &path("hook2"), body.clone()).await.expect(201);
    assert_eq!(
        world.arm("PUT", &path("hook3"), body).await.expect(409).code(),
        "QuotaExceeded"
    );
}

#[tokio::test]
async fn a_token_needs_a_scope_map_and_tells_its_passwords_once() {
    let world = World::with_registry("Basic", json!({})).await;
    let map = format!("{}/scopeMaps/pushers", world.registry());
    let token = format!("{}/tokens/robot", world.registry());
    let wish = json!({ "properties": { "scopeMapId": map } });
    assert_eq!(
        world.arm("PUT", &token, wish.clone()).await.expect(400).code(),
        "ScopeMapNotFound"
    );
    let bad = json!({ "properties": { "actions": ["repositories/a*/content/read"] } });
    assert_eq!(
        world.arm("PUT", &map, bad).await.expect(400).code(),
        "InvalidScopeMapActions"
    );
    let good = json!({ "properties": { "actions": ["repositories/app/content/read"] } });
    let made = world.arm("PUT", &map, good).await.expect(201);
    world.settle(&made).await;
    let made = world.arm("PUT", &token, wish).await.expect(201);
    assert_eq!(made.body["properties"]["credentials"]["passwords"], json!([]));
    let generate = format!("{}/generateCredentials", world.registry());
    let ask = json!({ "tokenId": token, "name": "password1" });
    assert_eq!(
        world.arm("POST", &generate, ask.clone()).await.expect(409).code(),
        "TokenNotActive"
    );
    world.settle(&made).await;
    let told = world.arm("POST", &generate, ask).await.expect(200).body;
    assert!(told["passwords"][0]["value"].as_str().unwrap().contains("canary"));
    let read = world.get(&token).await.expect(200).body;
    let passwords = read["properties"]["credentials"]["passwords"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!((passwords.len(), passwords[0].get("value")), (1, None));
    assert_eq!(
        world.arm("DELETE", &map, Value::Null).await.expect(409).code(),
        "ScopeMapInUse"
    );
    let cleared = json!({ "properties": { "credentials": { "passwords": [] } } });
    let cleared = world.arm("PATCH", &token, cleared).await.expect(201).body;
    assert_eq!(cleared["properties"]["credentials"]["passwords"], json!([]));
}

#[tokio::test]
async fn a_cache_rule_needs_credentials_where_its_source_does() {
    let world = World::with_registry("Basic", json!({})).await;
    let rule = |name: &str| format!("{}/cacheRules/{name}", world.registry());
    let set = format!("{}/credentialSets/hub-login", world.registry());
    let wish = |source: &str, target: &str| json!({ "properties": { "sourceRepository": source, "targetRepository": target } });
    let bare = world
        .arm("PUT", &rule("nginx-rule"), wish("docker.io/nginx", "nginx"))
        .await
        .expect(400);
    assert_eq!(bare.code(), "EnforceDockerAuthentication");
    let credentials = json!({ "identity": { "type": "SystemAssigned" }, "properties": {
        "loginServer": "docker.io",
        "authCredentials": [{
            "name": "Credential1",
            "usernameSecretIdentifier": "https://kv.vault.azure.net/secrets/u",
            "passwordSecretIdentifier": "https://kv.vault.azure.net/secrets/p",
        }],
    }});
    let made = world.arm("PUT", &set, credentials).await.expect(201);
    assert_eq!(made.body["identity"]["type"], "systemAssigned");
    assert_eq!(
        made.body["properties"]["authCredentials"][0]["credentialHealth"]["status"],
        "Unhealthy"
    );
    let mut with_set = wish("docker.io/nginx", "nginx");
    with_set["properties"]["credentialSetResourceId"] = set.clone().into();
    let made = world.arm("PUT", &rule("nginx-rule"), with_set).await.expect(201);
    assert_eq!(
        made.body["properties"]["sourceRepository"],
        "docker.io/library/nginx"
    );
    assert_eq!(
        world.arm("DELETE", &set, Value::Null).await.expect(409).code(),
        "CredentialSetInUse"
    );
    let twin = world
        .arm("PUT", &rule("other-rule"), wish("quay.io/nginx", "nginx"))
        .await
        .expect(409);
    assert_eq!(twin.code(), "CacheRuleConflict");
}

#[tokio::test]
async fn an_identity_is_a_principal_that_federated_credentials_can_act_as() {
    let world = World::new().await;
    world
        .arm("PUT", &world.group(), json!({ "location": "westeurope" }))
        .await
        .expect(201);
    let identity = format!(
        "{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci-robot",
        world.group()
    );
    let made = world
        .arm("PUT", &identity, json!({ "location": "westeurope" }))
        .await
        .expect(201)
        .body;
    assert_eq!(
        world
            .arm("PUT", &identity, json!({ "location": "westeurope" }))
            .await
            .expect(200)
            .body,
        made
    );
    let credential = |name: &str| format!("{identity}/federatedIdentityCredentials/{name}");
    let body = |subject: &str| {
        json!({ "properties": {
            "issuer": "https://token.actions.githubusercontent.com", "subject": subject,
            "audiences": ["api://AzureADTokenExchange"],
        }})
    };
    world
        .arm("PUT", &credential("main"), body("repo:o/r:ref:refs/heads/main"))
        .await
        .expect(201);
    world
        .arm("PUT", &credential("main"), body("repo:o/r:ref:refs/heads/main"))
        .await
        .expect(200);
    world
        .arm("PUT", &credential("twin"), body("repo:o/r:ref:refs/heads/main"))
        .await
        .expect(409);
    for number in 1..20 {
        world
            .arm(
                "PUT",
                &credential(&format!("n{number}")),
                body(&format!("repo:{number}")),
            )
            .await
            .expect(201);
    }
    world
        .arm("PUT", &credential("n20"), body("repo:20"))
        .await
        .expect(400);
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/{GUID}",
        world.group()
    );
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{ACR_PUSH}");
    let wish = json!({ "properties": {
        "roleDefinitionId": role, "principalId": made["properties"]["principalId"],
    }});
    let assigned = world.arm("PUT", &assignment, wish).await.expect(201).body;
    assert_eq!(assigned["properties"]["principalType"], "ServicePrincipal");
    world.arm("DELETE", &identity, Value::Null).await.expect(200);
    world.get(&identity).await.expect(404);
}

#[tokio::test]
async fn a_role_is_found_by_its_name_in_any_case() {
    let world = World::new().await;
    let scope = format!("/subscriptions/{}", world.subscription);
    let list = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions");
    let found = world
        .get(&format!("{list}?$filter=roleName%20eq%20%27acrpush%27"))
        .await
        .expect(200)
        .body;
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    assert_eq!(found["value"][0]["id"], format!("{list}/{ACR_PUSH}"));
    let none = world
        .get(&format!("{list}?$filter=roleName+eq+'Nobody'"))
        .await
        .expect(200)
        .body;
    assert_eq!(none["value"], json!([]));
    assert_eq!(
        world.get(&format!("{list}/{GUID}")).await.expect(404).code(),
        "RoleDefinitionDoesNotExist"
    );
}

#[tokio::test]
async fn role_assignments_are_unique_filtered_and_wait_for_the_directory() {
    let world = World::with_registry("Basic", json!({})).await;
    let report = world.with_pusher(&[]);
    let principal = &report.object_ids["pusher"];
    let at =
        |scope: &str, name: &str| format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    let wish = |principal: &str| {
        json!({ "properties": {
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ACR_PUSH}"),
            "principalId": principal,
        }})
    };
    let unknown = world
        .arm("PUT", &at(&world.registry(), GUID), wish(PUSHER))
        .await
        .expect(400);
    assert_eq!(unknown.code(), "PrincipalNotFound");
    let message = unknown.body["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains(" does not exist in the directory ") && message.contains(&PUSHER.replace('-', ""))
    );
    let mut typed = wish(PUSHER);
    typed["properties"]["principalType"] = "ServicePrincipal".into();
    world
        .arm("PUT", &at(&world.group(), GUID), typed)
        .await
        .expect(201);
    let made = world
        .arm("PUT", &at(&world.registry(), GUID), wish(principal))
        .await
        .expect(201)
        .body;
    assert_eq!(made["properties"]["createdBy"], Value::Null);
    let again = world
        .arm("PUT", &at(&world.registry(), GUID), wish(principal))
        .await
        .expect(200)
        .body;
    assert_eq!(again["id"], made["id"]);
    let other = GUID.replace("1111", "2222");
    let twin = world
        .arm("PUT", &at(&world.registry(), &other), wish(principal))
        .await
        .expect(409);
    assert_eq!(twin.code(), "RoleAssignmentExists");
    let list = async |scope: &str, filter: &str| {
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?$filter={filter}");
        world.get(&path).await.expect(200).body["value"]
            .as_array()
            .unwrap()
            .len()
    };
    // Above: the operator's Owner; here: the one by type; below: the registry's.
    assert_eq!(list(&world.group(), "").await, 3);
    assert_eq!(list(&world.group(), "atScope()").await, 2);
    assert_eq!(
        list(&world.group(), &format!("principalId%20eq%20'{principal}'")).await,
        1
    );
    let gone = at(&world.registry(), GUID);
    world.arm("DELETE", &gone, Value::Null).await.expect(200);
    world.arm("DELETE", &gone, Value::Null).await.expect(204);
    assert_eq!(
        world.get(&gone).await.expect(404).code(),
        "RoleAssignmentNotFound"
    );
    let nowhere = at(&world.registry().replace("myreg", "other"), GUID);
    assert_eq!(
        world
            .arm("PUT", &nowhere, wish(principal))
            .await
            .expect(404)
            .code(),
        "ResourceNotFound"
    );
}

#[tokio::test]
async fn callers_may_do_what_their_roles_say_and_no_more() {
    let world = World::with_registry("Basic", json!({ "adminUserEnabled": true })).await;
    let group = world.group();
    world.with_pusher(&[("Reader", &group)]);
    let token = world
        .token_for(PUSHER, SECRET, "https://management.azure.com")
        .await;
    world
        .arm_as(&token, "GET", &world.registry(), &Value::Null)
        .await
        .expect(200);
    let list = format!("{}/listCredentials", world.registry());
    for (method, path) in [
        ("PUT", world.registry()),
        ("POST", list),
        ("DELETE", group.clone()),
    ] {
        let refused = world.arm_as(&token, method, &path, &basic()).await.expect(403);
        assert_eq!(refused.code(), "AuthorizationFailed");
        let message = refused.body["error"]["message"].as_str().unwrap().to_owned();
        assert!(
            message.starts_with(&format!("The client '{PUSHER}' with object id '")),
            "{message}"
        );
    }
    world.condition(Condition::NoPermission {
        principal: "operator".into(),
        action: "Microsoft.Authorization/roleAssignments/*".into(),
        scope: "/".into(),
    });
    let path = format!("{group}/providers/Microsoft.Authorization/roleAssignments/{GUID}");
    assert_eq!(
        world.arm("PUT", &path, json!({})).await.expect(403).code(),
        "AuthorizationFailed"
    );
    world.get(&world.registry()).await.expect(200);
}

#[tokio::test]
async fn lists_are_paged_by_links() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        let path = format!("/subscriptions/{}/resourceGroups/{name}", world.subscription);
        world
            .arm("PUT", &path, json!({ "location": "westeurope" }))
            .await
            .expect(201);
    }
    let first = world
        .get(&format!(
            "/subscriptions/{}/resourcegroups?$top=2",
            world.subscription
        ))
        .await
        .body;
    assert_eq!(first["value"].as_array().unwrap().len(), 2);
    let next = first["nextLink"]
        .as_str()
        .unwrap()
        .strip_prefix("http://localhost:8443")
        .unwrap();
    let second = world.get(next).await.expect(200).body;
    assert_eq!(
        (&second["value"][0]["name"], second.get("nextLink")),
        (&json!("c"), None)
    );
}
