//! Projects, people and robots.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ADMIN, NOBODY, World};

#[tokio::test]
async fn a_project_is_made_read_by_id_and_by_name_changed_and_deleted() {
    let world = World::new().await;
    let id = world.project("builds").await;
    let got = world.get(&format!("/projects/{id}")).await.expect(200);
    assert_eq!(got.body["name"], "builds");
    assert_eq!(got.body["metadata"]["public"], "false");
    assert_eq!(got.body["current_user_role_id"], 1);
    assert_eq!(got.body.get("registry_id"), None);
    assert_eq!(
        world.get("/projects/builds").await.expect(200).body["project_id"],
        got.body["project_id"]
    );
    let change = json!({ "metadata": { "auto_scan": "true", "severity": "high" } });
    let answer = world
        .api("PUT", &format!("/projects/{id}"), change)
        .await
        .expect(200);
    assert_eq!(answer.text, "");
    let got = world.get(&format!("/projects/{id}")).await;
    assert_eq!(
        (
            &got.body["metadata"]["auto_scan"],
            &got.body["metadata"]["public"]
        ),
        (&json!("true"), &json!("false"))
    );
    let again = world
        .api("POST", "/projects", json!({ "project_name": "builds" }))
        .await
        .expect(409);
    assert_eq!(again.message(), "The project named builds already exists");
    world
        .api("DELETE", &format!("/projects/{id}"), Value::Null)
        .await
        .expect(200);
    assert_eq!(
        world.get(&format!("/projects/{id}")).await.expect(404).message(),
        format!("project {id} not found")
    );
    assert_ne!(world.project("builds").await, id, "an id is never used again");
}

#[tokio::test]
async fn names_and_metadata_of_projects_are_checked_in_the_servers_words() {
    let world = World::new().await;
    let refused = |wish: Value| {
        let world = &world;
        async move {
            world
                .api("POST", "/projects", wish)
                .await
                .expect(400)
                .message()
                .to_owned()
        }
    };
    assert_eq!(
        refused(json!({ "project_name": "Builds" })).await,
        "project name is not in lower case or contains illegal characters"
    );
    assert_eq!(
        refused(json!({ "project_name": "b", "metadata": { "public": "maybe" } })).await,
        "metadata.public should only be 'true' or 'false', but got: 'maybe'"
    );
    assert!(
        refused(json!({ "project_name": "b", "storage_limit": -7 }))
            .await
            .contains("quota limit")
    );
    let empty = world
        .send(
            "POST",
            "/api/v2.0/projects",
            &[("authorization", &super::basic(ADMIN))],
            b"",
        )
        .await;
    assert_eq!(empty.expect(422).message(), "project in body is required");
}

#[tokio::test]
async fn a_quota_has_its_own_id_and_is_changed_through_it() {
    let world = World::new().await;
    let id = world.project("builds").await;
    let list = world
        .get(&format!("/quotas?reference=project&reference_id={id}"))
        .await
        .expect(200);
    let quota = list.body[0]["id"].as_u64().unwrap();
    assert_eq!(list.body[0]["hard"]["storage"], -1);
    let path = format!("/quotas/{quota}");
    world
        .api("PUT", &path, json!({ "hard": { "storage": 1024 } }))
        .await
        .expect(200);
    assert_eq!(world.get(&path).await.body["hard"]["storage"], 1024);
    let summary = world.get(&format!("/projects/{id}/summary")).await.expect(200);
    assert_eq!(
        summary.body["quota"],
        json!({ "hard": { "storage": 1024 }, "used": { "storage": 0 } })
    );
    let refused = world
        .api("PUT", &path, json!({ "hard": { "storage": 0 } }))
        .await
        .expect(400);
    assert_eq!(
        refused.message(),
        "invalid non-positive value for quota limit, value=0"
    );
}

