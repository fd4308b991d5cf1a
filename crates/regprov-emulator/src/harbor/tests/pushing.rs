//! The token service and the registry.

use serde_json::{Value, json};

use super::{ADMIN, OCI, World, basic};

#[tokio::test]
async fn a_client_without_credentials_is_sent_to_the_token_service() {
    let world = World::new().await;
    let got = world.send("GET", "/v2/", &[], b"").await.expect(401);
    assert_eq!(
        got.header("www-authenticate"),
        "Bearer realm=\"http://localhost:40001/service/token\",service=\"harbor-registry\""
    );
    let got = world
        .send("POST", "/v2/builds/app/blobs/uploads/", &[], b"")
        .await
        .expect(401);
    assert_eq!(got.message(), "project builds not found");
    world.project("builds").await;
    let got = world
        .send("POST", "/v2/builds/app/blobs/uploads/", &[], b"")
        .await
        .expect(401);
    assert!(
        got.header("www-authenticate")
            .ends_with(",scope=\"repository:builds/app:pull,push\"")
    );
    let wrong = basic(("robot$builds+x", "wrong"));
    let headers = [("authorization", wrong.as_str())];
    let got = world.send("GET", "/v2/", &headers, b"").await.expect(401);
    assert_eq!(got.header("www-authenticate"), "Basic realm=\"harbor\"");
    let none = world
        .send("GET", "/service/token?service=harbor-registry", &headers, b"")
        .await;
    none.expect(401);
    let other = world
        .send("GET", "/service/token?service=other", &headers, b"")
        .await
        .expect(400);
    assert_eq!(other.text, "Unable to handle service: other");
}

#[tokio::test]
async fn a_builder_pushes_and_a_puller_only_pulls() {
    let world = World::new().await;
    world.project("builds").await;
    world.project("other").await;
    let (_, builder, builder_secret) = world.robot("builds", "builder", &["push"]).await;
    let (_, puller, puller_secret) = world.robot("builds", "puller", &["pull"]).await;
    let token = world
        .token((&builder, &builder_secret), "repository:builds/app:pull,push")
        .await;
    world.push(&token, "builds/app", "v1", 10).await.expect(201);
    world
        .push(&basic((&builder, &builder_secret)), "builds/team/app", "v1", 10)
        .await
        .expect(201);
    world.push(&token, "other/app", "v1", 10).await.expect(401);
    let pull_token = world
        .token((&puller, &puller_secret), "repository:builds/app:pull,push")
        .await;
    let read = [("authorization", pull_token.as_str()), ("accept", OCI)];
    world
        .send("GET", "/v2/builds/app/manifests/v1", &read, b"")
        .await
        .expect(200);
    let refused = world.push(&pull_token, "builds/app", "v2", 10).await.expect(401);
    assert_eq!(
        refused.message(),
        "unauthorized to access repository: builds/app, action: push"
    );
    let repositories = world
        .get("/projects/builds/repositories?sort=name")
        .await
        .expect(200);
    assert_eq!(repositories.body[0]["name"], "builds/app");
    assert_eq!(repositories.body[0]["pull_count"], 1);
    let artifact = world
        .get("/projects/builds/repositories/team%252Fapp/artifacts/v1")
        .await
        .expect(200);
    assert_eq!(artifact.body["tags"][0]["name"], "v1");
}

#[tokio::test]
async fn a_system_robot_has_no_pull_with_its_push_and_a_token_outlives_no_project() {
    let world = World::new().await;
    world.project("builds").await;
    let wish = json!({
        "name": "pusher", "level": "system", "duration": -1,
        "permissions": [{ "kind": "project", "namespace": "builds",
                          "access": [{ "resource": "repository", "action": "push" }] }],
    });
    let made = world.api("POST", "/robots", wish).await.expect(201);
    let who = ("robot$pusher", made.body["secret"].as_str().unwrap());
    let token = world.token(who, "repository:builds/app:pull,push").await;
    world.push(&token, "builds/app", "v1", 10).await.expect(201);
    let headers = [("authorization", token.as_str())];
    world
        .send("GET", "/v2/builds/app/manifests/v1", &headers, b"")
        .await
        .expect(401);
    world
        .api("DELETE", "/projects/builds/repositories/app", Value::Null)
        .await
        .expect(200);
    world
        .api("DELETE", "/projects/builds", Value::Null)
        .await
        .expect(200);
    world.sandbox.clock().advance(std::time::Duration::from_secs(120));
    world.project("builds").await;
    world.push(&token, "builds/app", "v1", 10).await.expect(401);
}

