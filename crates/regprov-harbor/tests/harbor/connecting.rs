//! Signing in, and what is told where that fails.

use crate::harness::{PASSWORD, URL, World, connect};
use regprov_provider::ErrorKind;
use serde_json::json;

#[tokio::test]
async fn who_connects_is_told_with_the_version() {
    let world = World::new().await;
    assert_eq!(
        world.connection("harbor_project").summary,
        "admin at https://harbor.test/, Harbor v2.14.0"
    );
    assert!(world.connection("harbor_project").registry.is_some());
}

#[tokio::test]
async fn a_wrong_password_is_told_without_being_shown() {
    let world = World::new().await;
    let arguments = json!({ "url": URL, "username": "admin", "password": "Wrong12345" });
    let error = connect(&*world.providers[0], &arguments).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(
        error
            .message
            .contains("does not know admin, or the password is wrong"),
        "{}",
        error.message
    );
    assert!(!format!("{error:?}").contains("Wrong12345"));
}

#[tokio::test]
async fn what_is_missing_is_told_with_its_variable() {
    let world = World::new().await;
    let error = connect(&*world.providers[0], &json!({ "url": URL, "username": "admin" }))
        .await
        .err()
        .unwrap();
    assert!(
        error
            .message
            .contains("`password` is not set (nor HARBOR_PASSWORD)"),
        "{}",
        error.message
    );
    let error = connect(
        &*world.providers[0],
        &json!({ "username": "admin", "password": PASSWORD }),
    )
    .await
    .err()
    .unwrap();
    assert!(
        error.message.contains("neither is HARBOR_URL"),
        "{}",
        error.message
    );
    let bare = json!({ "url": "harbor.test", "username": "admin", "password": PASSWORD });
    let error = connect(&*world.providers[0], &bare).await.err().unwrap();
    assert_eq!(
        error.remedy.as_deref(),
        Some("Write it with its scheme: `https://harbor.test`.")
    );
}

#[tokio::test]
async fn an_address_from_the_documentation_of_the_api_is_taken() {
    let world = World::new().await;
    let arguments = json!({ "url": format!("{URL}/api/v2.0/"), "username": "admin", "password": PASSWORD });
    assert!(connect(&*world.providers[0], &arguments).await.is_ok());
}
