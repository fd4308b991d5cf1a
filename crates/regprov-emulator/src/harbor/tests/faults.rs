//! What goes wrong on the way, and what stays on disk.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{ADMIN, NAME, World, basic};
use crate::{Action, CallError, Fault, Phase, Service};

fn robot() -> Value {
    json!({
        "name": "builder", "level": "project", "duration": -1,
        "permissions": [{ "kind": "project", "namespace": "builds",
                          "access": [{ "resource": "repository", "action": "push" }] }],
    })
}

/// Sends a request and tells whether its answer came.
async fn attempt(world: &World, method: &str, path: &str, body: &Value) -> Result<u16, CallError> {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v2.0{path}"))
        .header("authorization", basic(ADMIN))
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let answer = world
        .sandbox
        .try_call(Service::Harbor(NAME.to_owned()), request)
        .await?;
    Ok(answer.status().as_u16())
}

fn fault(phase: Phase, action: Action, method: &str, path: &str) -> Fault {
    let mut fault = Fault::at_request(1, phase, action).on(method, path);
    fault.service = Some("harbor/*".to_owned());
    fault
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_commit_leaves_one_robot_whose_secret_can_be_set() {
    let world = World::new().await;
    world.project("builds").await;
    let mut second = fault(Phase::AfterCommit, Action::Truncate, "PATCH", "/robots/");
    second.nth = 2;
    world.sandbox.schedule(vec![
        fault(Phase::AfterCommit, Action::Drop, "POST", "/robots$"),
        fault(Phase::Before, Action::Drop, "PATCH", "/robots/"),
        second,
    ]);
    assert_eq!(
        attempt(&world, "POST", "/robots", &robot()).await,
        Err(CallError::Dropped)
    );
    let entry = world.sandbox.ledger().pop().unwrap();
    assert_eq!(entry.service, format!("harbor/{NAME}"));
    assert!(entry.committed && entry.fault.is_some());
    assert!(
        entry
            .mutations
            .iter()
            .any(|line| line == &format!("created harbor/robots/{NAME}/1"))
    );
    assert_eq!(attempt(&world, "POST", "/robots", &robot()).await, Ok(409));
    let secret = json!({ "secret": "Chosen1234567890" });
    let who = ("robot$builds+builder", "Chosen1234567890");
    let path = "/projects?project_name=builds";
    assert_eq!(
        attempt(&world, "PATCH", "/robots/1", &secret).await,
        Err(CallError::Dropped)
    );
    world.api_as(who, "HEAD", path, Value::Null).await.expect(401);
    assert_eq!(
        attempt(&world, "PATCH", "/robots/1", &secret).await,
        Err(CallError::Truncated)
    );
    world.api_as(who, "HEAD", path, Value::Null).await.expect(200);
    assert_eq!(attempt(&world, "PATCH", "/robots/1", &secret).await, Ok(200));
    assert_eq!(world.sandbox.inventory().live_of("harbor/robots").len(), 1);
}

#[tokio::test]
async fn a_refused_request_changes_nothing() {
    let world = World::new().await;
    let before = world.sandbox.inventory();
    world.api("POST", "/robots", robot()).await.expect(404);
    world
        .api(
            "POST",
            "/projects",
            json!({ "project_name": "a", "registry_id": 9 }),
        )
        .await
        .expect(500);
    assert_eq!(world.sandbox.inventory(), before);
    assert!(world.sandbox.ledger().iter().all(|entry| !entry.committed));
}

#[tokio::test]
async fn what_was_made_and_deleted_again_leaves_nothing() {
    let world = World::new().await;
    let settings = json!({ "token_expiration": 40 });
    world.api("PUT", "/configurations", settings).await.expect(200);
    let allowed = json!({ "items": [{ "cve_id": "CVE-1" }] });
    world
        .api("PUT", "/system/CVEAllowlist", allowed)
        .await
        .expect(200);
    let project = world.project("builds").await;
    world.robot("builds", "builder", &["push"]).await;
    world
        .push(&basic(ADMIN), "builds/app", "v1", 10)
        .await
        .expect(201);
    assert!(!world.sandbox.inventory().live().is_empty());
    world
        .api("DELETE", "/projects/builds/repositories/app", Value::Null)
        .await
        .expect(200);
    world
        .api("DELETE", &format!("/projects/{project}"), Value::Null)
        .await
        .expect(200);
    assert_eq!(world.sandbox.inventory().live(), Vec::<&crate::Item>::new());
}

#[tokio::test]
async fn no_secret_is_on_disk_in_clear() {
    const SECRET: &str = "Canary1234567890";
    let world = World::new().await;
    let project = world.project("builds").await;
    world.robot("builds", "builder", &["push"]).await;
    let requests = [
        ("PATCH", "/robots/1".to_owned(), json!({ "secret": SECRET })),
        (
            "POST",
            "/users".to_owned(),
            json!({ "username": "ada", "email": "a@example.org", "realname": "Ada", "password": SECRET }),
        ),
        (
            "POST",
            "/registries".to_owned(),
            json!({ "name": "m", "type": "harbor", "url": "https://m.example.org",
                    "credential": { "type": "basic", "access_key": "k", "access_secret": SECRET } }),
        ),
        (
            "POST",
            format!("/projects/{project}/webhook/policies"),
            json!({ "name": "w", "event_types": ["PUSH_ARTIFACT"],
                    "targets": [{ "type": "http", "address": "https://w.example.org", "auth_header": SECRET }] }),
        ),
        (
            "POST",
            "/p2p/preheat/instances".to_owned(),
            json!({ "name": "d", "vendor": "dragonfly", "endpoint": "https://d.example.org",
                    "auth_mode": "BASIC", "auth_info": { "password": SECRET } }),
        ),
        (
            "PUT",
            "/configurations".to_owned(),
            json!({ "oidc_client_secret": SECRET }),
        ),
    ];
    for (method, path, body) in requests {
        let status = attempt(&world, method, &path, &body).await.unwrap();
        assert!(status < 300, "{method} {path}: {status}");
    }
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let leaks = bytes
                .windows(SECRET.len())
                .any(|window| window == SECRET.as_bytes());
            assert!(!leaks, "{} holds a secret", path.display());
        }
    }
}
