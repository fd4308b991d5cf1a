use serde_json::{Value, json};

use super::{World, basic};
use crate::knobs::{Knobs, LroMode};
use crate::scene::Condition;

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
