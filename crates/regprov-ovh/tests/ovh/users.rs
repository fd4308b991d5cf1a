//! Users of a project, their S3 credentials and policies.

use crate::harness::{World, text};
use regprov_laws::Law;
use regprov_value::Value;
use serde_json::{Value as Json, json};

const USER: &str = "ovh_cloud_project_user";
const CREDENTIAL: &str = "ovh_cloud_project_user_s3_credential";
const POLICY: &str = "ovh_cloud_project_user_s3_policy";

fn user(world: &World, more: Json) -> Json {
    let mut config = json!({ "service_name": world.project() });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

pub(crate) async fn make(world: &World) -> Value {
    let law = Law::new(world, USER);
    let config = user(
        world,
        json!({ "description": "images", "role_name": "objectstore_operator" }),
    );
    law.create(&law.desired(&config), &world.mark()).await.unwrap()
}

fn of(world: &World, owner: &Value, more: Json) -> Json {
    user(
        world,
        more.as_object()
            .unwrap()
            .iter()
            .chain(
                [("user_id".to_owned(), json!(text(owner, "id")))]
                    .iter()
                    .map(|(a, b)| (a, b)),
            )
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    )
}

#[tokio::test]
async fn a_user_keeps_the_laws() {
    let world = World::new().await;
    Law::new(&world, USER)
        .holds(&[
            user(
                &world,
                json!({ "description": "s3", "role_name": "objectstore_operator" }),
            ),
            user(
                &world,
                json!({ "description": "s3", "role_name": "compute_operator" }),
            ),
            user(
                &world,
                json!({ "description": "s3", "role_names": ["volume_operator", "compute_operator"] }),
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_user_tells_its_password_and_what_openstack_needs() {
    let world = World::new().await;
    let made = make(&world).await;
    assert!(text(&made, "password").contains("canary"));
    let openstack = regprov_value::to_json(made.get("openstack_rc").unwrap()).unwrap();
    assert_eq!(openstack["OS_USERNAME"], text(&made, "username"));
    assert_eq!(openstack["OS_TENANT_ID"], world.project());
}

#[tokio::test]
async fn a_changed_reset_makes_a_new_password() {
    let world = World::new().await;
    let law = Law::new(&world, USER);
    let made = make(&world).await;
    let config =
        json!({ "description": "images", "role_name": "objectstore_operator", "password_reset": "now" });
    let changed = law
        .update(&made, &law.desired(&user(&world, config)))
        .await
        .unwrap();
    assert_ne!(text(&changed, "password"), text(&made, "password"));
    assert!(!text(&changed, "password").is_empty());
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_told_with_those_that_do() {
    let world = World::new().await;
    let desired = Law::new(&world, USER).desired(&user(&world, json!({ "role_name": "objectstore" })));
    let found = world.findings(USER, None, &desired).await;
    assert!(found[0].0 && found[0].1.contains("`objectstore`"), "{found:?}");
    assert!(found[0].1.contains("objectstore_operator"), "{found:?}");
}

#[tokio::test]
async fn a_user_whose_password_was_lost_is_found_by_description_and_date() {
    let world = World::new().await;
    let older = make(&world).await;
    world.sandbox.clock().advance(std::time::Duration::from_secs(60));
    let law = Law::new(&world, USER);
    let config = user(
        &world,
        json!({ "description": "images", "role_name": "objectstore_operator" }),
    );
    let fault = json!({ "name": "lost", "method": "POST", "path": "/user$", "phase": "after_commit", "action": "drop" });
    let id = law.is_found_after_a_lost_answer(&config, fault).await;
    assert_ne!(id, law.resource.id(&older).unwrap());
}

#[tokio::test]
async fn s3_credentials_keep_the_laws_and_tell_their_secret_again() {
    let world = World::new().await;
    let owner = make(&world).await;
    let law = Law::new(&world, CREDENTIAL);
    law.holds(&[of(&world, &owner, json!({}))]).await;
    let desired = law.desired(&of(&world, &owner, json!({})));
    let made = law.create(&desired, &world.mark()).await.unwrap();
    let config = of(
        &world,
        &owner,
        json!({ "access_key_id": text(&made, "access_key_id") }),
    );
    let read = world.data(CREDENTIAL, &config).await.unwrap();
    assert_eq!(read["secret_access_key"], text(&made, "secret_access_key"));
    let config = of(&world, &owner, json!({}));
    let all = world
        .data("ovh_cloud_project_user_s3_credentials", &config)
        .await
        .unwrap();
    assert_eq!(all["access_key_ids"], json!([text(&made, "access_key_id")]));
}

#[tokio::test]
async fn a_policy_keeps_the_laws() {
    let world = World::new().await;
    let owner = make(&world).await;
    let policy = |action: &str| {
        let text = format!(
            r#"{{ "Statement": [ {{"Sid":"rw","Effect":"Allow","Action":["{action}"],"Resource":["arn:aws:s3:::b/*"]}} ] }}"#
        );
        of(&world, &owner, json!({ "policy": text }))
    };
    let law = Law::new(&world, POLICY);
    law.holds(&[policy("s3:GetObject"), policy("s3:PutObject")]).await;
    law.create(&law.desired(&policy("s3:GetObject")), &world.mark())
        .await
        .unwrap();
    let read = world.data(POLICY, &of(&world, &owner, json!({}))).await.unwrap();
    assert!(read["policy"].as_str().unwrap().contains("s3:GetObject"));
    let found = world
        .findings(POLICY, None, &law.desired(&policy("s3:PutObject")))
        .await;
    assert!(
        !found[0].0 && found[0].1.contains("this one takes its place"),
        "{found:?}"
    );
}

#[tokio::test]
async fn users_are_listed() {
    let world = World::new().await;
    let owner = make(&world).await;
    let all = world
        .data(
            "ovh_cloud_project_users",
            &json!({ "service_name": world.project() }),
        )
        .await
        .unwrap();
    assert_eq!(all["users"][0]["user_id"], text(&owner, "id"));
    let one = world.data(USER, &of(&world, &owner, json!({}))).await.unwrap();
    assert_eq!(one["roles"][0]["name"], "objectstore_operator");
}
