//! Signing in.

use crate::harness::{World, connect};
use regprov_provider::{ConnectRequest, Environment, ErrorKind};
use serde_json::json;

#[tokio::test]
async fn without_credentials_each_place_that_was_looked_at_is_named() {
    let world = World::bare(json!({})).await;
    let error = connect(&*world.providers[0], &json!({ "project": "team-a" }))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    for place in [
        "`credentials`",
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "GOOGLE_CREDENTIALS",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "gcloud auth application-default login",
    ] {
        assert!(
            error.message.contains(place),
            "{place} is not in: {}",
            error.message
        );
    }
}

#[tokio::test]
async fn what_is_no_file_of_credentials_is_said_to_be_none() {
    let world = World::bare(json!({})).await;
    for (text, word) in [
        ("{}", "without a `type`"),
        ("{\"type\": \"magic\"}", "`magic`"),
        ("nowhere.json", "cannot be read"),
        ("", "is empty"),
    ] {
        let error = connect(&*world.providers[0], &json!({ "credentials": text }))
            .await
            .err()
            .unwrap();
        assert!(error.message.contains(word), "{text}: {}", error.message);
    }
}

#[tokio::test]
async fn two_ways_at_once_are_refused() {
    let world = World::bare(json!({})).await;
    let both = json!({ "credentials": "{}", "access_token": "t" });
    let error = connect(&*world.providers[0], &both).await.err().unwrap();
    assert!(matches!(error.kind, ErrorKind::Invalid(Some(_))), "{error:?}");
}

#[tokio::test]
async fn variables_stand_in_for_arguments() {
    let world = World::bare(json!({})).await;
    let variables = [
        (
            "GOOGLE_CREDENTIALS",
            world.sandbox.google_operator().credentials(),
        ),
        ("CLOUDSDK_CORE_PROJECT", "team-b".to_owned()),
    ];
    let environment = Environment(
        variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    );
    let config = world.providers[0].empty_configuration();
    let request = ConnectRequest {
        config: &config,
        environment: &environment,
        major: Some(6),
    };
    let connection = world.providers[0].connect(request).await.unwrap();
    assert!(
        connection.summary.contains("project team-b"),
        "{}",
        connection.summary
    );
}

#[tokio::test]
async fn an_endpoint_without_its_version_is_refused() {
    let world = World::bare(json!({})).await;
    let arguments = json!({ "artifact_registry_custom_endpoint": "http://127.0.0.1:9" });
    let error = connect(&*world.providers[0], &arguments).await.err().unwrap();
    assert!(error.message.contains("with the version"), "{}", error.message);
}
