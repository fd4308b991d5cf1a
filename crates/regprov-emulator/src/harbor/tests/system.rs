//! What belongs to the system, and to projects beside their images.

use serde_json::{Value, json};

use super::World;

#[tokio::test]
async fn settings_are_changed_one_by_one_and_checked() {
    let world = World::new().await;
    let before = world.get("/configurations").await.expect(200);
    assert_eq!(
        before.body["auth_mode"],
        json!({ "value": "db_auth", "editable": true })
    );
    assert_eq!(before.body["token_expiration"]["value"], 30);
    assert_eq!(before.body.get("oidc_client_secret"), None);
    let change =
        json!({ "robot_name_prefix": "bot_", "token_expiration": 45, "oidc_client_secret": "hidden" });
    world.api("PUT", "/configurations", change).await.expect(200);
    let after = world.get("/configurations").await;
    assert_eq!(after.body["robot_name_prefix"]["value"], "bot_");
    assert!(!after.text.contains("hidden"));
    world.project("builds").await;
    let (_, name, secret) = world.robot("builds", "builder", &["push"]).await;
    assert_eq!(name, "bot_builds+builder");
    let mine = world.api_as(
        (&name, &secret),
        "HEAD",
        "/projects?project_name=builds",
        Value::Null,
    );
    mine.await.expect(200);
    let wrong = world
        .api("PUT", "/configurations", json!({ "session_timeout": 0 }))
        .await
        .expect(400);
    assert_eq!(wrong.message(), "the session_timeout value must be positive");
    let user =
        json!({ "username": "ada", "email": "a@example.org", "realname": "Ada", "password": "Secret12345" });
    world.api("POST", "/users", user).await.expect(201);
    let late = world
        .api("PUT", "/configurations", json!({ "auth_mode": "oidc_auth" }))
        .await
        .expect(400);
    assert!(late.message().starts_with("the auth mode cannot be modified"));
    let robots = world
        .api_as(
            (&name, &secret),
            "PUT",
            "/configurations",
            json!({ "read_only": true }),
        )
        .await;
    robots.expect(403);
}

#[tokio::test]
async fn read_only_mode_refuses_every_change_but_its_own_end() {
    let world = World::new().await;
    world
        .api("PUT", "/configurations", json!({ "read_only": true }))
        .await
        .expect(200);
    let refused = world
        .api("POST", "/projects", json!({ "project_name": "a" }))
        .await
        .expect(403);
    assert_eq!(
        refused.message(),
        "The system is in read only mode. Any modification is prohibited."
    );
    world
        .api("PUT", "/configurations", json!({ "read_only": false }))
        .await
        .expect(200);
    world.project("a").await;
}

#[tokio::test]
async fn groups_need_a_kind_and_appear_without_their_id() {
    let world = World::new().await;
    let wish = json!({ "group_name": "team", "group_type": 3 });
    let id = world
        .api("POST", "/usergroups", wish.clone())
        .await
        .expect(201)
        .id();
    let twice = world.api("POST", "/usergroups", wish).await.expect(409);
    assert_eq!(
        twice.message(),
        "duplicate user group, group name:team, group type: 3, ldap group DN: "
    );
    let read = world.get(&format!("/usergroups/{id}")).await.expect(200);
    assert_eq!(read.body, json!({ "group_name": "team", "group_type": 3 }));
    world
        .api(
            "PUT",
            &format!("/usergroups/{id}"),
            json!({ "group_name": "crew" }),
        )
        .await
        .expect(200);
    assert_eq!(
        world.get("/usergroups?group_name=cr").await.body[0]["group_name"],
        "crew"
    );
    let ldap = json!({ "group_name": "x", "group_type": 1, "ldap_group_dn": "nonsense" });
    world.api("POST", "/usergroups", ldap).await.expect(400);
    let project = world.project("builds").await;
    let member = json!({ "role_id": 3, "member_group": { "group_name": "crew", "group_type": 3 } });
    let path = format!("/projects/{project}/members");
    let member = world.api("POST", &path, member).await.expect(201).id();
    let read = world.get(&format!("{path}/{member}")).await;
    assert_eq!(
        (&read.body["entity_type"], &read.body["entity_name"]),
        (&json!("g"), &json!("crew"))
    );
    world
        .api("DELETE", &format!("/usergroups/{id}"), Value::Null)
        .await
        .expect(200);
    world.get(&format!("{path}/{member}")).await.expect(404);
}

