//! Retention, replication, garbage collection: what happens as the clock goes on.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ADMIN, Got, World, basic};

const DAY: u64 = 86_400;

fn selector(decoration: &str, pattern: &str) -> Value {
    json!({ "kind": "doublestar", "decoration": decoration, "pattern": pattern, "extras": "{\"untagged\":true}" })
}

fn retention(project: &str, template: &str, number: u64, cron: &str) -> Value {
    json!({
        "algorithm": "or",
        "scope": { "level": "project", "ref": project.parse::<u64>().unwrap() },
        "trigger": { "kind": "Schedule", "settings": { "cron": cron } },
        "rules": [{
            "action": "retain", "template": template, "params": { template: number },
            "tag_selectors": [selector("matches", "**")],
            "scope_selectors": { "repository": [selector("repoMatches", "**")] },
        }],
    })
}

async fn tags(world: &World) -> Vec<String> {
    let got = world
        .get("/projects/builds/repositories/app/artifacts?page_size=100")
        .await
        .expect(200);
    let mut tags: Vec<String> = got
        .body
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|artifact| artifact["tags"].as_array().cloned().unwrap_or_default())
        .map(|tag| tag["name"].as_str().unwrap().to_owned())
        .collect();
    tags.sort();
    tags
}

#[tokio::test]
async fn a_retention_policy_is_one_per_project_and_deletes_what_it_does_not_keep() {
    let world = World::new().await;
    let project = world.project("builds").await;
    let wish = retention(&project, "nDaysSinceLastPush", 3, "0 0 7 * * *");
    let id = world
        .api("POST", "/retentions", wish.clone())
        .await
        .expect(201)
        .id();
    let twice = world.api("POST", "/retentions", wish.clone()).await.expect(400);
    assert_eq!(
        twice.message(),
        format!("bad request: project {project} already has retention policy {id}")
    );
    let read = world.get(&format!("/projects/{project}")).await;
    assert_eq!(read.body["metadata"]["retention_id"], id.as_str());
    let read = world.get(&format!("/retentions/{id}")).await.expect(200);
    assert_eq!(
        read.body["trigger"]["settings"]["next_scheduled_time"],
        "2026-01-01T07:00:00.000Z"
    );
    assert_eq!(read.body["scope"]["ref"], project.parse::<u64>().unwrap());
    let admin = basic(ADMIN);
    world.push(&admin, "builds/app", "old", 10).await.expect(201);
    world.sandbox.clock().advance(Duration::from_secs(2 * DAY));
    world.push(&admin, "builds/app", "new", 20).await.expect(201);
    assert_eq!(tags(&world).await, ["new", "old"]);
    world.sandbox.clock().advance(Duration::from_secs(2 * DAY));
    assert_eq!(tags(&world).await, ["new"]);
    let ran = world
        .get(&format!("/retentions/{id}/executions"))
        .await
        .expect(200);
    assert_eq!(ran.body[0]["trigger"], "SCHEDULE");
    let task = format!("/retentions/{id}/executions/{}/tasks", ran.body[0]["id"]);
    assert_eq!(world.get(&task).await.body[0]["retained"], 1);
}

#[tokio::test]
async fn a_missing_retention_policy_is_an_error_of_the_server() {
    let world = World::new().await;
    let project = world.project("builds").await;
    let missing = world.get("/retentions/9").await.expect(500);
    assert_eq!(missing.message(), "internal server error");
    world
        .api("DELETE", "/retentions/9", Value::Null)
        .await
        .expect(400);
    let mut same = retention(&project, "always", 1, "");
    same["rules"] = json!([same["rules"][0], same["rules"][0]]);
    let conflict = world.api("POST", "/retentions", same).await.expect(409);
    assert_eq!(
        conflict.message(),
        "resource conflict: rule 1 is conflict with rule 0"
    );
    let wish = retention(&project, "always", 1, "1 0 0 * * *");
    let cron = world.api("POST", "/retentions", wish).await.expect(400);
    assert!(cron.message().starts_with("the 1st field"));
    let id = world
        .api("POST", "/retentions", retention(&project, "always", 1, ""))
        .await
        .expect(201)
        .id();
    let mut empty = retention(&project, "always", 1, "");
    empty["rules"] = json!([]);
    world
        .api("PUT", &format!("/retentions/{id}"), empty)
        .await
        .expect(200);
    world
        .api("DELETE", &format!("/retentions/{id}"), Value::Null)
        .await
        .expect(200);
    let read = world.get(&format!("/projects/{project}")).await;
    assert_eq!(read.body["metadata"].get("retention_id"), None);
}

