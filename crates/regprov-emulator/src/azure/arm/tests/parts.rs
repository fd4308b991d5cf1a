use serde_json::{Value, json};

use super::World;

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
