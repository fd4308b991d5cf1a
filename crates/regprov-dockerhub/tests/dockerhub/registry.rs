//! The registry and the token service of the sandbox's Docker Hub, and the rate of its API.

use crate::harness::World;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use regprov_emulator::Service;
use regprov_laws::Law;
use regprov_provider::Observed;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A request to the registry, with what proves who asks; its status, its headers and its body.
async fn ask(
    world: &World,
    (method, target): (&str, &str),
    proof: Option<&str>,
    body: &str,
) -> (u16, http::HeaderMap, Json) {
    let mut request = http::Request::builder()
        .method(method)
        .uri(target)
        .header("host", "localhost:7001")
        .header("accept", INDEX)
        .header("content-type", INDEX);
    if let Some(proof) = proof {
        request = request.header("authorization", proof);
    }
    let request = request.body(body.to_owned().into()).unwrap();
    let answer = world.sandbox.call(Service::DockerRegistry, request).await;
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), answer.headers().clone(), body)
}

fn operator(world: &World) -> String {
    let operator = world.sandbox.dockerhub_operator();
    basic(&operator.username, &operator.password)
}

fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

/// A token for a scope, as a header, and the actions that it grants.
async fn token(world: &World, proof: Option<&str>, scope: &str) -> (String, Vec<String>) {
    let target = format!("/token?service=registry.docker.io&scope={scope}");
    let (status, _, body) = ask(world, ("GET", &target), proof, "").await;
    assert_eq!(status, 200, "{body}");
    let token = body["token"].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims: Json = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let actions = claims["access"].as_array().unwrap().iter();
    let actions = actions.flat_map(|entry| entry["actions"].as_array().unwrap());
    let actions = actions.map(|action| action.as_str().unwrap().to_owned());
    (format!("Bearer {token}"), actions.collect())
}

/// Pushes an index of nothing, told apart by a number.
async fn push(world: &World, bearer: &str, target: &str, number: u32) -> (u16, Json) {
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": { "n": number.to_string() } });
    let (status, _, body) = ask(world, ("PUT", target), Some(bearer), &index.to_string()).await;
    (status, body)
}

#[tokio::test]
async fn a_token_is_always_given_and_says_what_it_does_not_grant_by_leaving_it_out() {
    let scene = json!({ "docker_hub": {
        "organizations": [{ "name": "acme-org" }], "pushed": ["acme-org/app"],
        "users": [{ "username": "alice", "password": "s3cret-alice" }],
    } });
    let world = World::of(scene).await;
    let scope = "repository:acme-org/app:pull,push";
    let (_, owner) = token(&world, Some(&operator(&world)), scope).await;
    assert_eq!(owner, ["pull", "push"]);
    let (bearer, stranger) = token(&world, Some(&basic("alice", "s3cret-alice")), scope).await;
    assert_eq!(stranger, ["pull"], "the repository is public");
    let (status, _) = push(&world, &bearer, "/v2/acme-org/app/manifests/v1", 1).await;
    assert_eq!(status, 401);
    let (_, nobody) = token(&world, None, "repository:acme-org/nothing:pull").await;
    assert_eq!(nobody, Vec::<String>::new());
    let target = format!("/token?service=registry.docker.io&scope={scope}");
    let (status, _, body) = ask(&world, ("GET", &target), Some(&basic("alice", "wrong")), "").await;
    assert_eq!(
        (status, &body["details"]),
        (401, &json!("incorrect username or password"))
    );
}

#[tokio::test]
async fn a_push_makes_a_repository_and_who_may_push_sees_that_it_is_not_there_yet() {
    let world = World::new().await;
    let (bearer, granted) = token(
        &world,
        Some(&operator(&world)),
        "repository:operator/fresh:pull,push",
    )
    .await;
    assert_eq!(granted, ["pull", "push"]);
    let absent = format!("/v2/operator/fresh/blobs/sha256:{}", "0".repeat(64));
    assert_eq!(ask(&world, ("HEAD", &absent), Some(&bearer), "").await.0, 404);
    assert_eq!(
        push(&world, &bearer, "/v2/operator/fresh/manifests/v1", 1)
            .await
            .0,
        201
    );
    let (puller, _) = token(&world, None, "repository:operator/never:pull").await;
    let hidden = ("GET", "/v2/operator/never/manifests/v1");
    assert_eq!(
        ask(&world, hidden, Some(&puller), "").await.0,
        401,
        "absent is not told from hidden"
    );
}

#[tokio::test]
async fn a_registry_token_ends_after_five_minutes() {
    let world = World::new().await;
    let (bearer, _) = token(
        &world,
        Some(&operator(&world)),
        "repository:operator/app:pull,push",
    )
    .await;
    assert_eq!(
        push(&world, &bearer, "/v2/operator/app/manifests/v1", 1).await.0,
        201
    );
    world.sandbox.clock().advance(Duration::from_secs(299));
    assert_eq!(
        push(&world, &bearer, "/v2/operator/app/manifests/v2", 1).await.0,
        201
    );
    world.sandbox.clock().advance(Duration::from_secs(2));
    assert_eq!(
        push(&world, &bearer, "/v2/operator/app/manifests/v3", 1).await.0,
        401
    );
}

