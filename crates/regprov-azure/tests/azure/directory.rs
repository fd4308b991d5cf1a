//! Applications, service principals and their passwords.

use crate::harness::World;
use regprov_laws::Law;
use regprov_provider::{ErrorKind, Observed};
use regprov_value::Value;
use serde_json::json;

pub(crate) fn text(object: &Value, name: &str) -> String {
    object
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

pub(crate) async fn application(world: &World) -> Value {
    let law = Law::new(world, "azuread_application");
    law.create(&law.desired(&json!({"display_name": "pusher"})), &world.mark())
        .await
        .unwrap()
}

pub(crate) async fn service_principal(world: &World) -> Value {
    let application = application(world).await;
    let law = Law::new(world, "azuread_service_principal");
    let desired = law.desired(&json!({"client_id": text(&application, "client_id")}));
    law.create(&desired, &world.mark()).await.unwrap()
}

#[tokio::test]
async fn an_application_keeps_the_laws() {
    let world = World::new().await;
    let law = Law::new(&world, "azuread_application");
    let id = |n: u8| format!("00000000-0000-4000-8000-0000000000{n:02}");
    law.holds(&[
        json!({"display_name": "pusher"}),
        json!({"display_name": "pusher two", "description": "d", "notes": "n", "web": [{}]}),
        json!({
            "display_name": "pusher two",
            "app_role": [{"id": id(1), "allowed_member_types": ["Application"], "description": "d", "display_name": "n", "value": "Push"}],
            "api": [{"requested_access_token_version": 2, "oauth2_permission_scope": [
                {"id": id(2), "value": "push", "admin_consent_description": "a", "admin_consent_display_name": "b"}]}],
        }),
        json!({
            "display_name": "pusher two",
            "web": [{"homepage_url": "https://x.example", "redirect_uris": ["https://x.example/cb"],
                "implicit_grant": [{"id_token_issuance_enabled": true}]}],
            "single_page_application": [{"redirect_uris": ["https://x.example/spa"]}],
            "public_client": [{"redirect_uris": ["https://x.example/native"]}],
            "optional_claims": [{"id_token": [{"name": "email"}], "access_token": [{"name": "groups", "essential": true}]}],
            "required_resource_access": [{"resource_app_id": "00000003-0000-0000-c000-000000000000",
                "resource_access": [{"id": id(3), "type": "Scope"}]}],
            "group_membership_claims": ["SecurityGroup"], "marketing_url": "https://x.example/m", "tags": ["a", "b"],
            "sign_in_audience": "AzureADMultipleOrgs", "fallback_public_client_enabled": true,
        }),
        json!({"display_name": "pusher", "tags": ["a"]}),
    ])
    .await;
}

#[tokio::test]
async fn an_application_with_a_secret_keeps_the_laws() {
    let world = World::new().await;
    let law = Law::new(&world, "azuread_application");
    let config = json!({"display_name": "pusher", "password": [{"display_name": "ci"}]});
    let object = law.create(&law.desired(&config), &world.mark()).await.unwrap();
    let secret = &object.get("password").unwrap().as_items().unwrap()[0];
    assert!(
        text(secret, "value").contains("canary"),
        "the service told a secret"
    );
    let id = law.resource.id(&object).unwrap();
    assert_eq!(
        law.read(&id, Some(&object)).await.unwrap(),
        Observed::Present(object.clone())
    );
    law.delete(&id, Some(&object)).await.unwrap();
}

#[tokio::test]
async fn an_application_whose_create_lost_its_answer_is_repeated_without_a_twin() {
    let world = World::new().await;
    let law = Law::new(&world, "azuread_application");
    let (desired, mark) = (law.desired(&json!({"display_name": "pusher"})), world.mark());
    world.fault(json!({"name": "lost", "method": "PATCH", "path": "uniqueName", "phase": "after_commit", "action": "drop"}));
    // The upsert is repeated by the transport itself.
    law.create(&desired, &mark).await.unwrap();
    assert_eq!(law.find(&desired, &mark).await.len(), 1);
    assert_eq!(world.sandbox.inventory().live_of("azure/applications").len(), 1);
}

#[tokio::test]
async fn a_service_principal_keeps_the_laws() {
    let world = World::new().await;
    let application = application(&world).await;
    let client_id = text(&application, "client_id");
    let law = Law::new(&world, "azuread_service_principal");
    law.holds(&[
        json!({"client_id": client_id}),
        json!({"client_id": client_id, "description": "d", "notes": "n", "account_enabled": false}),
        json!({"client_id": client_id, "app_role_assignment_required": true, "login_url": "https://x.example"}),
        json!({"client_id": client_id, "feature_tags": [{"hide": true}]}),
    ])
    .await;
}

#[tokio::test]
async fn a_service_principal_whose_create_lost_its_answer_is_found() {
    let world = World::new().await;
    let application = application(&world).await;
    let law = Law::new(&world, "azuread_service_principal");
    let config = json!({"client_id": text(&application, "client_id")});
    let fault = json!({"name": "lost", "method": "POST", "path": "servicePrincipals", "phase": "after_commit", "action": "drop"});
    law.is_found_after_a_lost_answer(&config, fault).await;
}

#[tokio::test]
async fn a_second_service_principal_of_an_application_is_refused_with_its_id_or_taken_over() {
    let world = World::new().await;
    let first = service_principal(&world).await;
    let law = Law::new(&world, "azuread_service_principal");
    let config = |adopt: bool| json!({"client_id": text(&first, "client_id"), "use_existing": adopt});
    let error = law
        .create(&law.desired(&config(false)), &world.mark())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists(Some(text(&first, "id"))));
    let adopted = law
        .create(&law.desired(&config(true)), &world.mark())
        .await
        .unwrap();
    assert_eq!(text(&adopted, "id"), text(&first, "id"));
    law.delete(&text(&first, "id"), Some(&adopted)).await.unwrap();
    let left = law.read(&text(&first, "id"), None).await.unwrap();
    assert!(
        matches!(left, Observed::Present(_)),
        "what was there before us stays"
    );
}

