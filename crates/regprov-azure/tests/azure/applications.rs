//! Registrations of applications, and their secrets.

use crate::directory::{application, text};
use crate::harness::World;
use regprov_laws::Law;
use regprov_provider::Observed;
use serde_json::json;

const REGISTRATION: &str = "azuread_application_registration";
const PASSWORD: &str = "azuread_application_password";

#[tokio::test]
async fn a_registration_keeps_the_laws() {
    let world = World::new().await;
    let law = Law::new(&world, REGISTRATION);
    law.holds(&[
        json!({"display_name": "pusher"}),
        json!({"display_name": "pusher two", "description": "d", "notes": "n", "service_management_reference": "r"}),
        json!({"display_name": "pusher two", "group_membership_claims": ["SecurityGroup", "DirectoryRole"]}),
        json!({"display_name": "pusher two", "homepage_url": "https://x.example", "logout_url": "https://x.example/out",
            "implicit_access_token_issuance_enabled": true, "implicit_id_token_issuance_enabled": true}),
        json!({"display_name": "pusher two", "marketing_url": "https://x.example/m", "privacy_statement_url": "https://x.example/p",
            "support_url": "https://x.example/s", "terms_of_service_url": "https://x.example/t"}),
        json!({"display_name": "pusher two", "requested_access_token_version": 1, "sign_in_audience": "AzureADMultipleOrgs"}),
        json!({"display_name": "pusher"}),
    ])
    .await;
}

#[tokio::test]
async fn a_registration_is_imported_by_its_id_or_object_id() {
    let world = World::new().await;
    let law = Law::new(&world, REGISTRATION);
    let desired = law.desired(&json!({"display_name": "pusher"}));
    let made = law.create(&desired, &world.mark()).await.unwrap();
    let (id, connection) = (law.resource.id(&made).unwrap(), world.connection(REGISTRATION));
    assert_eq!(law.resource.parse_import(connection, &id).unwrap(), id);
    let object_id = text(&made, "object_id");
    assert_eq!(law.resource.parse_import(connection, &object_id).unwrap(), id);
    assert_eq!(law.read(&id, None).await.unwrap(), Observed::Present(made));
}

#[tokio::test]
async fn a_registration_whose_create_lost_its_answer_is_repeated_without_a_twin() {
    let world = World::new().await;
    let law = Law::new(&world, REGISTRATION);
    let (desired, mark) = (law.desired(&json!({"display_name": "pusher"})), world.mark());
    world.fault(
        json!({"name": "lost", "method": "PATCH", "path": "uniqueName", "phase": "after_commit", "action": "drop"}),
    );
    law.create(&desired, &mark).await.unwrap();
    assert_eq!(law.find(&desired, &mark).await.len(), 1);
    assert_eq!(world.sandbox.inventory().live_of("azure/applications").len(), 1);
}

#[tokio::test]
async fn a_registration_leaves_what_it_does_not_declare() {
    let world = World::new().await;
    let whole = Law::new(&world, "azuread_application");
    let config = json!({"display_name": "pusher", "web": [{"redirect_uris": ["https://x.example/cb"]}]});
    let made = whole
        .create(&whole.desired(&config), &world.mark())
        .await
        .unwrap();
    let id = text(&made, "id");
    let law = Law::new(&world, REGISTRATION);
    let Observed::Present(prior) = law.read(&id, None).await.unwrap() else {
        panic!("it is there")
    };
    let desired = regprov_value::to_json(&prior).unwrap();
    let mut desired = desired;
    desired["homepage_url"] = "https://x.example".into();
    law.update(&prior, &law.desired(&desired)).await.unwrap();
    let Observed::Present(seen) = whole.read(&id, Some(&made)).await.unwrap() else {
        panic!("it is there")
    };
    let seen = regprov_value::to_json(&seen).unwrap();
    assert_eq!(seen["web"][0]["homepage_url"], "https://x.example");
    assert_eq!(seen["web"][0]["redirect_uris"], json!(["https://x.example/cb"]));
}

#[tokio::test]
async fn a_password_of_an_application_keeps_the_laws() {
    let world = World::new().await;
    let id = text(&application(&world).await, "id");
    let law = Law::new(&world, PASSWORD);
    law.holds(&[json!({"application_id": id})]).await;
    law.holds(&[json!({"application_id": id, "display_name": "ci", "end_date_relative": "240h"})])
        .await;
    law.holds(&[
        json!({"application_id": id, "start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z",
        "rotate_when_changed": {"month": "1"}}),
    ])
    .await;
}

#[tokio::test]
async fn a_password_whose_answer_was_lost_is_found_among_others_and_revoked() {
    let world = World::new().await;
    let id = text(&application(&world).await, "id");
    let law = Law::new(&world, PASSWORD);
    let config = json!({"application_id": id, "display_name": "ci"});
    let other = law.create(&law.desired(&config), &world.mark()).await.unwrap();
    assert!(
        text(&other, "value").contains("canary"),
        "the service told a secret"
    );
    let fault = json!({"name": "lost", "method": "POST", "path": "addPassword", "phase": "after_commit", "action": "drop"});
    let orphan = law.is_found_after_a_lost_answer(&config, fault).await;
    assert_ne!(orphan, law.resource.id(&other).unwrap());
    law.delete(&orphan, None).await.unwrap();
    let left = law
        .read(&law.resource.id(&other).unwrap(), Some(&other))
        .await
        .unwrap();
    assert!(matches!(left, Observed::Present(_)), "the other one stays");
    assert_eq!(law.read(&orphan, None).await.unwrap(), Observed::Absent);
}

#[tokio::test]
async fn a_password_of_an_application_is_not_imported() {
    let world = World::new().await;
    let law = Law::new(&world, PASSWORD);
    let error = law
        .resource
        .parse_import(world.connection(PASSWORD), "app/password/key")
        .unwrap_err();
    assert!(error.message.contains("cannot be imported"));
}