#[tokio::test]
async fn a_full_project_takes_no_more_and_one_with_images_is_not_deleted() {
    let world = World::new().await;
    let id = world.project("builds").await;
    let quotas = world
        .get(&format!("/quotas?reference=project&reference_id={id}"))
        .await;
    let path = format!("/quotas/{}", quotas.body[0]["id"]);
    world
        .api("PUT", &path, json!({ "hard": { "storage": 4096 } }))
        .await
        .expect(200);
    let admin = basic(ADMIN);
    world.push(&admin, "builds/app", "v1", 1000).await.expect(201);
    let full = world.push(&admin, "builds/app", "v2", 5000).await.expect(403);
    assert!(
        full.message()
            .starts_with("adding 4.8 KiB of storage resource, which when updated to current usage of 1."),
        "{}",
        full.message()
    );
    let kept = world
        .api("DELETE", &format!("/projects/{id}"), Value::Null)
        .await
        .expect(412);
    assert_eq!(
        kept.message(),
        "precondition failed: the project contains repositories, can not be deleted"
    );
    let artifact = "/projects/builds/repositories/app/artifacts/v1";
    world.api("DELETE", artifact, Value::Null).await.expect(200);
    let used = world.get(&path).await.body["used"]["storage"].clone();
    assert_eq!(used, 0, "what nothing needs any more does not count");
    world
        .api("DELETE", &format!("/projects/{id}"), Value::Null)
        .await
        .expect(412);
    world
        .api("DELETE", "/projects/builds/repositories/app", Value::Null)
        .await
        .expect(200);
    world
        .api("DELETE", &format!("/projects/{id}"), Value::Null)
        .await
        .expect(200);
}

#[tokio::test]
async fn immutable_tags_are_neither_moved_nor_deleted() {
    let world = World::new().await;
    world.project("builds").await;
    let selector = |decoration: &str, pattern: &str| json!({ "kind": "doublestar", "decoration": decoration, "pattern": pattern });
    let rule = json!({
        "action": "immutable", "template": "immutable_template", "disabled": true,
        "tag_selectors": [selector("matches", "v*")],
        "scope_selectors": { "repository": [selector("repoMatches", "**")] },
    });
    let rules = "/projects/builds/immutabletagrules";
    let id = world.api("POST", rules, rule.clone()).await.expect(201).id();
    world.api("POST", rules, rule.clone()).await.expect(409);
    let admin = basic(ADMIN);
    world.push(&admin, "builds/app", "v1", 10).await.expect(201);
    let moved = world.push(&admin, "builds/app", "v1", 20).await.expect(412);
    assert_eq!(
        moved.message(),
        "Failed to process request due to 'app:v1' configured as immutable."
    );
    world.push(&admin, "builds/app", "latest", 20).await.expect(201);
    world.push(&admin, "builds/app", "latest", 30).await.expect(201);
    let tag = "/projects/builds/repositories/app/artifacts/v1/tags/v1";
    let kept = world.api("DELETE", tag, Value::Null).await.expect(412);
    assert_eq!(
        kept.message(),
        "the tag v1 configured as immutable, cannot be deleted"
    );
    let mut off = rule;
    off["id"] = json!(id.parse::<u64>().unwrap());
    world
        .api("PUT", &format!("{rules}/{id}"), off.clone())
        .await
        .expect(200);
    world.api("DELETE", tag, Value::Null).await.expect(200);
    world.api("PUT", &format!("{rules}/9"), off).await.expect(400);
}

#[tokio::test]
async fn everybody_pulls_from_a_public_project_with_a_token() {
    let world = World::new().await;
    let admin = basic(ADMIN);
    world.push(&admin, "library/app", "v1", 10).await.expect(201);
    let target = "/service/token?service=harbor-registry&scope=repository:library/app:pull";
    let got = world.send("GET", target, &[], b"").await.expect(200);
    let token = format!("Bearer {}", got.body["token"].as_str().unwrap());
    let headers = [("authorization", token.as_str())];
    world
        .send("GET", "/v2/library/app/manifests/v1", &headers, b"")
        .await
        .expect(200);
    world.push(&token, "library/app", "v2", 10).await.expect(401);
}
