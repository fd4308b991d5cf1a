//! Role assignments.

use crate::directory::{service_principal, text};
use crate::harness::World;
use crate::registries::{group, registry};
use regprov_laws::Law;
use regprov_provider::ErrorKind;
use serde_json::{Value as Json, json};

async fn scope(world: &World) -> String {
    group(world).await;
    let law = Law::new(world, "azurerm_container_registry");
    let made = law
        .create(&law.desired(&registry(json!({}))), &world.mark())
        .await
        .unwrap();
    text(&made, "id")
}

fn assignment(scope: &str, principal: &str, more: Json) -> Json {
    let mut config = json!({"scope": scope, "role_definition_name": "AcrPush", "principal_id": principal});
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

#[tokio::test]
async fn a_role_assignment_keeps_the_laws() {
    let world = World::new().await;
    let (scope, principal) = (
        scope(&world).await,
        text(&service_principal(&world).await, "object_id"),
    );
    let law = Law::new(&world, "azurerm_role_assignment");
    law.holds(&[
        assignment(&scope, &principal, json!({})),
        assignment(&scope, &principal, json!({"description": "d"})),
    ])
    .await;
    let subscription = format!("/subscriptions/{}", world.subscription());
    let by_id = json!({
        "scope": subscription, "principal_id": principal, "skip_service_principal_aad_check": true,
        "role_definition_id": "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d",
    });
    law.holds(&[by_id]).await;
}

#[tokio::test]
async fn a_principal_that_rbac_does_not_know_yet_gets_its_role_at_once() {
    let world = World::of(&crate::harness::scene(
        json!({"knobs": {"replication_rbac_ms": 60000}}),
    ))
    .await;
    let (scope, principal) = (
        scope(&world).await,
        text(&service_principal(&world).await, "object_id"),
    );
    let law = Law::new(&world, "azurerm_role_assignment");
    let before = world.sandbox.clock().now();
    law.create(
        &law.desired(&assignment(&scope, &principal, json!({}))),
        &world.mark(),
    )
    .await
    .unwrap();
    assert_eq!(
        world.sandbox.clock().now(),
        before,
        "its type was sent, so nothing was waited for"
    );
}

#[tokio::test]
async fn a_repeated_create_is_the_same_assignment() {
    let world = World::new().await;
    let (scope, principal) = (
        scope(&world).await,
        text(&service_principal(&world).await, "object_id"),
    );
    let law = Law::new(&world, "azurerm_role_assignment");
    let desired = law.desired(&assignment(&scope, &principal, json!({})));
    let first = law.create(&desired, &world.mark()).await.unwrap();
    let second = law.create(&desired, &world.mark()).await.unwrap();
    assert_eq!(text(&first, "id"), text(&second, "id"));
    assert_eq!(
        world.sandbox.inventory().live_of("azure/role_assignments").len(),
        1
    );
}

#[tokio::test]
async fn the_same_assignment_under_another_name_is_named() {
    let world = World::new().await;
    let (scope, principal) = (
        scope(&world).await,
        text(&service_principal(&world).await, "object_id"),
    );
    let law = Law::new(&world, "azurerm_role_assignment");
    let named = assignment(
        &scope,
        &principal,
        json!({"name": "11111111-1111-4111-8111-111111111111"}),
    );
    let first = law.create(&law.desired(&named), &world.mark()).await.unwrap();
    let error = law
        .create(
            &law.desired(&assignment(&scope, &principal, json!({}))),
            &world.mark(),
        )
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists(Some(text(&first, "id"))));
}

#[tokio::test]
async fn a_client_id_is_refused_with_the_object_id() {
    let world = World::new().await;
    let principal = service_principal(&world).await;
    let scope = scope(&world).await;
    let law = Law::new(&world, "azurerm_role_assignment");
    let config = assignment(&scope, &text(&principal, "client_id"), json!({}));
    let error = law
        .create(&law.desired(&config), &world.mark())
        .await
        .unwrap_err();
    assert!(error.message.contains("is a client id"), "{}", error.message);
    assert!(error.remedy.unwrap().contains(&text(&principal, "object_id")));
}

#[tokio::test]
async fn role_definitions_and_our_own_identity_can_be_read() {
    let world = World::new().await;
    let scope = format!("/subscriptions/{}", world.subscription());
    let read = world
        .data_of(
            "azurerm_role_definition",
            &json!({"name": "AcrPush", "scope": scope}),
            None,
        )
        .await
        .unwrap();
    assert_eq!(read["role_definition_id"], "8311e382-0749-4cb8-b61a-304f252e45ec");
    let read = world
        .data_of("azurerm_subscription", &json!({}), None)
        .await
        .unwrap();
    assert_eq!(read["state"], "Enabled");
    let read = world
        .data_of("azurerm_client_config", &json!({}), None)
        .await
        .unwrap();
    assert_eq!(read["subscription_id"], world.subscription().as_str());
    group(&world).await;
    let read = world
        .data_of("azurerm_resource_group", &json!({"name": "binderhub"}), None)
        .await
        .unwrap();
    assert_eq!(read["location"], "westeurope");
}
