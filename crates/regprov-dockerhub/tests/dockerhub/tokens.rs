//! Tokens of people and organizations.

use crate::harness::{HOST, World, connect, provider, text};
use regprov_http::Redactor;
use regprov_laws::Law;
use serde_json::{Value as Json, json};

const PERSONAL: &str = "docker_access_token";
const OF_ORGANIZATION: &str = "docker_org_access_token";

fn personal(label: &str) -> Json {
    json!({ "token_label": label, "scopes": ["repo:write"] })
}

fn of_organization(label: &str) -> Json {
    json!({ "org_name": "acme-org", "label": label, "resources": [
        { "type": "TYPE_REPO", "path": "acme-org/*", "scopes": ["scope-image-push"] },
    ] })
}

#[tokio::test]
async fn personal_tokens_keep_the_laws() {
    let world = World::new().await;
    Law::new(&world, PERSONAL)
        .holds(&[personal("first"), personal("second")])
        .await;
}

#[tokio::test]
async fn tokens_of_organizations_keep_the_laws() {
    let world = World::new().await;
    Law::new(&world, OF_ORGANIZATION)
        .holds(&[of_organization("first"), of_organization("second")])
        .await;
}

#[tokio::test]
async fn a_token_logs_in_and_does_not_manage_tokens() {
    let world = World::new().await;
    let law = Law::new(&world, PERSONAL);
    let desired = law.desired(&personal("ci"));
    let made = law.create(&desired, &world.mark()).await.unwrap();
    let provider = provider(&world.sandbox, 0, &Redactor::new());
    let arguments = json!({ "host": HOST, "username": "operator", "password": text(&made, "token") });
    let connected = connect(&*provider, &arguments).await.unwrap();
    assert!(
        connected.summary.ends_with("as operator (personal access token)"),
        "{}",
        connected.summary
    );
    law.delete(&text(&made, "uuid"), Some(&made)).await.unwrap();
    assert!(
        connect(&*provider, &arguments).await.is_err(),
        "a revoked token is refused"
    );
}

#[tokio::test]
async fn a_plan_without_tokens_of_organizations_is_told_while_planning() {
    let world =
        World::of(json!({ "docker_hub": { "organizations": [{ "name": "acme-org", "plan": "free" }] } }))
            .await;
    let law = Law::new(&world, OF_ORGANIZATION);
    let found = world
        .findings(OF_ORGANIZATION, None, &law.desired(&of_organization("ci")))
        .await;
    assert!(
        found[0].0 && found[0].1.contains("Team and Business"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_token_that_reaches_beyond_its_organization_is_told_while_planning() {
    let world = World::new().await;
    let law = Law::new(&world, OF_ORGANIZATION);
    let mut config = of_organization("ci");
    config["resources"][0]["path"] = json!("acme/*");
    let found = world.findings(OF_ORGANIZATION, None, &law.desired(&config)).await;
    assert!(found[0].0 && found[0].1.contains("`acme-org/*`"), "{found:?}");
    config["resources"][0]["path"] = json!("*/*/public");
    let found = world.findings(OF_ORGANIZATION, None, &law.desired(&config)).await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_token_of_a_repository_that_is_not_there_is_refused_with_how_to_have_it_made_first() {
    let world = World::new().await;
    let law = Law::new(&world, OF_ORGANIZATION);
    let mut config = of_organization("ci");
    config["resources"][0]["path"] = json!("acme-org/nothing");
    let error = law
        .create(&law.desired(&config), &world.mark())
        .await
        .unwrap_err();
    let remedy = error.remedy.unwrap_or_default();
    assert!(
        remedy.contains("`docker_hub_repository.NAME.id`"),
        "{} {remedy}",
        error.message
    );
}

#[tokio::test]
async fn an_end_that_lies_behind_is_told_while_planning() {
    let world = World::new().await;
    let law = Law::new(&world, PERSONAL);
    let mut config = personal("ci");
    config["expires_at"] = json!("2025-01-01T00:00:00Z");
    let found = world.findings(PERSONAL, None, &law.desired(&config)).await;
    assert!(found[0].0 && found[0].1.contains("lies behind"), "{found:?}");
}

#[tokio::test]
async fn tokens_are_listed_without_their_secrets() {
    let world = World::new().await;
    let law = Law::new(&world, PERSONAL);
    let made = law
        .create(&law.desired(&personal("ci")), &world.mark())
        .await
        .unwrap();
    let all = world.data("docker_access_tokens", &json!({})).await.unwrap();
    assert_eq!(all["uuids"], json!([text(&made, "uuid")]));
    let one = world
        .data(PERSONAL, &json!({ "uuid": text(&made, "uuid") }))
        .await
        .unwrap();
    assert_eq!((&one["token"], &one["token_label"]), (&json!(""), &json!("ci")));
}
