//! The token flow and the rights of the data plane, through the sandbox's front door.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::Service;
use crate::azure::arm::tests::{Got, PUSHER, SECRET, World};
use crate::knobs::Knobs;

const HOST: &str = "localhost:40001";
const GUID: &str = "3f2b0c56-6f5a-4f0e-9d3c-111111111111";
const NULL_USER: &str = "00000000-0000-0000-0000-000000000000";

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

impl World {
    async fn plane(&self, method: &str, target: &str, authorization: &str, body: &str) -> Got {
        let mut request = Request::builder().method(method).uri(target).header("host", HOST);
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        self.ask(Service::Registry("myreg".into()), request).await
    }

    /// An access token for a scope, by Basic credentials.
    async fn access(&self, user: &str, password: &str, scope: &str) -> String {
        let target = format!("/oauth2/token?service={HOST}&scope={scope}");
        let got = self
            .plane("GET", &target, &basic(user, password), "")
            .await
            .expect(200);
        format!("Bearer {}", got.body["access_token"].as_str().unwrap())
    }

    async fn may_push(&self, authorization: &str, repository: &str) -> bool {
        let got = self
            .plane(
                "POST",
                &format!("/v2/{repository}/blobs/uploads/"),
                authorization,
                "",
            )
            .await;
        assert!(matches!(got.status, 202 | 401), "{} {}", got.status, got.body);
        got.status == 202
    }

    async fn may_pull(&self, authorization: &str, repository: &str) -> bool {
        let got = self
            .plane(
                "GET",
                &format!("/v2/{repository}/manifests/v1"),
                authorization,
                "",
            )
            .await;
        assert!(matches!(got.status, 404 | 401), "{} {}", got.status, got.body);
        got.status == 404
    }
}

#[tokio::test]
async fn a_client_without_credentials_is_told_where_to_get_a_token() {
    let world = World::with_registry("Basic", json!({})).await;
    let got = world.plane("GET", "/v2/", "", "").await.expect(401);
    assert_eq!(
        got.header("www-authenticate"),
        format!("Bearer realm=\"http://{HOST}/oauth2/token\",service=\"{HOST}\"")
    );
    let got = world
        .plane("GET", "/v2/team/app/manifests/v1", "", "")
        .await
        .expect(401);
    assert!(
        got.header("www-authenticate")
            .ends_with(",scope=\"repository:team/app:pull\"")
    );
    assert_eq!(got.body["errors"][0]["code"], "UNAUTHORIZED");
    let anonymous = format!("/oauth2/token?service={HOST}&scope=repository:app:pull");
    world.plane("GET", &anonymous, "", "").await.expect(401);
}

#[tokio::test]
async fn a_service_principal_pushes_while_its_role_assignment_lasts() {
    let world = World::with_registry("Basic", json!({})).await;
    let registry = world.registry();
    let report = world.with_pusher(&[]);
    let none = world.access(PUSHER, SECRET, "repository:app:pull,push").await;
    assert!(!world.may_push(&none, "app").await);
    let path = format!("{registry}/providers/Microsoft.Authorization/roleAssignments/{GUID}");
    let role = "/providers/Microsoft.Authorization/roleDefinitions/8311e382-0749-4cb8-b61a-304f252e45ec";
    let wish =
        json!({ "properties": { "roleDefinitionId": role, "principalId": report.object_ids["pusher"] } });
    world.arm("PUT", &path, wish).await.expect(201);
    let token = world.access(PUSHER, SECRET, "repository:app:pull,push").await;
    assert!(world.may_push(&token, "app").await && world.may_pull(&token, "app").await);
    assert!(
        !world.may_push(&token, "other").await,
        "a token is for the repositories it was asked for"
    );
    assert!(world.may_push(&basic(PUSHER, SECRET), "anything").await);
    world
        .plane("DELETE", "/v2/app/manifests/v1", &basic(PUSHER, SECRET), "")
        .await
        .expect(401);
    world.arm("DELETE", &path, Value::Null).await.expect(200);
    let token = world.access(PUSHER, SECRET, "repository:app:pull,push").await;
    assert!(!world.may_push(&token, "app").await && !world.may_pull(&token, "app").await);
    let refused = format!("/oauth2/token?service={HOST}&scope=repository:app:pull");
    let got = world
        .plane("GET", &refused, &basic(PUSHER, "wrong"), "")
        .await
        .expect(401);
    assert_eq!(
        got.body["errors"][0]["message"],
        "Invalid clientid or client secret."
    );
}

