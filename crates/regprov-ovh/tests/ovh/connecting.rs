//! Signed requests, tokens, and what is wrong with either.

use crate::harness::{HOST, World, connect, keys, provider};
use regprov_http::Redactor;
use regprov_provider::ErrorKind;
use serde_json::{Value as Json, json};

async fn fails(world: &World, arguments: &Json) -> (ErrorKind, String) {
    let error = connect(&*world.providers[0], arguments)
        .await
        .map(|_| ())
        .unwrap_err();
    let text = format!("{}\n{}", error.message, error.remedy.unwrap_or_default());
    (error.kind, text)
}

#[tokio::test]
async fn the_keys_of_the_operator_connect_and_tell_the_account() {
    let world = World::new().await;
    let connection = connect(&*world.providers[0], &keys(&world.sandbox))
        .await
        .unwrap();
    assert_eq!(
        connection.summary,
        "OVHcloud (http://localhost:7000/1.0, application key), as xx1234-ovh"
    );
}

#[tokio::test]
async fn a_clock_that_is_an_hour_ahead_signs_with_the_time_of_the_server() {
    let world = World::new().await;
    let ahead = provider(&world.sandbox, 3600, &Redactor::new());
    connect(&*ahead, &keys(&world.sandbox)).await.unwrap();
}

#[tokio::test]
async fn a_service_account_connects_by_a_token() {
    let world = World::new().await;
    let operator = world.sandbox.ovh_operator();
    let mut arguments = json!({
        "endpoint": format!("{HOST}/1.0"), "client_id": operator.client_id, "client_secret": operator.client_secret,
    });
    let redactor = Redactor::new();
    let ours = provider(&world.sandbox, 0, &redactor);
    let connection = connect(&*ours, &arguments).await.unwrap();
    assert!(
        connection.summary.contains("service account"),
        "{}",
        connection.summary
    );
    arguments["client_secret"] = json!("wrong-secret");
    let (kind, text) = fails(&world, &arguments).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    assert!(
        text.contains("OVH_CLIENT_SECRET") && !text.contains("wrong-secret"),
        "{text}"
    );
}

#[tokio::test]
async fn an_access_token_that_is_not_valid_is_told() {
    let world = World::new().await;
    let arguments = json!({ "endpoint": format!("{HOST}/1.0"), "access_token": "nonsense-token" });
    let (kind, text) = fails(&world, &arguments).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    assert!(
        text.starts_with("OVH client seems to be misconfigured:"),
        "{text}"
    );
    assert!(!text.contains("nonsense-token"));
}

#[tokio::test]
async fn each_wrong_key_is_told_apart() {
    let world = World::new().await;
    for (name, word) in [
        ("application_key", "OVH_APPLICATION_KEY"),
        ("application_secret", "OVH_APPLICATION_SECRET"),
        ("consumer_key", "OVH_CONSUMER_KEY"),
    ] {
        let mut arguments = keys(&world.sandbox);
        arguments[name] = json!("0123456789abcdef");
        let (kind, text) = fails(&world, &arguments).await;
        assert_eq!(kind, ErrorKind::Unauthenticated, "{text}");
        assert!(
            text.contains(word) && !text.contains("0123456789abcdef"),
            "{name}: {text}"
        );
    }
}

#[tokio::test]
async fn a_connection_whose_errors_are_ignored_fails_where_it_is_used() {
    let world = World::new().await;
    let arguments = json!({ "endpoint": format!("{HOST}/1.0"), "ignore_init_error": true });
    let connection = connect(&*world.providers[0], &arguments).await.unwrap();
    let source = world.providers[0]
        .data_source("ovh_cloud_project_containerregistries")
        .unwrap();
    let config = regprov_value::from_json(
        &json!({ "service_name": "p" }),
        &source.schema().block.implied_type(),
    )
    .unwrap();
    let error = source.read(&connection, &config, None).await.unwrap_err();
    assert!(
        error
            .message
            .starts_with("OVH API client is not initialized, check your provider credentials configuration")
    );
}

#[tokio::test]
async fn a_rate_limit_spreads_requests() {
    let world = World::new().await;
    let mut arguments = keys(&world.sandbox);
    arguments["api_rate_limit"] = json!(1);
    let before = world.sandbox.clock().now();
    connect(&*world.providers[0], &arguments).await.unwrap();
    let passed = world.sandbox.clock().now().duration_since(before);
    assert_eq!(passed.as_secs(), 1, "two requests take a second");
}
