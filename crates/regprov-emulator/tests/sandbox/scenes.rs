use regprov_emulator::{Scene, SeedError};
use serde_json::{Value, json};

use crate::support::Bench;

fn scene(value: Value) -> Scene {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn a_scene_makes_surroundings_that_are_not_taken_for_a_clients_work() {
    let bench = Bench::new().await;
    let report = bench
        .sandbox
        .seed(&scene(json!({
            "subscriptions": [{ "id": "6B3F4F0E-0000-4000-8000-000000000001" }],
            "resource_groups": [{ "name": "shared", "location": "West Europe" }],
            "resources": [{ "id": "/subscriptions/{subscription}/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/v" }],
            "users": [{ "display_name": "Ada", "user_principal_name": "ada@sandbox.onmicrosoft.com" }],
            "service_principals": [{ "display_name": "existing" }],
            "role_assignments": [{ "principal": "existing", "role": "AcrPush", "scope": "/subscriptions/{subscription}" }],
            "conditions": [{ "name_taken": { "name": "popular" } }],
        })))
        .unwrap();
    assert!(bench.sandbox.inventory().live().is_empty());
    let user = bench.get("/users/ada@sandbox.onmicrosoft.com").await;
    assert_eq!(user.text("/id"), report.object_ids["Ada"]);
    let principal = bench
        .get("/servicePrincipals?$filter=displayName%20eq%20'existing'")
        .await;
    assert_eq!(principal.text("/value/0/appId"), report.client_ids["existing"]);
}

#[tokio::test]
async fn a_subscription_that_a_scene_names_again_stays_as_it_is() {
    let bench = Bench::new().await;
    let id = "6b3f4f0e-0000-4000-8000-000000000002";
    let named = json!({ "subscriptions": [{ "id": id, "name": "Hubs", "state": "Warned" }] });
    bench.sandbox.seed(&scene(named)).unwrap();
    let before = bench.sandbox.inventory();
    bench
        .sandbox
        .seed(&scene(json!({ "subscriptions": [{ "id": id }] })))
        .unwrap();
    assert_eq!(bench.sandbox.inventory(), before);
    let names = before.items.iter().filter(|item| item.id == id);
    assert_eq!(
        names.map(|item| item.name.as_deref()).collect::<Vec<_>>(),
        [Some("Hubs")]
    );
}

#[tokio::test]
async fn an_expired_secret_and_a_missing_permission_are_answered_as_the_service_does() {
    let bench = Bench::new().await;
    let forbidden = json!({ "principal": "operator", "action": "Microsoft.Graph/applications/*" });
    bench
        .sandbox
        .seed(&scene(json!({ "conditions": [{ "no_permission": forbidden }] })))
        .unwrap();
    let reply = bench.post("/applications", json!({ "displayName": "x" })).await;
    assert_eq!((reply.status, reply.code()), (403, "Authorization_RequestDenied"));
    let expired = json!({ "conditions": [{ "expired_secret": { "principal": "operator" } }] });
    bench.sandbox.seed(&scene(expired)).unwrap();
    assert_eq!(
        bench.token_reply(&[]).await.body["error_codes"],
        json!([7_000_222])
    );
}

#[tokio::test]
async fn throttling_and_a_full_directory_are_answered_as_the_service_does() {
    let bench = Bench::new().await;
    let throttle = json!({ "method": "POST", "path": "/applications$", "times": 2, "retry_after": 1 });
    bench
        .sandbox
        .seed(&scene(
            json!({ "conditions": [{ "throttle": throttle }, { "quota": { "directory_objects": 6 } }] }),
        ))
        .unwrap();
    for expected in [429, 429, 201, 403] {
        let reply = bench.post("/applications", json!({ "displayName": "x" })).await;
        assert_eq!(reply.status, expected, "{reply:?}");
    }
}

#[tokio::test]
async fn a_scene_that_contradicts_itself_makes_nothing() {
    let bench = Bench::new().await;
    let before = bench.sandbox.inventory();
    for wrong in [
        json!({ "users": [{ "display_name": "Ada" }], "resource_groups": [{ "name": "x", "location": "atlantis" }] }),
        json!({ "users": [{ "display_name": "Ada" }], "role_assignments": [{ "principal": "nobody", "role": "AcrPush", "scope": "/" }] }),
        json!({ "users": [{ "display_name": "Ada" }], "role_assignments": [{ "principal": "Ada", "role": "Emperor", "scope": "/" }] }),
    ] {
        assert!(
            matches!(
                bench.sandbox.seed(&scene(wrong.clone())),
                Err(SeedError::Invalid(_))
            ),
            "{wrong}"
        );
        assert_eq!(bench.sandbox.inventory(), before);
    }
    assert!(
        serde_json::from_value::<Scene>(json!({ "user": [] })).is_err(),
        "a misspelt field is refused"
    );
}
