//! Repositories and what teams may do with them.

use crate::harness::{World, text};
use regprov_laws::Law;
use serde_json::json;

const REPOSITORY: &str = "docker_hub_repository";

#[tokio::test]
async fn repositories_keep_the_laws() {
    let world = World::new().await;
    let law = Law::new(&world, REPOSITORY);
    let of = |description: &str, private: bool| json!({ "namespace": "operator", "name": "app", "description": description, "private": private });
    law.holds(&[of("first", false), of("second", true), of("third", false)])
        .await;
}

#[tokio::test]
async fn rules_of_immutable_tags_are_set_and_taken_back() {
    let world = World::new().await;
    let law = Law::new(&world, REPOSITORY);
    let of = |settings: serde_json::Value| json!({ "namespace": "acme-org", "name": "app", "immutable_tags_settings": settings });
    law.holds(&[
        of(json!({ "enabled": true, "rules": ["v.*", "release-.*"] })),
        of(json!({ "enabled": true, "rules": ["v.*"] })),
        of(json!({ "enabled": false, "rules": [] })),
    ])
    .await;
}

#[tokio::test]
async fn a_repository_that_a_push_made_is_told_to_have_come_from_a_push() {
    let world = World::of(json!({ "docker_hub": { "pushed": ["operator/app"] } })).await;
    let law = Law::new(&world, REPOSITORY);
    let desired = law.desired(&json!({ "namespace": "operator", "name": "app" }));
    let found = world.findings(REPOSITORY, None, &desired).await;
    assert!(!found[0].0, "planning itself refuses it: {found:?}");
    assert!(found[0].1.contains("a push makes a repository too"), "{found:?}");
}

#[tokio::test]
async fn a_namespace_that_does_not_exist_is_told_while_planning() {
    let world = World::of(json!({ "docker_hub": { "organizations": [{ "name": "acme" }] } })).await;
    let law = Law::new(&world, REPOSITORY);
    let desired = law.desired(&json!({ "namespace": "amce", "name": "app" }));
    let found = world.findings(REPOSITORY, None, &desired).await;
    assert!(found[0].0 && found[0].1.contains("`amce`"), "{found:?}");
}

#[tokio::test]
async fn permissions_of_teams_keep_the_laws() {
    let world = World::new().await;
    let repositories = Law::new(&world, REPOSITORY);
    let config = json!({ "namespace": "acme", "name": "app" });
    let made = repositories
        .create(&repositories.desired(&config), &world.mark())
        .await
        .unwrap();
    let teams = Law::new(&world, "docker_org_team");
    let team = teams
        .create(
            &teams.desired(&json!({ "org_name": "acme", "team_name": "ops" })),
            &world.mark(),
        )
        .await
        .unwrap();
    let number = regprov_value::to_json(&team).unwrap()["id"].clone();
    let law = Law::new(&world, "docker_hub_repository_team_permission");
    let of = |permission: &str| json!({ "repo_id": text(&made, "id"), "team_id": number, "permission": permission });
    law.holds(&[of("read"), of("admin")]).await;
}

#[tokio::test]
async fn tags_and_repositories_are_looked_up() {
    let world = World::new().await;
    let tags = world
        .data(
            "docker_hub_repository_tags",
            &json!({ "namespace": "library", "name": "alpine" }),
        )
        .await
        .unwrap();
    assert_eq!(tags["tags"]["latest"]["images"][0]["architecture"], "amd64");
    let listed = world
        .data("docker_hub_repositories", &json!({ "namespace": "library" }))
        .await
        .unwrap();
    assert_eq!(listed["repository"].as_array().unwrap().len(), 4);
    let one = world
        .data(REPOSITORY, &json!({ "namespace": "library", "name": "nginx" }))
        .await
        .unwrap();
    assert_eq!(one["private"], false);
    let me = world.data("docker_login", &json!({})).await.unwrap();
    assert_eq!(me["username"], "operator");
}
