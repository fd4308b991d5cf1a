//! Who is let in, and what who is not is told.

use crate::harness::{HOST, World, connect, provider};
use regprov_http::Redactor;
use regprov_provider::ErrorKind;
use serde_json::json;

async fn refused(scene: serde_json::Value, username: &str, password: &str) -> String {
    let world = World::of(scene).await;
    let provider = provider(&world.sandbox, 0, &Redactor::new());
    let arguments = json!({ "host": HOST, "username": username, "password": password });
    let error = connect(&*provider, &arguments).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(!error.message.contains(password), "{}", error.message);
    error.message
}

#[tokio::test]
async fn a_wrong_password_is_told_without_being_asked_twice() {
    let text = refused(json!({}), "operator", "hunter2hunter2").await;
    assert!(
        text.contains("does not let operator in with this password"),
        "{text}"
    );
    assert!(text.contains("not the e-mail address"), "{text}");
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_told_to_use_a_token() {
    let scene = json!({ "docker_hub": { "users": [{ "username": "alice", "password": "s3cret-alice", "two_factor_code": "123456" }] } });
    let text = refused(scene, "alice", "s3cret-alice").await;
    assert!(text.contains("alice has two-factor authentication on"), "{text}");
    assert!(text.contains("personal access token"), "{text}");
}

#[tokio::test]
async fn a_token_of_an_organization_is_told_to_log_in_with_its_name() {
    let text = refused(json!({}), "operator", "dckr_oat_wrongwrongwrong").await;
    assert!(text.contains("with the name of its organization"), "{text}");
}
