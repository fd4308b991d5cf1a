//! Who may use a registry: IAM, an identity provider, from where.

use crate::harness::{World, text};
use crate::registries::make;
use regprov_laws::Law;
use regprov_provider::ErrorKind;
use regprov_value::Value;
use serde_json::{Value as Json, json};

const IAM: &str = "ovh_cloud_project_containerregistry_iam";
const OIDC: &str = "ovh_cloud_project_containerregistry_oidc";
const MANAGEMENT: &str = "ovh_cloud_project_containerregistry_ip_restrictions_management";
const IMAGES: &str = "ovh_cloud_project_containerregistry_ip_restrictions_registry";

fn of(world: &World, registry: &Value, more: Json) -> Json {
    let mut config = json!({ "service_name": world.project(), "registry_id": text(registry, "id") });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn oidc(world: &World, registry: &Value, more: Json) -> Json {
    let mut config = of(
        world,
        registry,
        json!({
            "oidc_name": "keycloak", "oidc_endpoint": "https://id.example.org", "oidc_client_id": "harbor",
            "oidc_client_secret": "hush", "oidc_scope": "openid,profile",
        }),
    );
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

async fn with_user(world: &World, registry: &Value) {
    let law = Law::new(world, "ovh_cloud_project_containerregistry_user");
    let config = of(
        world,
        registry,
        json!({ "login": "one", "email": "one@example.org" }),
    );
    law.create(&law.desired(&config), &world.mark()).await.unwrap();
}

#[tokio::test]
async fn iam_keeps_the_laws() {
    let world = World::new().await;
    let registry = make(&world).await;
    Law::new(&world, IAM)
        .holds(&[of(&world, &registry, json!({ "delete_users": true }))])
        .await;
}

#[tokio::test]
async fn iam_on_a_registry_with_users_is_refused_with_what_to_do() {
    let world = World::new().await;
    let registry = make(&world).await;
    with_user(&world, &registry).await;
    let law = Law::new(&world, IAM);
    let error = law
        .create(&law.desired(&of(&world, &registry, json!({}))), &world.mark())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.remedy.unwrap().contains("delete_users = true"));
    let config = of(&world, &registry, json!({ "delete_users": true }));
    law.create(&law.desired(&config), &world.mark()).await.unwrap();
}

#[tokio::test]
async fn an_identity_provider_keeps_the_laws() {
    let world = World::new().await;
    let registry = make(&world).await;
    Law::new(&world, OIDC)
        .holds(&[
            oidc(&world, &registry, json!({})),
            oidc(&world, &registry, json!({ "oidc_admin_group": "admins" })),
            oidc(
                &world,
                &registry,
                json!({ "oidc_verify_cert": false, "oidc_auto_onboard": true }),
            ),
            oidc(
                &world,
                &registry,
                json!({ "oidc_verify_cert": true, "oidc_name": "id" }),
            ),
        ])
        .await;
}

#[tokio::test]
async fn an_identity_provider_can_be_read() {
    let world = World::new().await;
    let registry = make(&world).await;
    let law = Law::new(&world, OIDC);
    law.create(&law.desired(&oidc(&world, &registry, json!({}))), &world.mark())
        .await
        .unwrap();
    let read = world.data(OIDC, &of(&world, &registry, json!({}))).await.unwrap();
    assert_eq!(read["oidc_endpoint"], "https://id.example.org");
    assert!(!read.to_string().contains("hush"));
}

#[tokio::test]
async fn restrictions_keep_the_laws() {
    let world = World::new().await;
    let registry = make(&world).await;
    let list = |blocks: Json| of(&world, &registry, json!({ "ip_restrictions": blocks }));
    for name in [MANAGEMENT, IMAGES] {
        Law::new(&world, name)
            .holds(&[
                list(json!([{ "ip_block": "10.0.0.0/8", "description": "office" }])),
                list(json!([{ "ip_block": "10.0.0.1" }, { "ip_block": "2001:db8::/32", "description": "six" }])),
            ])
            .await;
    }
}

#[tokio::test]
async fn restrictions_of_somebody_else_are_told_before_they_are_replaced() {
    let world = World::new().await;
    let registry = make(&world).await;
    let law = Law::new(&world, IMAGES);
    let desired = law.desired(&of(
        &world,
        &registry,
        json!({ "ip_restrictions": [{ "ip_block": "192.0.2.0/24", "description": "" }] }),
    ));
    law.create(&desired, &world.mark()).await.unwrap();
    let found = world.findings(IMAGES, None, &desired).await;
    assert!(!found[0].0 && found[0].1.contains("192.0.2.0/24"), "{found:?}");
    let read = world
        .data(IMAGES, &of(&world, &registry, json!({})))
        .await
        .unwrap();
    assert_eq!(read["ip_restrictions"][0]["ip_block"], "192.0.2.0/24");
}
