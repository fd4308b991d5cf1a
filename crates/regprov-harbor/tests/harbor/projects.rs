//! Projects and what belongs to them.

use crate::harness::{World, text};
use regprov_laws::Law;
use regprov_provider::Observed;
use regprov_value::Value;
use serde_json::{Value as Json, json};

pub(crate) const PROJECT: &str = "harbor_project";

pub(crate) async fn make(world: &World, name: &str) -> Value {
    let law = Law::new(world, PROJECT);
    let desired = law.desired(&json!({ "name": name }));
    law.create(&desired, &world.mark()).await.unwrap()
}

#[tokio::test]
async fn a_project_keeps_the_laws() {
    let world = World::new().await;
    // The law looks for neighbours that are not there, and every Harbor has a project of the number 1.
    for number in 2..12 {
        let made = make(&world, &format!("gone{number}")).await;
        let law = Law::new(&world, PROJECT);
        law.delete(&text(&made, "id"), Some(&made)).await.unwrap();
    }
    Law::new(&world, PROJECT)
        .holds(&[
            json!({ "name": "app" }),
            json!({ "name": "app", "public": true }),
            json!({ "name": "app", "public": true, "storage_quota": 5 }),
            json!({ "name": "app", "deployment_security": "high", "cve_allowlist": ["CVE-2024-1", "CVE-2024-2"] }),
            json!({ "name": "app", "vulnerability_scanning": false, "auto_sbom_generation": true }),
        ])
        .await;
}

#[tokio::test]
async fn a_project_whose_answer_was_lost_is_found_by_its_name() {
    let world = World::new().await;
    let lost = json!({ "name": "lost", "method": "POST", "path": "/projects", "phase": "after_commit", "action": "drop" });
    let config = json!({ "name": "app" });
    let id = Law::new(&world, PROJECT)
        .is_found_after_a_lost_answer(&config, lost)
        .await;
    assert!(id.starts_with("/projects/"), "{id}");
}