#[tokio::test]
async fn labels_are_the_systems_or_a_projects() {
    let world = World::new().await;
    let project: u64 = world.project("builds").await.parse().unwrap();
    let global = json!({ "name": "stable", "color": "#FFFFFF", "scope": "g" });
    let id = world
        .api("POST", "/labels", global.clone())
        .await
        .expect(201)
        .id();
    world.api("POST", "/labels", global).await.expect(409);
    let own = json!({ "name": "stable", "scope": "p", "project_id": project });
    world.api("POST", "/labels", own).await.expect(201);
    assert_eq!(
        world.get("/labels").await.expect(400).message(),
        "invalid scope: "
    );
    let list = world
        .get(&format!("/labels?scope=p&project_id={project}"))
        .await
        .expect(200);
    assert_eq!(list.body[0]["project_id"], project);
    let change = json!({ "name": "steady", "description": "d", "color": "#000000" });
    world
        .api("PUT", &format!("/labels/{id}"), change)
        .await
        .expect(200);
    assert_eq!(world.get(&format!("/labels/{id}")).await.body["name"], "steady");
    world
        .api("DELETE", &format!("/labels/{id}"), Value::Null)
        .await
        .expect(200);
    assert_eq!(
        world.get(&format!("/labels/{id}")).await.expect(404).message(),
        format!("label {id} not found")
    );
}

#[tokio::test]
async fn webhooks_drop_queries_and_know_their_events() {
    let world = World::new().await;
    world.project("builds").await;
    let path = "/projects/builds/webhook/policies";
    let wish = |event: &str, kind: &str, format: &str| {
        json!({
            "name": "hook", "enabled": true, "event_types": [event],
            "targets": [{ "type": kind, "address": "https://example.org/hook?key=1", "auth_header": "token",
                          "skip_cert_verify": true, "payload_format": format }],
        })
    };
    let unknown = world
        .api("POST", path, wish("PUSHED", "http", ""))
        .await
        .expect(400);
    assert_eq!(unknown.message(), "unsupported event type PUSHED");
    let slack = world
        .api("POST", path, wish("PUSH_ARTIFACT", "slack", "Default"))
        .await
        .expect(400);
    assert_eq!(slack.message(), "set payload format is not allowed for slack");
    let id = world
        .api("POST", path, wish("PUSH_ARTIFACT", "http", ""))
        .await
        .expect(201)
        .id();
    world
        .api("POST", path, wish("PUSH_ARTIFACT", "http", ""))
        .await
        .expect(409);
    let read = world.get(&format!("{path}/{id}")).await.expect(200);
    assert_eq!(
        read.body["targets"][0],
        json!({ "type": "http", "address": "https://example.org/hook", "auth_header": "token",
                "skip_cert_verify": true, "payload_format": "Default" })
    );
    world
        .get(&format!("/projects/library/webhook/policies/{id}"))
        .await
        .expect(404);
    world
        .api("DELETE", &format!("{path}/{id}"), Value::Null)
        .await
        .expect(200);
}

#[tokio::test]
async fn vulnerabilities_that_are_allowed_are_kept_once_each() {
    let world = World::new().await;
    let wish = json!({ "items": [{ "cve_id": "CVE-1" }, { "cve_id": "CVE-2" }, { "cve_id": "CVE-1" }], "expires_at": 7 });
    world.api("PUT", "/system/CVEAllowlist", wish).await.expect(200);
    let read = world.get("/system/CVEAllowlist").await.expect(200);
    assert_eq!(
        read.body["items"],
        json!([{ "cve_id": "CVE-1" }, { "cve_id": "CVE-2" }])
    );
    assert_eq!(read.body["expires_at"], 7);
}