#[tokio::test]
async fn a_tag_that_is_to_stay_is_not_moved_and_another_one_is() {
    let world = World::new().await;
    let law = Law::new(&world, "docker_hub_repository");
    let config = json!({ "namespace": "operator", "name": "app",
        "immutable_tags_settings": { "enabled": true, "rules": ["v.*"] } });
    law.create(&law.desired(&config), &world.mark()).await.unwrap();
    let (bearer, _) = token(
        &world,
        Some(&operator(&world)),
        "repository:operator/app:pull,push",
    )
    .await;
    let (fixed, moving) = (
        "/v2/operator/app/manifests/v1",
        "/v2/operator/app/manifests/nightly",
    );
    assert_eq!(push(&world, &bearer, fixed, 1).await.0, 201);
    assert_eq!(
        push(&world, &bearer, fixed, 1).await.0,
        201,
        "the same again moves nothing"
    );
    let (status, body) = push(&world, &bearer, fixed, 2).await;
    assert_eq!((status, &body["errors"][0]["code"]), (400, &json!("TAG_INVALID")));
    assert_eq!(push(&world, &bearer, moving, 1).await.0, 201);
    assert_eq!(push(&world, &bearer, moving, 2).await.0, 201);
}

#[tokio::test]
async fn pulls_count_for_six_hours_and_looking_does_not_count() {
    let world = World::of(json!({ "docker_hub": { "pull_limit": 2 } })).await;
    let proof = operator(&world);
    let scope = "repository:operator/app:pull,push";
    let (bearer, _) = token(&world, Some(&proof), scope).await;
    let target = "/v2/operator/app/manifests/v1";
    push(&world, &bearer, target, 1).await;
    let mut left = Vec::new();
    for method in ["HEAD", "HEAD", "GET", "GET", "GET"] {
        let (status, headers, body) = ask(&world, (method, target), Some(&bearer), "").await;
        let told = headers
            .get("ratelimit-remaining")
            .map(|value| value.to_str().unwrap().to_owned());
        left.push((
            status,
            told.unwrap_or_else(|| body["errors"][0]["code"].to_string()),
        ));
    }
    let two = || (200, "2;w=21600".to_owned());
    let less = |left: u32| (200, format!("{left};w=21600"));
    let refused = (429, "\"TOOMANYREQUESTS\"".to_owned());
    assert_eq!(left, [two(), two(), less(1), less(0), refused]);
    world.sandbox.clock().advance(Duration::from_secs(6 * 3600));
    let (bearer, _) = token(&world, Some(&proof), scope).await;
    assert_eq!(ask(&world, ("GET", target), Some(&bearer), "").await.0, 200);
}

#[tokio::test]
async fn what_is_pulled_and_counted_is_no_change() {
    let world = World::new().await;
    let law = Law::new(&world, "docker_hub_repository");
    let desired = law.desired(&json!({ "namespace": "operator", "name": "app" }));
    let made = law.create(&desired, &world.mark()).await.unwrap();
    let (bearer, _) = token(
        &world,
        Some(&operator(&world)),
        "repository:operator/app:pull,push",
    )
    .await;
    let target = "/v2/operator/app/manifests/v1";
    push(&world, &bearer, target, 1).await;
    for _ in 0..3 {
        assert_eq!(ask(&world, ("GET", target), Some(&bearer), "").await.0, 200);
    }
    let fresh = json!({ "namespace": "operator", "name": "app" });
    let counted = world.data("docker_hub_repository", &fresh).await.unwrap();
    assert_eq!(counted["pull_count"], 3, "the data source tells the count");
    let read = law.read("operator/app", Some(&made)).await;
    let Observed::Present(object) = read.unwrap() else {
        panic!("the repository is there");
    };
    assert_eq!(object, made, "the resource keeps what is recorded");
}

#[tokio::test]
async fn the_rate_that_headers_tell_is_kept_to() {
    let world = World::of(json!({ "docker_hub": { "requests_per_minute": 5 } })).await;
    for _ in 0..12 {
        world
            .data("docker_org", &json!({ "org_name": "acme-org" }))
            .await
            .unwrap();
    }
    let ledger = world.sandbox.ledger();
    let mut minutes: BTreeMap<i64, usize> = BTreeMap::new();
    for entry in &ledger {
        *minutes.entry(entry.at.as_second() / 60).or_default() += 1;
    }
    assert!(ledger.len() > 12, "{} requests", ledger.len());
    assert!(minutes.values().all(|count| *count <= 5), "{minutes:?}");
    assert!(ledger.iter().all(|entry| entry.status == Some(200)), "{ledger:?}");
}
