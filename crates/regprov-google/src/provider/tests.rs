//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor, SeededRandomness};
use regprov_laws::Offline;
use regprov_laws::schemas::{Public, are_committed};
use std::path::PathBuf;

const PUBLIC: Public<'_> = Public {
    files: &["google.json", "google-6.50.0.json"],
    differences: &[
        ("provider", "access_token", "a secret is marked as one"),
        ("provider", "credentials", "a secret is marked as one"),
        (
            "provider",
            "external_credentials.identity_token",
            "a secret is marked as one",
        ),
    ],
    untold: &[
        "resource google_project_iam_policy version 0",
        "resource google_storage_bucket_iam_binding version 0",
        "data google_artifact_registry_docker_image",
        "data google_client_openid_userinfo",
        "data google_container_registry_repository",
        "data google_service_account_key",
    ],
    sources_left_out: &[],
};

fn offline() -> Arc<dyn Provider> {
    provider(Services {
        transport: Arc::new(Offline),
        clock: Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        randomness: Arc::new(SeededRandomness::new(1)),
        redactor: Redactor::new(),
        directory: PathBuf::from("/"),
        looks_around: false,
    })
}

#[test]
fn the_schemas_are_those_of_the_committed_table() {
    are_committed(&*offline(), env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn the_schemas_are_the_union_of_the_public_ones() {
    PUBLIC.are_met_by(&*offline());
}

#[test]
fn every_public_type_is_offered_or_listed_as_left_out() {
    PUBLIC.are_offered_by(&*offline());
}
