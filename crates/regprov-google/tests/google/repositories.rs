//! Repositories of Artifact Registry, and the services that they need.

use crate::harness::{World, text};
use regprov_laws::Law;
use regprov_provider::ErrorKind;
use serde_json::json;
use std::time::Duration;

const REPOSITORY: &str = "google_artifact_registry_repository";
const SERVICE: &str = "google_project_service";

#[tokio::test]
async fn a_repository_keeps_the_laws() {
    let world = World::new().await;
    let base = json!({ "repository_id": "images", "location": "us-central1", "format": "DOCKER" });
    let with = |more: serde_json::Value| {
        let mut config = base.clone();
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        config
    };
    Law::new(&world, REPOSITORY)
        .holds(&[
            base.clone(),
            with(json!({ "description": "images" })),
            with(json!({ "description": "images", "labels": { "team": "a" } })),
            with(json!({ "labels": { "team": "b", "tier": "c" }, "docker_config": [{ "immutable_tags": true }] })),
            with(json!({
                "cleanup_policy_dry_run": true,
                "cleanup_policies": [
                    { "id": "old", "action": "DELETE", "condition": [{ "older_than": "2592000s", "tag_state": "ANY" }] },
                    { "id": "recent", "action": "KEEP", "most_recent_versions": [{ "keep_count": 5 }] },
                ],
            })),
            base.clone(),
        ])
        .await;
}

#[tokio::test]
async fn the_repository_of_gcr_io_is_one_with_a_dot() {
    let world = World::new().await;
    let config = json!({ "repository_id": "gcr.io", "location": "us", "format": "docker" });
    let made = world.make(REPOSITORY, &config).await;
    assert_eq!(text(&made, "format"), "docker");
    assert_eq!(
        text(&made, "id"),
        "projects/team-a/locations/us/repositories/gcr.io"
    );
}

#[tokio::test]
async fn a_remote_and_a_virtual_repository_keep_the_laws() {
    let world = World::new().await;
    let remote = json!({
        "repository_id": "hub", "location": "us-central1", "format": "DOCKER", "mode": "REMOTE_REPOSITORY",
        "remote_repository_config": [{ "description": "Docker Hub", "docker_repository": [{ "public_repository": "DOCKER_HUB" }] }],
    });
    Law::new(&world, REPOSITORY)
        .holds(std::slice::from_ref(&remote))
        .await;
    let upstream = world
        .make(
            REPOSITORY,
            &json!({ "repository_id": "images", "location": "us-central1", "format": "DOCKER" }),
        )
        .await;
    let joined = json!({
        "repository_id": "all", "location": "us-central1", "format": "DOCKER", "mode": "VIRTUAL_REPOSITORY",
        "virtual_repository_config": [{ "upstream_policies": [
            { "id": "images", "priority": 10, "repository": text(&upstream, "id") },
        ] }],
    });
    Law::new(&world, REPOSITORY).holds(&[joined]).await;
}

#[tokio::test]
async fn a_repository_whose_answer_was_lost_is_found() {
    let world = World::new().await;
    let fault = json!({ "name": "lost", "method": "POST", "path": "/repositories", "times": 1, "phase": "after_commit", "action": "drop" });
    let config = json!({ "repository_id": "images", "location": "us-central1", "format": "DOCKER" });
    let law = Law::new(&world, REPOSITORY);
    let (desired, mark) = (law.desired(&config), world.mark());
    world.fault(fault);
    let error = law.create(&desired, &mark).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous, "{error:?}");
    // It is there once Google has made it.
    world.sandbox.clock().advance(Duration::from_secs(60));
    let found = law.find(&desired, &mark).await;
    assert_eq!(
        found,
        ["projects/team-a/locations/us-central1/repositories/images"]
    );
}

#[tokio::test]
async fn locations_and_modes_are_checked_while_planning() {
    let world = World::new().await;
    let law = Law::new(&world, REPOSITORY);
    let found = async |config| world.findings(REPOSITORY, None, &law.desired(&config)).await;
    let near = found(json!({ "repository_id": "a", "location": "us-centrall1", "format": "DOCKER" })).await;
    assert!(near.len() == 1 && near[0].0, "{near:?}");
    assert!(near[0].1.contains("Did you mean us-central1"), "{near:?}");
    let misplaced =
        found(json!({ "repository_id": "eu.gcr.io", "location": "us", "format": "DOCKER" })).await;
    assert!(
        misplaced[0].1.contains("Set `location = \"europe\"`"),
        "{misplaced:?}"
    );
    let mode = found(
        json!({ "repository_id": "a", "location": "us", "format": "DOCKER", "mode": "REMOTE_REPOSITORY" }),
    )
    .await;
    assert!(mode[0].1.contains("remote_repository_config"), "{mode:?}");
    let maven = found(json!({ "repository_id": "a", "location": "us", "format": "MAVEN" })).await;
    assert!(maven.is_empty(), "{maven:?}");
}

#[tokio::test]
async fn a_service_keeps_the_laws_and_may_be_enabled_already() {
    let world = World::bare(json!({})).await;
    let config = json!({ "service": "artifactregistry.googleapis.com", "disable_on_destroy": true });
    Law::new(&world, SERVICE)
        .holds(std::slice::from_ref(&config))
        .await;
    world.make(SERVICE, &config).await;
    world.make(SERVICE, &config).await;
}

#[tokio::test]
async fn a_service_that_nobody_enabled_is_refused_with_the_block_that_enables_it() {
    let world = World::bare(json!({
        "conditions": [{ "google_service_disabled": { "service": "artifactregistry.googleapis.com" } }],
    }))
    .await;
    let law = Law::new(&world, REPOSITORY);
    let config = json!({ "repository_id": "images", "location": "us-central1", "format": "DOCKER" });
    let error = law
        .create(&law.desired(&config), &world.mark())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied, "{error:?}");
    assert!(error.remedy.unwrap().contains("google_project_service"));
}

#[tokio::test]
async fn container_registry_is_refused_with_its_successor() {
    let world = World::new().await;
    let law = Law::new(&world, "google_container_registry");
    let found = world
        .findings(
            "google_container_registry",
            None,
            &law.desired(&json!({ "location": "EU" })),
        )
        .await;
    assert!(
        found[0].0 && found[0].1.contains("repository_id = \"eu.gcr.io\""),
        "{found:?}"
    );
}

#[tokio::test]
async fn container_registry_of_an_older_project_is_read_and_forgotten() {
    let world =
        World::bare(json!({ "google_projects": [{ "id": "team-a", "legacy_registry": true }] })).await;
    let law = Law::new(&world, "google_container_registry");
    let read = law.read("artifacts.team-a.appspot.com", None).await.unwrap();
    let regprov_provider::Observed::Present(object) = read else {
        panic!("the bucket is there");
    };
    assert_eq!(text(&object, "project"), "team-a");
    law.delete("artifacts.team-a.appspot.com", Some(&object))
        .await
        .unwrap();
}