#[tokio::test]
async fn a_robots_secret_is_the_servers_at_first_and_ours_after_a_patch() {
    let world = World::new().await;
    world.project("builds").await;
    let wish = json!({
        "name": "builder", "level": "project", "duration": -1, "secret": "Chosen1234567890", "disable": true,
        "permissions": [{ "kind": "project", "namespace": "builds",
                          "access": [{ "resource": "repository", "action": "push" }] }],
    });
    let made = world.api("POST", "/robots", wish).await.expect(201);
    assert_eq!(made.body["name"], "robot$builds+builder");
    assert_eq!(made.body["expires_at"], -1);
    let given = made.body["secret"].as_str().unwrap().to_owned();
    assert_ne!(
        given, "Chosen1234567890",
        "the secret of a new robot is the server's"
    );
    let path = format!("/robots/{}", made.id());
    let read = world.get(&path).await.expect(200);
    assert_eq!(read.body["disable"], false, "a new robot is never disabled");
    assert_eq!(read.body.get("secret"), None);
    let robot = "robot$builds+builder";
    let may_log_in = |secret: String| {
        let world = &world;
        async move {
            world
                .api_as(
                    (robot, &secret),
                    "HEAD",
                    "/projects?project_name=builds",
                    Value::Null,
                )
                .await
                .status
        }
    };
    assert_eq!(may_log_in(given.clone()).await, 200);
    let weak = world
        .api("PATCH", &path, json!({ "secret": "short" }))
        .await
        .expect(400);
    assert!(weak.message().starts_with("the secret must be 8-128"));
    let set = world
        .api("PATCH", &path, json!({ "secret": "Chosen1234567890" }))
        .await
        .expect(200);
    assert_eq!(set.body, json!({}));
    assert_eq!(may_log_in(given).await, 401);
    assert_eq!(may_log_in("Chosen1234567890".into()).await, 200);
    let drawn = world
        .api("PATCH", &path, json!({ "secret": "" }))
        .await
        .expect(200);
    assert_eq!(
        may_log_in(drawn.body["secret"].as_str().unwrap().to_owned()).await,
        200
    );
}

#[tokio::test]
async fn a_robot_changes_only_with_its_full_name_and_expires_with_the_clock() {
    let world = World::new().await;
    world.project("builds").await;
    let (id, name, secret) = world.robot("builds", "builder", &["push"]).await;
    let path = format!("/robots/{id}");
    let wish = |name: &str, duration: i64, disable: bool| {
        json!({
            "name": name, "level": "project", "duration": duration, "disable": disable,
            "permissions": [{ "kind": "project", "namespace": "builds",
                              "access": [{ "resource": "repository", "action": "pull" }] }],
        })
    };
    let short = world
        .api("PUT", &path, wish("builder", -1, false))
        .await
        .expect(400);
    assert_eq!(short.message(), "cannot update the level or name of robot");
    world.api("PUT", &path, wish(&name, 2, false)).await.expect(200);
    let read = world.get(&path).await;
    assert_eq!(
        read.body["permissions"][0]["access"],
        json!([{ "resource": "repository", "action": "pull" }])
    );
    let log_in = || {
        world.api_as(
            (&name, &secret),
            "HEAD",
            "/projects?project_name=builds",
            Value::Null,
        )
    };
    assert_eq!(log_in().await.status, 200);
    world.sandbox.clock().advance(Duration::from_secs(2 * 86_400 + 1));
    assert_eq!(log_in().await.status, 401);
    world.api("PUT", &path, wish(&name, -1, true)).await.expect(200);
    assert_eq!(log_in().await.status, 401, "a disabled robot is nobody");
    world.api("PUT", &path, wish(&name, -1, false)).await.expect(200);
    assert_eq!(log_in().await.status, 200);
}

#[tokio::test]
async fn robots_get_only_permissions_that_the_release_knows() {
    let wish = |resource: &str, action: &str| {
        json!({
            "name": "r", "level": "system", "duration": 30,
            "permissions": [{ "kind": "project", "namespace": "*",
                              "access": [{ "resource": resource, "action": action }] }],
        })
    };
    let world = World::new().await;
    let refused = world
        .api("POST", "/robots", wish("repository", "create"))
        .await
        .expect(400);
    assert_eq!(refused.message(), "bad request permission: repository:create");
    world
        .api("POST", "/robots", wish("member", "create"))
        .await
        .expect(201);
    let twice = world
        .api("POST", "/robots", wish("member", "create"))
        .await
        .expect(409);
    assert_eq!(twice.message(), "robot account 0:r already exists");
    let old = World::of_version(Some("v2.11.0")).await;
    old.api("POST", "/robots", wish("member", "create"))
        .await
        .expect(400);
    let older = World::of_version(Some("v2.9.0")).await;
    older
        .api("POST", "/robots", wish("anything", "goes"))
        .await
        .expect(201);
    let oldest = World::of_version(Some("v2.1.0")).await;
    let missing = oldest
        .api("POST", "/robots", wish("repository", "push"))
        .await
        .expect(404);
    assert_eq!(missing.message(), "path /api/v2.0/robots was not found");
}

