use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{GUID, World, basic};
use crate::Service;
use crate::scene::Condition;

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
