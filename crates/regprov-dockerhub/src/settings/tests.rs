//! Where credentials are found.

use super::*;
use crate::{HelperError, RunHelper};
use async_trait::async_trait;
use regprov_http::{ManualClock, Redactor, Request, Response, Transport, TransportError, TransportErrorKind};
use regprov_provider::Environment;
use regprov_value::{Value, from_json};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;

struct Nobody;

#[async_trait]
impl Transport for Nobody {
    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        Err(TransportError::new(
            TransportErrorKind::Refused,
            "there is no network",
        ))
    }
}

/// Knows one server.
struct Keychain;

#[async_trait]
impl RunHelper for Keychain {
    async fn get(&self, name: &str, server: &str) -> Result<Zeroizing<Vec<u8>>, HelperError> {
        match (name, server) {
            ("keychain", LOGIN) => Ok(Zeroizing::new(
                br#"{"ServerURL":"https://index.docker.io/v1/","Username":"alice","Secret":"dckr_pat_kept"}"#
                    .to_vec(),
            )),
            ("keychain", _) => Err(HelperError::Unknown),
            _ => Err(HelperError::NotFound),
        }
    }
}

fn services(path: Option<&Path>) -> Services {
    Services {
        transport: Arc::new(Nobody),
        clock: Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        redactor: Redactor::new(),
        docker_config: path.map(Path::to_owned),
        helpers: Arc::new(Keychain),
    }
}

fn config(json: &Json) -> Value {
    let block = crate::provider::block();
    from_json(json, &block.implied_type()).unwrap()
}

async fn read(arguments: Json, variables: &[(&str, &str)], path: Option<&Path>) -> Result<Settings, Error> {
    let named = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment(named.collect());
    let config = config(&arguments);
    let request = ConnectRequest {
        config: &config,
        environment: &environment,
        major: None,
    };
    Settings::read(&request, &services(path)).await
}

fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[tokio::test]
async fn the_block_comes_before_the_environment_and_both_before_docker() {
    let (_folder, path) = file(r#"{"auths":{"https://index.docker.io/v1/":{"auth":"Ym9iOnBhc3M="}}}"#);
    let variables = [("DOCKER_USERNAME", "carol"), ("DOCKER_PASSWORD", "dckr_oat_x")];
    let settings = read(json!({ "username": "acme" }), &variables, Some(&path))
        .await
        .unwrap();
    assert_eq!(settings.login.username, "acme");
    assert_eq!(settings.login.kind, Kind::Organization);
    let settings = read(json!({}), &[], Some(&path)).await.unwrap();
    assert_eq!(settings.login.username, "bob");
    assert_eq!(
        (settings.login.secret.as_str(), settings.login.kind),
        ("pass", Kind::Password)
    );
}

#[tokio::test]
async fn a_helper_is_asked_for_what_the_file_does_not_hold() {
    let (_folder, path) = file(r#"{"auths":{"https://index.docker.io/v1/":{}},"credsStore":"keychain"}"#);
    let settings = read(json!({}), &[], Some(&path)).await.unwrap();
    assert_eq!(settings.login.username, "alice");
    assert_eq!(settings.login.kind, Kind::Personal);
    let (_folder, path) = file(r#"{"credHelpers":{"https://index.docker.io/v1/":"gone"}}"#);
    let error = read(json!({}), &[], Some(&path)).await.err().unwrap();
    assert!(
        error.message.contains("`docker-credential-gone`"),
        "{}",
        error.message
    );
    assert!(error.message.ends_with("is not installed"), "{}", error.message);
}

#[tokio::test]
async fn a_damaged_file_is_told_by_place_and_never_by_content() {
    let (_folder, path) = file("{\"auths\": {\"x\": \"hunter2\"}}");
    let error = read(json!({}), &[], Some(&path)).await.err().unwrap();
    assert!(error.message.contains("line 1"), "{}", error.message);
    assert!(!error.message.contains("hunter2"), "{}", error.message);
}

#[tokio::test]
async fn nothing_found_says_where_was_looked() {
    let error = read(json!({ "username": "alice" }), &[], None)
        .await
        .err()
        .unwrap();
    assert!(
        error.message.contains("a username is set, and no password"),
        "{}",
        error.message
    );
    assert!(error.remedy.unwrap().contains("DOCKER_PASSWORD"));
}

#[tokio::test]
async fn plain_http_goes_to_this_machine_only() {
    let login = |host: &str| json!({ "host": host, "username": "a", "password": "b" });
    assert!(read(login("http://localhost:7000"), &[], None).await.is_ok());
    assert!(read(login("hub.docker.com"), &[], None).await.is_ok());
    for host in ["http://hub.docker.com", "hub.docker.com/v2", "a b"] {
        let error = read(login(host), &[], None).await.err().unwrap();
        assert!(
            error.message.contains("is not the host"),
            "{host}: {}",
            error.message
        );
    }
}