#[tokio::test]
async fn an_old_release_leaves_the_id_of_a_deleted_policy_behind() {
    let world = World::of_version(Some("v2.13.0")).await;
    let project = world.project("builds").await;
    let id = world
        .api("POST", "/retentions", retention(&project, "always", 1, ""))
        .await
        .expect(201)
        .id();
    world
        .api("DELETE", &format!("/retentions/{id}"), Value::Null)
        .await
        .expect(200);
    let read = world.get(&format!("/projects/{project}")).await;
    assert_eq!(read.body["metadata"]["retention_id"], id.as_str());
}

async fn registry(world: &World, name: &str) -> u64 {
    let wish = json!({
        "name": name, "type": "harbor", "url": "https://mirror.example.org/?x=1",
        "credential": { "type": "basic", "access_key": "robot$push", "access_secret": "Secret12345" },
    });
    world
        .api("POST", "/registries", wish)
        .await
        .expect(201)
        .id()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn a_registry_hides_its_secret_and_stays_while_a_policy_names_it() {
    let world = World::new().await;
    let id = registry(&world, "mirror").await;
    let path = format!("/registries/{id}");
    let read = world.get(&path).await.expect(200);
    assert_eq!(read.body["credential"]["access_secret"], "*****");
    assert_eq!(
        (&read.body["url"], &read.body["status"]),
        (&json!("https://mirror.example.org/"), &json!("healthy"))
    );
    world
        .api("PUT", &path, json!({ "url": "https://other.example.org" }))
        .await
        .expect(200);
    let read = world.get(&path).await;
    assert_eq!(
        read.body["credential"].get("access_secret"),
        None,
        "a secret is for the place that it was given for"
    );
    let wish = |name: &str| {
        json!({
            "name": name, "dest_registry": { "id": id }, "trigger": { "type": "manual" }, "enabled": true,
            "filters": [{ "type": "name", "value": "builds/**" }], "speed": -1, "deletion": true,
        })
    };
    let policy = world
        .api("POST", "/replication/policies", wish("push"))
        .await
        .expect(201)
        .id();
    world
        .api("POST", "/replication/policies", wish("push"))
        .await
        .expect(409);
    let kept = world.api("DELETE", &path, Value::Null).await.expect(412);
    assert_eq!(
        kept.message(),
        format!("the registry {id} is referenced by replication policies, cannot delete it")
    );
    let read = world
        .get(&format!("/replication/policies/{policy}"))
        .await
        .expect(200);
    assert_eq!(read.body["src_registry"]["name"], "Local");
    assert_eq!(read.body["dest_namespace_replace_count"], -1);
    assert_eq!(
        (&read.body["speed"], &read.body["replicate_deletion"]),
        (&json!(0), &json!(true))
    );
    world
        .api("DELETE", &format!("/replication/policies/{policy}"), Value::Null)
        .await
        .expect(200);
    world.api("DELETE", &path, Value::Null).await.expect(200);
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_refused() {
    let world = World::new().await;
    let scene = json!({ "conditions": [{ "unreachable_upstream": { "host": "mirror.example.org" } }] });
    world
        .sandbox
        .seed(&serde_json::from_value(scene).unwrap())
        .unwrap();
    let wish = json!({ "name": "m", "type": "harbor", "url": "https://mirror.example.org" });
    let refused = world.api("POST", "/registries", wish.clone()).await.expect(400);
    assert_eq!(refused.message(), "the registry is unhealthy");
    world.api("POST", "/registries/ping", wish).await.expect(400);
}

#[tokio::test]
async fn a_replication_runs_for_a_while_and_then_tells_what_it_copied() {
    let world = World::new().await;
    let id = registry(&world, "mirror").await;
    world.project("builds").await;
    world
        .push(&basic(ADMIN), "builds/team/app", "v1", 10)
        .await
        .expect(201);
    let wish = json!({
        "name": "push", "dest_registry": { "id": id }, "enabled": true, "dest_namespace": "mirrored",
        "dest_namespace_replace_count": 1, "filters": [{ "type": "name", "value": "builds/**" }],
        "trigger": { "type": "scheduled", "trigger_settings": { "cron": "0 0 8 * * *" } },
    });
    let policy = world
        .api("POST", "/replication/policies", wish)
        .await
        .expect(201)
        .id();
    let start = json!({ "policy_id": policy.parse::<u64>().unwrap() });
    let execution = world
        .api("POST", "/replication/executions", start)
        .await
        .expect(201)
        .id();
    let path = format!("/replication/executions/{execution}");
    assert_eq!(world.get(&path).await.expect(200).body["status"], "InProgress");
    world
        .api("DELETE", &format!("/replication/policies/{policy}"), Value::Null)
        .await
        .expect(412);
    world.sandbox.clock().advance(Duration::from_secs(3));
    assert_eq!(world.get(&path).await.body["status"], "Succeed");
    let tasks = world.get(&format!("{path}/tasks")).await.expect(200);
    assert_eq!(tasks.body[0]["dst_resource"], "mirrored/team/app:v1");
    world.sandbox.clock().advance(Duration::from_secs(2 * 3600));
    let all = world
        .get(&format!("/replication/executions?policy_id={policy}"))
        .await;
    assert_eq!(all.body.as_array().unwrap().len(), 2);
    assert_eq!(all.body[0]["trigger"], "scheduled");
}

#[tokio::test]
async fn policies_that_cannot_be_are_refused_in_the_servers_words() {
    let world = World::new().await;
    let id = registry(&world, "mirror").await;
    let refused = |change: Value, status: u16| {
        let mut wish = json!({ "name": "p", "dest_registry": { "id": id } });
        for (name, value) in change.as_object().unwrap() {
            wish[name] = value.clone();
        }
        let world = &world;
        async move {
            let got: Got = world
                .api("POST", "/replication/policies", wish)
                .await
                .expect(status);
            got.message().to_owned()
        }
    };
    assert!(
        refused(json!({ "src_registry": { "id": id } }), 400)
            .await
            .starts_with("either src_registry")
    );
    let scheduled = json!({ "trigger": { "type": "scheduled", "trigger_settings": { "cron": "" } } });
    assert_eq!(
        refused(scheduled, 400).await,
        "the cron string cannot be empty when the trigger type is scheduled"
    );
    let minutely =
        json!({ "trigger": { "type": "scheduled", "trigger_settings": { "cron": "0 * * * * *" } } });
    assert!(
        refused(minutely, 400)
            .await
            .starts_with("* is not allowed for the Minutes")
    );
    let filter = json!({ "filters": [{ "type": "name", "value": "x", "decoration": "matches" }] });
    assert_eq!(
        refused(filter, 400).await,
        "only tag and label filter support decoration"
    );
    let single = json!({ "single_active_replication": true, "trigger": { "type": "event_based" } });
    assert_eq!(refused(single, 500).await, "internal server error");
}

#[tokio::test]
async fn garbage_collection_deletes_what_has_no_tag_any_more() {
    let world = World::new().await;
    world.project("builds").await;
    let admin = basic(ADMIN);
    world.push(&admin, "builds/app", "latest", 10).await.expect(201);
    world.push(&admin, "builds/app", "latest", 20).await.expect(201);
    let artifacts = "/projects/builds/repositories/app/artifacts";
    assert_eq!(world.get(artifacts).await.header("x-total-count"), "2");
    assert_eq!(world.get("/system/gc/schedule").await.expect(200).text, "");
    let wish = |kind: &str, cron: &str, workers: u64| {
        json!({
            "schedule": { "type": kind, "cron": cron },
            "parameters": { "delete_untagged": true, "workers": workers, "dry_run": false },
        })
    };
    let many = world
        .api("POST", "/system/gc/schedule", wish("Daily", "0 0 0 * * *", 11))
        .await
        .expect(400);
    assert!(many.message().contains("Invalid number of workers:11"));
    let broken = world
        .api("POST", "/system/gc/schedule", wish("Custom", "", 1))
        .await
        .expect(400);
    assert_eq!(
        broken.message(),
        "invalid cron string for scheduled gc: , error: empty cron string is invalid"
    );
    world
        .api("POST", "/system/gc/schedule", wish("Daily", "0 0 0 * * *", 1))
        .await
        .expect(201);
    let read = world.get("/system/gc/schedule").await.expect(200);
    assert_eq!(read.body["job_kind"], "0 0 0 * * *");
    assert_eq!(
        read.body["schedule"]["next_scheduled_time"],
        "2026-01-02T00:00:00.000Z"
    );
    let parameters: Value = serde_json::from_str(read.body["job_parameters"].as_str().unwrap()).unwrap();
    assert_eq!(
        parameters,
        json!({ "delete_untagged": true, "dry_run": false, "time_window": 2, "workers": 1 })
    );
    let now = world
        .api("POST", "/system/gc/schedule", wish("Manual", "", 1))
        .await
        .expect(201);
    assert!(now.header("location").starts_with("/api/v2.0/system/gc/"));
    world.sandbox.clock().advance(Duration::from_secs(3));
    assert_eq!(world.get(artifacts).await.header("x-total-count"), "1");
    let one = world.get(&format!("/system/gc/{}", now.id())).await.expect(200);
    assert_eq!(
        (&one.body["job_status"], &one.body["job_kind"]),
        (&json!("Success"), &json!("MANUAL"))
    );
    world
        .api("PUT", "/system/gc/schedule", wish("None", "", 1))
        .await
        .expect(200);
    assert_eq!(world.get("/system/gc/schedule").await.text, "");
}