#[tokio::test]
async fn many_projects_are_read_by_two_lists() {
    let world = World::new().await;
    let (one, two) = (make(&world, "one").await, make(&world, "two").await);
    let law = Law::new(&world, PROJECT);
    let connection = world.connection(PROJECT);
    let wanted = [
        (text(&one, "id"), Some(one.clone())),
        (text(&two, "id"), Some(two.clone())),
    ];
    let before = world.requests("GET", "/api/");
    let request = regprov_provider::AnyReadMany {
        connection,
        wanted: &wanted,
    };
    let read = law.resource.read_many(request).await.unwrap().unwrap();
    assert_eq!(read, [Observed::Present(one), Observed::Present(two)]);
    assert_eq!(world.requests("GET", "/api/") - before, 2);
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_while_planning() {
    let world = World::new().await;
    let id = text(&make(&world, "app").await, "id");
    let desired = Law::new(&world, PROJECT).desired(&json!({ "name": "app" }));
    let found = world.findings(PROJECT, None, &desired).await;
    let [(true, told)] = found.as_slice() else {
        panic!("one fault is told: {found:?}")
    };
    assert!(told.contains(&format!("its id is `{id}`")), "{told}");
}

#[tokio::test]
async fn an_argument_that_the_harbor_is_too_old_for_is_told_while_planning() {
    let world = World::of_version("v2.9.1").await;
    let desired = Law::new(&world, PROJECT).desired(&json!({ "name": "app", "auto_sbom_generation": true }));
    let found = world.findings(PROJECT, None, &desired).await;
    let [(true, told)] = found.as_slice() else {
        panic!("one fault is told: {found:?}")
    };
    assert!(
        told.contains("since version 2.11, and this one is 2.9.1"),
        "{told}"
    );
}

fn of(world_project: &Value, more: Json) -> Json {
    let mut config = json!({ "project_id": text(world_project, "id") });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

#[tokio::test]
async fn what_belongs_to_a_project_keeps_the_laws() {
    let world = World::new().await;
    let project = make(&world, "app").await;
    Law::new(&world, "harbor_label")
        .holds(&[
            of(&project, json!({ "name": "stable", "color": "#00AA00" })),
            of(
                &project,
                json!({ "name": "stable", "color": "#00AA00", "description": "ready" }),
            ),
        ])
        .await;
    Law::new(&world, "harbor_immutable_tag_rule")
        .holds(&[
            of(&project, json!({ "repo_matching": "**", "tag_matching": "v*" })),
            of(
                &project,
                json!({ "repo_matching": "**", "tag_matching": "v*", "disabled": true }),
            ),
            of(
                &project,
                json!({ "repo_matching": "**", "tag_excluding": "dev-*" }),
            ),
        ])
        .await;
    let hook = json!({ "name": "hook", "address": "https://hooks.example.com/a", "notify_type": "http",
        "events_types": ["PUSH_ARTIFACT", "DELETE_ARTIFACT"] });
    let mut other = hook.clone();
    other["enabled"] = false.into();
    Law::new(&world, "harbor_project_webhook")
        .holds(&[of(&project, hook), of(&project, other)])
        .await;
}

#[tokio::test]
async fn people_and_what_they_may_do_keep_the_laws() {
    let world = World::new().await;
    let project = make(&world, "app").await;
    let person = json!({ "username": "bob", "password": "Secret12345", "full_name": "Bob", "email": "bob@example.com" });
    let mut admin = person.clone();
    admin["admin"] = true.into();
    let mut other = admin.clone();
    other["password"] = "Another12345".into();
    let law = Law::new(&world, "harbor_user");
    law.holds(&[person.clone(), admin, other]).await;
    law.create(&law.desired(&person), &world.mark()).await.unwrap();
    Law::new(&world, "harbor_project_member_user")
        .holds(&[
            of(&project, json!({ "user_name": "bob", "role": "developer" })),
            of(&project, json!({ "user_name": "bob", "role": "maintainer" })),
        ])
        .await;
    Law::new(&world, "harbor_group")
        .holds(&[json!({ "group_name": "staff", "group_type": 2 })])
        .await;
}

#[tokio::test]
async fn a_retention_policy_keeps_the_laws_and_an_emptied_one_is_gone() {
    let world = World::new().await;
    let project = make(&world, "app").await;
    let policy = |schedule: &str, days: i64| {
        json!({ "scope": text(&project, "id"), "schedule": schedule, "rule": [
            { "n_days_since_last_pull": days, "repo_matching": "**", "tag_matching": "**", "untagged_artifacts": false },
            { "always_retain": true, "repo_excluding": "tmp/**", "tag_matching": "v*" },
        ] })
    };
    let law = Law::new(&world, "harbor_retention_policy");
    law.holds(&[
        policy("0 0 7 * * 6", 30),
        policy("daily", 30),
        policy("daily", 10),
    ])
    .await;
    // The emptied policy of the project is taken up again.
    law.create(&law.desired(&policy("weekly", 5)), &world.mark())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_rule_that_harbor_could_not_carry_out_is_told_while_planning() {
    let world = World::new().await;
    let law = Law::new(&world, "harbor_retention_policy");
    let rules = json!({ "scope": "/projects/1", "rule": [{ "repo_matching": "**" }] });
    let found = world
        .findings("harbor_retention_policy", None, &law.desired(&rules))
        .await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[1]
            .1
            .contains("exactly one of `tag_matching`, `tag_excluding`, and this one has none"),
        "{found:?}"
    );
}

#[tokio::test]
async fn data_sources_tell_what_there_is() {
    let world = World::new().await;
    let made = make(&world, "app").await;
    let project = world
        .data("harbor_project", &json!({ "name": "app" }))
        .await
        .unwrap();
    assert_eq!(project["id"].as_str(), Some(text(&made, "id").as_str()));
    assert_eq!(project["type"], "Project");
    let projects = world
        .data("harbor_projects", &json!({ "name": "^ap" }))
        .await
        .unwrap();
    assert_eq!(projects["projects"].as_array().unwrap().len(), 1);
    let missing = world
        .data("harbor_project", &json!({ "name": "none" }))
        .await
        .unwrap_err();
    assert!(
        missing.message.contains("has no project `none`"),
        "{}",
        missing.message
    );
    let members = world
        .data(
            "harbor_project_member_users",
            &json!({ "project_id": text(&made, "id") }),
        )
        .await
        .unwrap();
    assert_eq!(members["project_member_users"][0]["role"], "projectadmin");
}
