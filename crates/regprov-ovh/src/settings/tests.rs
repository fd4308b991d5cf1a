//! What counts where several places say something.

use super::*;
use regprov_value::{Type, Value};
use std::collections::BTreeMap;

fn read(
    written: &[(&'static str, &str)],
    variables: &[(&str, &str)],
    file: Option<&str>,
) -> Result<Settings, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ovh.conf");
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
    }
    let mut arguments: BTreeMap<&str, Value> = [
        "endpoint",
        "access_token",
        "application_key",
        "application_secret",
        "consumer_key",
        "client_id",
        "client_secret",
    ]
    .into_iter()
    .map(|name| (name, Value::null(Type::String)))
    .collect();
    arguments.extend(written.iter().map(|(name, text)| (*name, Value::string(*text))));
    let config = Value::object(arguments);
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment(variables.collect());
    let request = ConnectRequest {
        config: &config,
        environment: &environment,
        major: None,
    };
    Settings::read(&request, &[path])
}

const KEYS: &str =
    "[default]\nendpoint=ovh-ca\n[ovh-ca]\napplication_key=ak\napplication_secret=as\nconsumer_key=ck\n";

fn message(read: Result<Settings, Error>) -> String {
    let error = read.map(|_| ()).unwrap_err();
    format!("{}\n{}", error.message, error.remedy.unwrap_or_default())
}

#[test]
fn a_file_gives_endpoint_and_keys() {
    let settings = read(&[], &[], Some(KEYS)).unwrap();
    assert_eq!(settings.endpoint.name, "ovh-ca");
    assert!(matches!(settings.method, Method::Keys { application_key, .. } if application_key == "ak"));
}

#[test]
fn the_environment_counts_before_a_file_and_the_block_before_both() {
    let settings = read(&[], &[("OVH_APPLICATION_KEY", "env")], Some(KEYS)).unwrap();
    assert!(matches!(settings.method, Method::Keys { application_key, .. } if application_key == "env"));
    let written = [("client_id", "id"), ("client_secret", "secret")];
    let settings = read(&written, &[("OVH_APPLICATION_KEY", "env")], Some(KEYS)).unwrap();
    assert!(matches!(settings.method, Method::ServiceAccount { client_id, .. } if client_id == "id"));
}

#[test]
fn two_ways_at_once_are_refused_and_their_places_are_told() {
    let text = message(read(&[], &[("OVH_CLIENT_ID", "id")], Some(KEYS)));
    assert!(
        text.starts_with("can't use multiple authentication methods"),
        "{text}"
    );
    assert!(
        text.contains("OVH_CLIENT_ID is set") && text.contains("section [ovh-ca]"),
        "{text}"
    );
}

#[test]
fn keys_under_the_wrong_section_are_told_with_the_sections_that_are_there() {
    let url = "https://api.example.org/1.0";
    let text = message(read(&[("endpoint", url)], &[], Some(KEYS)));
    assert!(text.starts_with("missing authentication information"), "{text}");
    assert!(
        text.contains("[https://api.example.org/1.0]") && text.contains("[default] [ovh-ca]"),
        "{text}"
    );
}

#[test]
fn half_a_way_is_refused_in_the_words_of_the_public_client() {
    let text = message(read(&[], &[("OVH_CLIENT_SECRET", "x")], None));
    assert!(text.starts_with("invalid oauth2 config, both client_id and client_secret must be given"));
    let text = message(read(&[], &[("OVH_CONSUMER_KEY", "x")], None));
    assert!(text.starts_with("invalid authentication config, both application_key and application_secret"));
}

#[test]
fn a_service_account_needs_an_endpoint_that_gives_tokens() {
    let written = [
        ("client_id", "id"),
        ("client_secret", "secret"),
        ("endpoint", "kimsufi-eu"),
    ];
    let text = message(read(&written, &[], None));
    assert!(
        text.starts_with("oauth2 authentication is not compatible with endpoint kimsufi-eu"),
        "{text}"
    );
}

#[test]
fn no_secret_is_told() {
    let variables = [("OVH_CLIENT_SECRET", "hush"), ("OVH_APPLICATION_SECRET", "hush")];
    assert!(!message(read(&[], &variables, None)).contains("hush"));
}
