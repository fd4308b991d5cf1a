//! Organizations: teams, members, settings.

use crate::harness::World;
use regprov_laws::Law;
use serde_json::json;

fn scene() -> serde_json::Value {
    json!({ "docker_hub": {
        "users": [{ "username": "alice", "password": "s3cret-alice" }],
        "organizations": [{ "name": "acme-org", "plan": "business", "members": { "operator": "owner", "alice": "member" } }],
    } })
}

#[tokio::test]
async fn teams_keep_the_laws_and_are_renamed_in_place() {
    let world = World::of(scene()).await;
    let of = |name: &str, description: &str| json!({ "org_name": "acme-org", "team_name": name, "team_description": description });
    Law::new(&world, "docker_org_team")
        .holds(&[of("ops", "first"), of("ops", "second")])
        .await;
}

#[tokio::test]
async fn a_team_whose_answer_was_lost_is_found_by_its_name() {
    let world = World::of(scene()).await;
    let law = Law::new(&world, "docker_org_team");
    let config = json!({ "org_name": "acme-org", "team_name": "ops" });
    let fault = json!({ "name": "lost", "method": "POST", "path": "/groups$", "phase": "after_commit", "action": "drop" });
    let id = law.is_found_after_a_lost_answer(&config, fault).await;
    assert_eq!(id, "acme-org/ops");
}

#[tokio::test]
async fn members_of_teams_keep_the_laws() {
    let world = World::of(scene()).await;
    let teams = Law::new(&world, "docker_org_team");
    let team = teams.desired(&json!({ "org_name": "acme-org", "team_name": "ops" }));
    teams.create(&team, &world.mark()).await.unwrap();
    Law::new(&world, "docker_org_team_member")
        .holds(&[json!({ "org_name": "acme-org", "team_name": "ops", "user_name": "alice" })])
        .await;
}

#[tokio::test]
async fn an_invitation_keeps_the_laws() {
    let world = World::of(scene()).await;
    Law::new(&world, "docker_org_member")
        .holds(&[json!({ "org_name": "acme-org", "email": "bob@example.org", "role": "member" })])
        .await;
}

#[tokio::test]
async fn settings_keep_the_laws() {
    let world = World::of(scene()).await;
    let images = |official: bool| json!({ "org_name": "acme-org", "enabled": true, "allow_official_images": official, "allow_verified_publishers": true });
    Law::new(&world, "docker_org_setting_image_access_management")
        .holds(&[images(true), images(false)])
        .await;
    let registries = |allowed: bool| {
        json!({
            "org_name": "acme-org", "enabled": true, "standard_registry_docker_hub": { "allowed": allowed },
            "custom_registries": [{ "address": "ghcr.io", "friendly_name": "GHCR", "allowed": true }],
        })
    };
    Law::new(&world, "docker_org_setting_registry_access_management")
        .holds(&[registries(true), registries(false)])
        .await;
}

#[tokio::test]
async fn organizations_teams_and_members_are_looked_up() {
    let world = World::of(scene()).await;
    let organization = json!({ "org_name": "acme-org" });
    let read = world.data("docker_org", &organization).await.unwrap();
    assert_eq!(read["full_name"], "acme-org");
    let members = world.data("docker_org_members", &organization).await.unwrap();
    assert_eq!(members["members"][0]["username"], "alice");
    assert_eq!(members["members"][0]["role"], "Member");
    let team = json!({ "org_name": "acme-org", "team_name": "owners" });
    assert_eq!(
        world.data("docker_org_team", &team).await.unwrap()["member_count"],
        1
    );
    let owners = world.data("docker_org_team_member", &team).await.unwrap();
    assert_eq!(owners["members"][0]["username"], "operator");
    let error = world
        .data("docker_org", &json!({ "org_name": "amce-org" }))
        .await
        .unwrap_err();
    assert!(
        error.message.contains("there is no organization `amce-org`"),
        "{}",
        error.message
    );
}
