//! Buckets.

use crate::harness::{World, text};
use crate::users;
use regprov_laws::Law;
use regprov_provider::{ErrorKind, Observed};
use serde_json::{Value as Json, json};

const BUCKET: &str = "ovh_cloud_project_storage";

fn bucket(world: &World, more: Json) -> Json {
    let mut config = json!({ "service_name": world.project(), "region_name": "GRA", "name": "hub-images" });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

#[tokio::test]
async fn a_bucket_keeps_the_laws() {
    let world = World::new().await;
    Law::new(&world, BUCKET)
        .holds(&[
            bucket(&world, json!({})),
            bucket(&world, json!({ "tags": { "team": "hub" } })),
            bucket(
                &world,
                json!({ "versioning": { "status": "enabled" }, "encryption": { "sse_algorithm": "AES256" } }),
            ),
            bucket(&world, json!({ "versioning": { "status": "suspended" } })),
        ])
        .await;
}

#[tokio::test]
async fn what_a_rule_leaves_away_the_service_decides() {
    let world = World::new().await;
    let rule = json!({ "destination": { "name": "copy", "region": "DE" }, "filter": { "prefix": "a/" } });
    Law::new(&world, BUCKET)
        .holds(&[
            bucket(
                &world,
                json!({ "versioning": { "status": "enabled" }, "replication": { "rules": [rule] } }),
            ),
            bucket(
                &world,
                json!({ "versioning": { "status": "enabled" }, "replication": { "rules": [] } }),
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_period_of_seven_days_is_one_of_a_week() {
    let world = World::new().await;
    let lock = |period: &str| {
        let rule = json!({ "mode": "governance", "period": period });
        bucket(
            &world,
            json!({ "object_lock": { "status": "enabled", "rule": rule } }),
        )
    };
    Law::new(&world, BUCKET).holds(&[lock("P7D"), lock("P10D")]).await;
}

#[tokio::test]
async fn a_bucket_is_owned_by_a_user_that_cannot_change() {
    let world = World::new().await;
    let owner = users::make(&world).await;
    let id: u64 = text(&owner, "id").parse().unwrap();
    let law = Law::new(&world, BUCKET);
    let desired = law.desired(&bucket(&world, json!({ "owner_id": id })));
    let made = law.create(&desired, &world.mark()).await.unwrap();
    let other = law.desired(&bucket(&world, json!({ "owner_id": 7 })));
    let found = world.findings(BUCKET, Some(&made), &other).await;
    assert!(
        found[0].0 && found[0].1.contains("Owner cannot change"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_bucket_with_objects_is_never_emptied() {
    let world = World::new().await;
    let law = Law::new(&world, BUCKET);
    let made = law
        .create(&law.desired(&bucket(&world, json!({}))), &world.mark())
        .await
        .unwrap();
    let elsewhere = law.desired(&bucket(&world, json!({ "region_name": "DE" })));
    let found = world.replacing(BUCKET, &made, &elsewhere).await;
    assert!(found.is_empty(), "an empty one can go: {found:?}");
    world.seed(json!({ "ovh_buckets": [
        { "name": "hub-images", "project": world.project(), "region": "GRA", "objects": ["a", "b"] }] }));
    let id = law.resource.id(&made).unwrap();
    let error = law.delete(&id, Some(&made)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.remedy.unwrap().contains("never empties a bucket"));
    let Observed::Present(read) = law.read(&id, Some(&made)).await.unwrap() else {
        panic!("it is still there");
    };
    assert_eq!(read.get("objects").unwrap().as_items().unwrap().len(), 2);

    let found = world.replacing(BUCKET, &read, &elsewhere).await;
    assert!(
        found
            .iter()
            .any(|(fatal, told)| *fatal && told.contains("Bucket is not empty")),
        "{found:?}"
    );
}

/// Issue 1140 of the public provider: a changed region ended in a state that no apply could leave.
#[tokio::test]
async fn a_changed_region_of_a_bucket_is_a_replacement_that_warns_of_the_loss() {
    let world = World::new().await;
    let law = Law::new(&world, BUCKET);
    let made = law
        .create(&law.desired(&bucket(&world, json!({}))), &world.mark())
        .await
        .unwrap();
    assert!(law.resource.schema().block.attributes["region_name"].replaces);
    let elsewhere = law.desired(&bucket(&world, json!({ "region_name": "DE" })));
    let found = world.findings(BUCKET, Some(&made), &elsewhere).await;
    assert!(
        found
            .iter()
            .any(|(fatal, told)| !fatal && told.contains("cannot move from GRA to DE")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_name_that_is_taken_is_told() {
    let world = World::of(json!({ "ovh_buckets": [
        { "name": "hub-images", "project": "somebody", "region": "GRA" }] }))
    .await;
    let law = Law::new(&world, BUCKET);
    let error = law
        .create(&law.desired(&bucket(&world, json!({}))), &world.mark())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists(None));
    assert!(error.remedy.unwrap().contains("choose another `name`"));
}

#[tokio::test]
async fn versioning_that_was_enabled_cannot_be_disabled() {
    let world = World::new().await;
    let law = Law::new(&world, BUCKET);
    let enabled = law.desired(&bucket(&world, json!({ "versioning": { "status": "enabled" } })));
    let made = law.create(&enabled, &world.mark()).await.unwrap();
    let disabled = law.desired(&bucket(&world, json!({ "versioning": { "status": "disabled" } })));
    let found = world.findings(BUCKET, Some(&made), &disabled).await;
    assert!(found[0].0 && found[0].1.contains("suspended"), "{found:?}");
}

#[tokio::test]
async fn buckets_are_listed() {
    let world = World::new().await;
    let law = Law::new(&world, BUCKET);
    law.create(&law.desired(&bucket(&world, json!({}))), &world.mark())
        .await
        .unwrap();
    let place = json!({ "service_name": world.project(), "region_name": "GRA" });
    let all = world.data("ovh_cloud_project_storages", &place).await.unwrap();
    assert_eq!(all["containers"][0]["name"], "hub-images");
    let one = world.data(BUCKET, &bucket(&world, json!({}))).await.unwrap();
    assert_eq!(one["versioning"]["status"], "disabled");
}