#[tokio::test]
async fn a_robot_reaches_the_api_as_far_as_its_permissions() {
    let world = World::new().await;
    world.project("builds").await;
    let wish = json!({
        "name": "ops", "level": "system", "duration": -1,
        "permissions": [
            { "kind": "system", "namespace": "/", "access": [{ "resource": "project", "action": "create" },
                                                             { "resource": "robot", "action": "create" }] },
            { "kind": "project", "namespace": "*", "access": [{ "resource": "project", "action": "read" },
                                                              { "resource": "robot", "action": "create" }] },
        ],
    });
    let made = world.api("POST", "/robots", wish).await.expect(201);
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let robot = ("robot$ops", secret.as_str());
    let made = world
        .api_as(robot, "POST", "/projects", json!({ "project_name": "theirs" }))
        .await
        .expect(201);
    let read = world
        .api_as(robot, "GET", &format!("/projects/{}", made.id()), Value::Null)
        .await
        .expect(200);
    assert_eq!(read.body["owner_name"], "admin");
    let denied = world
        .api_as(robot, "GET", "/users", Value::Null)
        .await
        .expect(403);
    assert_eq!(denied.message(), "robot$ops");
    world
        .api_as(robot, "DELETE", "/projects/builds", Value::Null)
        .await
        .expect(403);
    let more = json!({
        "name": "more", "level": "project", "duration": -1,
        "permissions": [{ "kind": "project", "namespace": "builds",
                          "access": [{ "resource": "repository", "action": "push" }] }],
    });
    let denied = world.api_as(robot, "POST", "/robots", more).await.expect(403);
    assert!(denied.message().starts_with("permission scope is invalid."));
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted() {
    let world = World::new().await;
    for name in ["aa", "ab", "ba"] {
        world.project(name).await;
    }
    let names = |got: &super::Got| -> Vec<String> {
        let rows = got.body.as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let fuzzy = world
        .get("/projects?name=a&page_size=2&sort=name")
        .await
        .expect(200);
    assert_eq!(names(&fuzzy), ["aa", "ab"]);
    assert_eq!(fuzzy.header("x-total-count"), "4", "library contains an a, too");
    assert_eq!(
        fuzzy.header("link"),
        "</api/v2.0/projects?name=a&page=2&page_size=2&sort=name>; rel=\"next\""
    );
    let last = world.get("/projects?name=a&page_size=2&page=2&sort=-name").await;
    assert_eq!(names(&last), ["ab", "aa"]);
    assert!(last.header("link").ends_with("rel=\"prev\""));
    assert_eq!(
        world
            .get("/projects?q=name%3Dab")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(world.get("/projects?page=9").await.body, json!([]));
    let (_, name, _) = world.robot("aa", "x", &["pull"]).await;
    assert_eq!(name, "robot$aa+x");
    let project = world.get("/projects/aa").await.body["project_id"].clone();
    let named = async |name: &str| {
        let path = format!("/robots?q=Level%3Dproject,ProjectID%3D{project},name%3D{name}");
        world.get(&path).await.expect(200).body.as_array().unwrap().len()
    };
    assert_eq!(
        (named("aa%2Bx").await, named("aa%252Bx").await),
        (0, 1),
        "the server decodes a query twice"
    );
    world.get("/projects?page_size=101").await.expect(422);
    world.get("/projects?q=broken").await.expect(400);
    let robots = world.get("/robots?q=Level%3Dproject").await.expect(400);
    assert_eq!(
        robots.message(),
        "must with project ID when to query project robots"
    );
}

#[tokio::test]
async fn people_are_made_changed_and_given_roles() {
    let world = World::new().await;
    let project = world.project("builds").await;
    let wish = json!({ "username": "ada", "email": "ada@example.org", "realname": "Ada", "password": "Secret12345" });
    let ada = world.api("POST", "/users", wish.clone()).await.expect(201).id();
    let twice = world.api("POST", "/users", wish).await.expect(409);
    assert_eq!(
        twice.message(),
        "user ada or email ada@example.org already exists"
    );
    let as_ada = ("ada", "Secret12345");
    world
        .api_as(as_ada, "GET", "/projects/builds", Value::Null)
        .await
        .expect(403);
    let member = json!({ "role_id": 2, "member_user": { "username": "ada" } });
    let path = format!("/projects/{project}/members");
    let member_id = world.api("POST", &path, member.clone()).await.expect(201).id();
    world.api("POST", &path, member).await.expect(409);
    world
        .api_as(as_ada, "GET", "/projects/builds", Value::Null)
        .await
        .expect(200);
    let found = world.get(&format!("{path}?entityname=ad")).await.expect(200);
    assert_eq!(
        found.body.as_array().unwrap().len(),
        2,
        "admin is fuzzily ad, too"
    );
    world
        .api("PUT", &format!("{path}/{member_id}"), json!({ "role_id": 9 }))
        .await
        .expect(400);
    world
        .api("PUT", &format!("{path}/{member_id}"), json!({ "role_id": 4 }))
        .await
        .expect(200);
    assert_eq!(
        world.get(&format!("{path}/{member_id}")).await.body["role_name"],
        "maintainer"
    );
    world
        .api(
            "PUT",
            &format!("/users/{ada}/sysadmin"),
            json!({ "sysadmin_flag": true }),
        )
        .await
        .expect(200);
    world
        .api_as(as_ada, "GET", "/users", Value::Null)
        .await
        .expect(200);
    let same = json!({ "new_password": "Secret12345" });
    world
        .api("PUT", &format!("/users/{ada}/password"), same)
        .await
        .expect(400);
    world
        .api("DELETE", &format!("/users/{ada}"), Value::Null)
        .await
        .expect(200);
    assert_eq!(world.get(&format!("{path}?entityname=ada")).await.body, json!([]));
    let first = world.api("DELETE", "/users/1", Value::Null).await.expect(403);
    assert_eq!(first.message(), "User with ID 1 cannot be deleted");
}

#[tokio::test]
async fn a_session_cookie_brings_the_guard_against_forged_requests() {
    let world = World::new().await;
    let authorization = super::basic(ADMIN);
    let first = world.get("/projects").await;
    assert!(first.header("set-cookie").starts_with("sid="));
    let body = json!({ "project_name": "x" }).to_string();
    let headers = [("authorization", authorization.as_str()), ("cookie", "sid=abc")];
    let refused = world
        .send("POST", "/api/v2.0/projects", &headers, body.as_bytes())
        .await
        .expect(403);
    assert_eq!(refused.message(), "CSRF token not found in request");
    let token = refused.header("x-harbor-csrf-token").to_owned();
    let cookie = refused.header("set-cookie").split(';').next().unwrap().to_owned();
    let cookies = format!("sid=abc; {cookie}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("cookie", cookies.as_str()),
        ("x-harbor-csrf-token", token.as_str()),
    ];
    world
        .send("POST", "/api/v2.0/projects", &headers, body.as_bytes())
        .await
        .expect(201);
}

#[tokio::test]
async fn what_is_unknown_is_told_apart_from_what_is_not_allowed() {
    let world = World::new().await;
    assert_eq!(
        world.get("/nothing").await.expect(404).message(),
        "path /api/v2.0/nothing was not found"
    );
    let wrong = world.api("GET", "/retentions/", Value::Null).await.expect(405);
    assert_eq!(wrong.message(), "method GET is not allowed, but [POST] are");
    world
        .api_as(NOBODY, "GET", "/users", Value::Null)
        .await
        .expect(401);
    let info = world
        .api_as(NOBODY, "GET", "/systeminfo", Value::Null)
        .await
        .expect(200);
    assert_eq!(info.body.get("harbor_version"), None);
    let info = world.get("/systeminfo").await.expect(200);
    assert!(
        info.body["harbor_version"]
            .as_str()
            .unwrap()
            .starts_with("v2.15.0")
    );
    assert_eq!(info.body["registry_url"], "localhost:40001");
    assert_eq!(
        world.api_as(NOBODY, "GET", "/ping", Value::Null).await.text,
        "Pong"
    );
}