#[tokio::test]
async fn schedules_of_purging_and_scanning_have_rules_of_their_own() {
    let world = World::new().await;
    let purge = "/system/purgeaudit/schedule";
    let daily = json!({ "type": "Daily", "cron": "0 0 0 * * *" });
    let bare = world
        .api("POST", purge, json!({ "schedule": daily }))
        .await
        .expect(400);
    assert_eq!(bare.message(), "bad request: schedule parameter cann't be empty");
    let parameters = json!({ "audit_retention_hour": 24, "include_event_types": "push,pull" });
    world
        .api(
            "POST",
            purge,
            json!({ "schedule": daily, "parameters": parameters }),
        )
        .await
        .expect(201);
    assert_eq!(world.get(purge).await.body["job_kind"], "0 0 0 * * *");
    let scan = "/system/scanAll/schedule";
    assert_eq!(world.get(scan).await.expect(200).text, "");
    world
        .api("POST", scan, json!({ "schedule": daily }))
        .await
        .expect(201);
    let twice = world
        .api("POST", scan, json!({ "schedule": daily }))
        .await
        .expect(412);
    assert!(twice.message().starts_with("fail to set schedule for scan all"));
    world
        .api(
            "PUT",
            scan,
            json!({ "schedule": { "type": "Hourly", "cron": "0 0 * * * *" } }),
        )
        .await
        .expect(200);
    assert_eq!(world.get(scan).await.body["schedule"]["cron"], "0 0 * * * *");
    world
        .api("PUT", scan, json!({ "schedule": { "type": "None" } }))
        .await
        .expect(200);
    world
        .api("POST", scan, json!({ "schedule": { "type": "Yearly" } }))
        .await
        .expect(422);
    let old = World::of_version(Some("v2.5.0")).await;
    old.get(purge).await.expect(404);
}

#[tokio::test]
async fn a_projects_scanner_is_the_default_one_until_another_is_chosen() {
    let world = World::new().await;
    world.project("builds").await;
    let path = "/projects/builds/scanner";
    assert_eq!(world.get(path).await.expect(200).body["name"], "Trivy");
    let wish = json!({ "name": "Other", "url": "https://scanner.example.org" });
    let uuid = world.api("POST", "/scanners", wish).await.expect(201).id();
    world.api("PUT", path, json!({ "uuid": uuid })).await.expect(200);
    assert_eq!(world.get(path).await.body["name"], "Other");
    world
        .api(
            "PATCH",
            &format!("/scanners/{uuid}"),
            json!({ "is_default": true }),
        )
        .await
        .expect(200);
    let list = world.get("/scanners?q=is_default%3Dtrue").await.expect(200);
    assert_eq!(list.body.as_array().unwrap().len(), 1);
    world
        .api("DELETE", &format!("/scanners/{uuid}"), Value::Null)
        .await
        .expect(200);
}

#[tokio::test]
async fn preheat_instances_change_only_with_their_id_in_the_body() {
    let world = World::new().await;
    let wish = |id: u64, endpoint: &str| {
        json!({ "id": id, "name": "df", "vendor": "dragonfly", "endpoint": endpoint, "auth_mode": "BASIC",
                "auth_info": { "username": "u", "password": "hidden" }, "enabled": true, "default": true })
    };
    let made = world
        .api("POST", "/p2p/preheat/instances", wish(0, "https://a.example.org"))
        .await
        .expect(201);
    assert_eq!(made.id(), "df");
    let path = "/p2p/preheat/instances/df";
    let read = world.get(path).await.expect(200);
    assert!(!read.text.contains("hidden"));
    world
        .api("PUT", path, wish(0, "https://b.example.org"))
        .await
        .expect(200);
    assert_eq!(world.get(path).await.body["endpoint"], "https://a.example.org");
    let id = read.body["id"].as_u64().unwrap();
    world
        .api("PUT", path, wish(id, "https://b.example.org"))
        .await
        .expect(200);
    assert_eq!(world.get(path).await.body["endpoint"], "https://b.example.org");
    world.api("DELETE", path, Value::Null).await.expect(200);
    world.get(path).await.expect(404);
}
