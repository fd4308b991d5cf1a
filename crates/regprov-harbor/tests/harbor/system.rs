//! What belongs to the whole Harbor.

use crate::harness::{World, text};
use regprov_laws::Law;
use regprov_provider::Observed;
use serde_json::json;

#[tokio::test]
async fn schedules_keep_the_laws() {
    let world = World::new().await;
    Law::new(&world, "harbor_garbage_collection")
        .holds(&[
            json!({ "schedule": "0 0 7 * * 0", "delete_untagged": true }),
            json!({ "schedule": "daily", "delete_untagged": true }),
            json!({ "schedule": "daily", "delete_untagged": true, "workers": 3 }),
        ])
        .await;
    Law::new(&world, "harbor_purge_audit_log")
        .holds(&[
            json!({ "schedule": "weekly", "audit_retention_hour": 24, "include_event_types": "create_artifact,other" }),
            json!({ "schedule": "weekly", "audit_retention_hour": 48, "include_event_types": "create_artifact,other" }),
        ])
        .await;
    Law::new(&world, "harbor_interrogation_services")
        .holds(&[
            json!({ "vulnerability_scan_policy": "daily" }),
            json!({ "vulnerability_scan_policy": "0 0 3 * * *" }),
        ])
        .await;
}

#[tokio::test]
async fn another_registry_and_copying_to_it_keep_the_laws() {
    let world = World::new().await;
    let registry = |more: (&str, &str)| {
        let mut config = json!({ "provider_name": "docker-hub", "name": "hub", "endpoint_url": "https://hub.docker.com",
            "access_id": "bob", "access_secret": "Secret12345" });
        config[more.0] = more.1.into();
        config
    };
    let law = Law::new(&world, "harbor_registry");
    law.holds(&[registry(("name", "hub")), registry(("description", "mirror"))])
        .await;
    let made = law
        .create(&law.desired(&registry(("name", "hub"))), &world.mark())
        .await
        .unwrap();
    assert_eq!(text(&made, "status"), "healthy");
    let number: i64 = text(&made, "id").rsplit('/').next().unwrap().parse().unwrap();
    Law::new(&world, "harbor_replication")
        .holds(&[
            json!({ "name": "mirror", "action": "push", "registry_id": number, "schedule": "event_based",
                "filters": [{ "name": "app/**" }, { "tag": "v*", "decoration": "matches" }] }),
            json!({ "name": "mirror", "action": "push", "registry_id": number, "schedule": "0 0 0 * * *",
                "filters": [{ "name": "app/**" }], "enabled": false, "description": "nightly" }),
        ])
        .await;
}

#[tokio::test]
async fn issue_538_a_changed_password_of_another_registry_is_sent() {
    let world = World::new().await;
    let law = Law::new(&world, "harbor_registry");
    let config = |secret: &str| {
        json!({ "provider_name": "harbor", "name": "other", "endpoint_url": "https://other.example.com",
            "access_id": "robot$pull", "access_secret": secret })
    };
    let made = law
        .create(&law.desired(&config("First12345")), &world.mark())
        .await
        .unwrap();
    let Observed::Present(read) = law.read(&text(&made, "id"), Some(&made)).await.unwrap() else {
        panic!("it is there")
    };
    assert_eq!(
        text(&read, "access_secret"),
        "First12345",
        "what is masked keeps what was recorded"
    );
    let before = world.requests("PUT", "/registries/");
    let mut desired = law.desired(&config("Second12345"));
    let entries: Vec<_> = desired
        .as_entries()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    desired = regprov_value::Value::object(entries.into_iter().map(|(name, value)| {
        let computed = matches!(name.as_ref(), "id" | "registry_id" | "status");
        let kept = read.get(&name).cloned().filter(|_| computed);
        (name, kept.unwrap_or(value))
    }));
    let changed = law.update(&read, &desired).await.unwrap();
    assert_eq!(text(&changed, "access_secret"), "Second12345");
    assert_eq!(world.requests("PUT", "/registries/") - before, 1);
}

#[tokio::test]
async fn several_conditions_in_one_filter_are_told() {
    let world = World::new().await;
    let law = Law::new(&world, "harbor_replication");
    let config = json!({ "name": "m", "action": "push", "registry_id": 1, "filters": [{ "name": "a/**", "tag": "v*" }] });
    let found = world
        .findings("harbor_replication", None, &law.desired(&config))
        .await;
    assert!(
        found
            .iter()
            .any(|(fatal, told)| *fatal && told.contains("exactly one of")),
        "{found:?}"
    );
}