#[tokio::test]
async fn a_directory_token_is_exchanged_for_a_refresh_token_that_ages() {
    let world = World::with_registry("Basic", json!({})).await;
    let registry = world.registry();
    world.with_pusher(&[("AcrPush", &registry)]);
    let exchange = async |token: &str| {
        let form = format!(
            "grant_type=access_token&service={HOST}&tenant={}&access_token={token}",
            world.tenant
        );
        world.plane("POST", "/oauth2/exchange", "", &form).await
    };
    exchange("nonsense").await.expect(401);
    let graph = world
        .token_for(PUSHER, SECRET, "https://graph.microsoft.com")
        .await;
    exchange(&graph).await.expect(401);
    let token = world
        .token_for(PUSHER, SECRET, "https://containerregistry.azure.net")
        .await;
    let refresh = exchange(&token).await.expect(200).body["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let form =
        format!("grant_type=refresh_token&service={HOST}&scope=repository:app:push&refresh_token={refresh}");
    let access = world
        .plane("POST", "/oauth2/token", "", &form)
        .await
        .expect(200)
        .body;
    let access = format!("Bearer {}", access["access_token"].as_str().unwrap());
    assert!(world.may_push(&access, "app").await);
    assert!(world.may_push(&basic(NULL_USER, &refresh), "app").await);
    world.sandbox.clock().advance(Duration::from_secs(2 * 3600));
    assert!(!world.may_push(&access, "app").await, "an access token ages");
    assert!(world.may_push(&basic(NULL_USER, &refresh), "app").await);
    world.sandbox.clock().advance(Duration::from_secs(3600));
    assert!(
        !world.may_push(&basic(NULL_USER, &refresh), "app").await,
        "a refresh token ages"
    );
}

#[tokio::test]
async fn arm_tokens_are_taken_unless_the_registry_says_otherwise() {
    let world = World::with_registry("Basic", json!({})).await;
    let form = format!(
        "grant_type=access_token&service={HOST}&access_token={}",
        world.token
    );
    world
        .plane("POST", "/oauth2/exchange", "", &form)
        .await
        .expect(200);
    let policy = json!({ "policies": { "azureADAuthenticationAsArmPolicy": { "status": "disabled" } } });
    world
        .arm("PATCH", &world.registry(), json!({ "properties": policy }))
        .await
        .expect(201);
    world
        .plane("POST", "/oauth2/exchange", "", &form)
        .await
        .expect(401);
}

#[tokio::test]
async fn the_admin_user_may_do_everything_until_it_is_disabled() {
    let world = World::with_registry("Basic", json!({ "adminUserEnabled": true })).await;
    let told = world
        .arm(
            "POST",
            &format!("{}/listCredentials", world.registry()),
            Value::Null,
        )
        .await
        .expect(200)
        .body;
    let admin = basic("myreg", told["passwords"][1]["value"].as_str().unwrap());
    assert!(world.may_push(&admin, "app").await);
    world.plane("GET", "/v2/_catalog", &admin, "").await.expect(200);
    world
        .arm(
            "PATCH",
            &world.registry(),
            json!({ "properties": { "adminUserEnabled": false } }),
        )
        .await
        .expect(201);
    assert!(!world.may_push(&admin, "app").await);
}

#[tokio::test]
async fn a_registry_token_has_the_rights_of_its_scope_map() {
    let world = World::with_registry("Basic", json!({})).await;
    let (map, token) = (
        format!("{}/scopeMaps/pushers", world.registry()),
        format!("{}/tokens/robot", world.registry()),
    );
    let actions = [
        "repositories/team/*/content/read",
        "repositories/team/*/content/write",
        "repositories/base/content/read",
    ];
    let made = world
        .arm("PUT", &map, json!({ "properties": { "actions": actions } }))
        .await
        .expect(201);
    world.settle(&made).await;
    let made = world
        .arm("PUT", &token, json!({ "properties": { "scopeMapId": map } }))
        .await
        .expect(201);
    world.settle(&made).await;
    let generate = async |slot: &str, expiry: Option<&str>| {
        let mut ask = json!({ "tokenId": token, "name": slot });
        if let Some(expiry) = expiry {
            ask["expiry"] = expiry.into();
        }
        let path = format!("{}/generateCredentials", world.registry());
        let told = world.arm("POST", &path, ask).await.expect(200).body;
        let told = told["passwords"]
            .as_array()
            .unwrap()
            .iter()
            .find(|password| password["name"] == slot)
            .unwrap()
            .clone();
        basic("robot", told["value"].as_str().unwrap())
    };
    let first = generate("password1", None).await;
    assert!(world.may_push(&first, "team/app").await && !world.may_push(&first, "base").await);
    assert!(world.may_pull(&first, "base").await && !world.may_pull(&first, "other").await);
    world.plane("GET", "/v2/_catalog", &first, "").await.expect(401);
    let second = generate("password2", Some("2026-01-01T00:30:00Z")).await;
    assert!(world.may_push(&second, "team/app").await);
    world.knobs(Knobs {
        token_regenerate_lag_ms: 60_000,
        ..Knobs::default()
    });
    let third = generate("password1", None).await;
    assert!(world.may_push(&first, "team/app").await && !world.may_push(&third, "team/app").await);
    world.sandbox.clock().advance(Duration::from_secs(40 * 60));
    assert!(!world.may_push(&first, "team/app").await && world.may_push(&third, "team/app").await);
    assert!(!world.may_push(&second, "team/app").await, "it expired");
    let disabled = json!({ "properties": { "status": "disabled" } });
    let made = world.arm("PATCH", &token, disabled).await.expect(201);
    assert_eq!(made.body["properties"]["status"], "disabled");
    assert!(!world.may_push(&third, "team/app").await);
}

#[tokio::test]
async fn an_abac_registry_honours_repository_roles_only() {
    let mode = json!({ "roleAssignmentMode": "AbacRepositoryPermissions" });
    let world = World::with_registry("Basic", mode).await;
    let registry = world.registry();
    let report = world.with_pusher(&[("AcrPush", &registry), ("Owner", &registry)]);
    assert!(!world.may_push(&basic(PUSHER, SECRET), "app").await);
    let role = "/providers/Microsoft.Authorization/roleDefinitions/2a1e307c-b015-4ebd-883e-5b7698a07328";
    let condition = "((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/write'})) OR \
                     (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'app'))";
    let wish = json!({ "properties": {
        "roleDefinitionId": role, "principalId": report.object_ids["pusher"], "condition": condition,
        "conditionVersion": "2.0",
    }});
    let path = format!("{registry}/providers/Microsoft.Authorization/roleAssignments/{GUID}");
    world.arm("PUT", &path, wish).await.expect(201);
    let pusher = basic(PUSHER, SECRET);
    assert!(world.may_push(&pusher, "app").await && !world.may_push(&pusher, "other").await);
    assert!(world.may_pull(&pusher, "other").await);
    world.plane("GET", "/v2/_catalog", &pusher, "").await.expect(401);
}

#[tokio::test]
async fn anybody_pulls_from_a_registry_that_allows_it() {
    let world = World::with_registry("Standard", json!({ "anonymousPullEnabled": true })).await;
    let target = format!("/oauth2/token?service={HOST}&scope=repository:app:pull,push");
    let got = world.plane("GET", &target, "", "").await.expect(200);
    let token = format!("Bearer {}", got.body["access_token"].as_str().unwrap());
    assert!(world.may_pull(&token, "app").await && !world.may_push(&token, "app").await);
}

#[tokio::test]
async fn network_rules_keep_this_machine_out_unless_they_name_it() {
    let world = World::with_registry(
        "Premium",
        json!({ "networkRuleSet": { "defaultAction": "Deny" } }),
    )
    .await;
    let denied = world.plane("GET", "/v2/", "", "").await.expect(403);
    assert_eq!(denied.body["errors"][0]["code"], "DENIED");
    let rules =
        json!({ "defaultAction": "Deny", "ipRules": [{ "action": "Allow", "value": "127.0.0.0/8" }] });
    world
        .arm(
            "PATCH",
            &world.registry(),
            json!({ "properties": { "networkRuleSet": rules } }),
        )
        .await
        .expect(201);
    world.plane("GET", "/v2/", "", "").await.expect(401);
}

#[tokio::test]
async fn what_was_pushed_leaves_with_the_registry() {
    let world = World::with_registry("Basic", json!({})).await;
    let registry = world.registry();
    world.with_pusher(&[("AcrPush", &registry)]);
    let pusher = basic(PUSHER, SECRET);
    let digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    world
        .plane(
            "POST",
            &format!("/v2/app/blobs/uploads/?digest={digest}"),
            &pusher,
            "hello",
        )
        .await
        .expect(201);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "digest": digest, "size": 5 }, "layers": [],
    });
    world
        .plane("PUT", "/v2/app/manifests/v1", &pusher, &manifest.to_string())
        .await
        .expect(201);
    assert_eq!(world.sandbox.inventory().live_of("oci/tags").len(), 1);
    let catalog = world.plane("GET", "/v2/_catalog", &pusher, "").await.expect(200);
    assert_eq!(catalog.body["repositories"], json!(["app"]));
    let deleted = world.arm("DELETE", &registry, Value::Null).await.expect(202);
    world.settle(&deleted).await;
    let left: Vec<_> = world
        .sandbox
        .inventory()
        .live()
        .into_iter()
        .map(|item| item.kind.clone())
        .collect();
    assert_eq!(left, ["azure/resource_groups"]);
    world.plane("GET", "/v2/", "", "").await.expect(404);
}