#[tokio::test]
async fn a_service_principals_password_keeps_the_laws() {
    let world = World::new().await;
    let principal = service_principal(&world).await;
    let law = Law::new(&world, "azuread_service_principal_password");
    law.holds(&[json!({"service_principal_id": text(&principal, "id")})])
        .await;
    law.holds(&[json!({"service_principal_id": text(&principal, "id"), "display_name": "ci",
        "start_date": "2026-01-01T00:00:00Z", "end_date": "2026-07-01T00:00:00Z", "rotate_when_changed": {"a": "b"}})])
    .await;
    law.holds(&[json!({"service_principal_id": text(&principal, "id"), "end_date_relative": "240h"})])
        .await;
}

#[tokio::test]
async fn a_password_whose_answer_was_lost_is_found_among_others_and_revoked_alone() {
    let world = World::new().await;
    let principal = service_principal(&world).await;
    let law = Law::new(&world, "azuread_service_principal_password");
    let config = json!({"service_principal_id": text(&principal, "id"), "display_name": "ci", "start_date": "2026-01-01T00:00:00Z"});
    let other = law.create(&law.desired(&config), &world.mark()).await.unwrap();
    let fault = json!({"name": "lost", "method": "POST", "path": "addPassword", "phase": "after_commit", "action": "drop"});
    let lost = law.is_found_after_a_lost_answer(&config, fault).await;
    assert_ne!(lost, text(&other, "id"));
    law.delete(&lost, None).await.unwrap();
    assert_eq!(law.read(&lost, None).await.unwrap(), Observed::Absent);
    let id = text(&other, "id");
    assert!(
        matches!(law.read(&id, Some(&other)).await.unwrap(), Observed::Present(_)),
        "other keys are not touched"
    );
}

#[tokio::test]
async fn a_new_principal_that_is_not_visible_yet_is_waited_for() {
    let world = World::of(&crate::harness::scene(
        json!({"knobs": {"replication_graph_ms": 5000}}),
    ))
    .await;
    let principal = service_principal(&world).await;
    let law = Law::new(&world, "azuread_service_principal_password");
    let made = law
        .create(
            &law.desired(&json!({"service_principal_id": text(&principal, "id")})),
            &world.mark(),
        )
        .await;
    made.unwrap();
}

#[tokio::test]
async fn directory_data_sources_find_one_object_or_say_why_not() {
    let world = World::new().await;
    let principal = service_principal(&world).await;
    let client_id = text(&principal, "client_id");
    let read = world
        .data_of(
            "azuread_service_principal",
            &json!({"display_name": "pusher"}),
            None,
        )
        .await
        .unwrap();
    assert_eq!(read["client_id"], client_id.as_str());
    let read = world
        .data_of(
            "azuread_application",
            &json!({"client_id": client_id}),
            Some(&["display_name"]),
        )
        .await
        .unwrap();
    assert_eq!(read["display_name"], "pusher");
    let error = world
        .data_of(
            "azuread_application",
            &json!({"display_name": "nobody"}),
            Some(&[]),
        )
        .await
        .unwrap_err();
    assert!(
        error.message.contains("no application `nobody`"),
        "{}",
        error.message
    );
    let error = world
        .data_of("azuread_application", &json!({}), Some(&[]))
        .await
        .unwrap_err();
    assert!(error.message.contains("exactly one of"), "{}", error.message);
    let read = world
        .data_of("azuread_client_config", &json!({}), None)
        .await
        .unwrap();
    assert_eq!(read["client_id"], world.sandbox.operator().2.as_str());
}