#[tokio::test]
async fn the_native_api_describes_repositories_and_removes_tags() {
    let world = World::with_registry("Basic", json!({})).await;
    let registry = world.registry();
    world.with_pusher(&[("AcrPush", &registry), ("AcrDelete", &registry)]);
    let pusher = basic(PUSHER, SECRET);
    let digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    world
        .plane(
            "POST",
            &format!("/v2/a/b/blobs/uploads/?digest={digest}"),
            &pusher,
            "hello",
        )
        .await
        .expect(201);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "digest": digest, "size": 5 }, "layers": [],
    });
    world
        .plane("PUT", "/v2/a/b/manifests/v1", &pusher, &manifest.to_string())
        .await
        .expect(201);
    world.plane("GET", "/acr/v1/a/b", "", "").await.expect(401);
    let repository = world
        .plane("GET", "/acr/v1/a/b", &pusher, "")
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&repository["imageName"], &repository["tagCount"]),
        (&json!("a/b"), &json!(1))
    );
    let manifests = world
        .plane("GET", "/acr/v1/a/b/_manifests", &pusher, "")
        .await
        .expect(200)
        .body;
    assert_eq!(
        (
            &manifests["manifests"][0]["tags"],
            &manifests["manifests"][0]["imageSize"]
        ),
        (&json!(["v1"]), &json!(5))
    );
    world
        .plane("DELETE", "/acr/v1/a/b/_tags/v1", &pusher, "")
        .await
        .expect(202);
    world
        .plane("GET", "/acr/v1/a/b/_tags/v1", &pusher, "")
        .await
        .expect(404);
    let deleted = world
        .plane("DELETE", "/acr/v1/a/b", &pusher, "")
        .await
        .expect(202)
        .body;
    assert_eq!(deleted["manifestsDeleted"].as_array().unwrap().len(), 1);
    world.plane("GET", "/acr/v1/a/b", &pusher, "").await.expect(404);
}
