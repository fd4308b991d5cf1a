//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor};
use regprov_laws::Offline;
use regprov_laws::schemas::{Public, are_committed, blocks};

const PUBLIC: Public<'_> = Public {
    files: &["ovh-2.19.0.json", "ovh.json"],
    differences: &[
        ("provider", "access_token", "a secret is marked as one"),
        ("provider", "application_secret", "a secret is marked as one"),
        ("provider", "client_secret", "a secret is marked as one"),
        ("provider", "consumer_key", "a secret is marked as one"),
    ],
    untold: &[],
    sources_left_out: &[],
};

fn offline(project: Option<&str>) -> Arc<dyn Provider> {
    provider(Services {
        transport: Arc::new(Offline),
        clock: Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        redactor: Redactor::new(),
        files: Vec::new(),
        project: project.map(str::to_owned),
    })
}

#[test]
fn the_schemas_are_those_of_the_committed_table() {
    are_committed(&*offline(None), env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn a_project_of_the_environment_stands_in_for_service_name() {
    for (_, block) in blocks(&*offline(Some("p"))) {
        if let Some(attribute) = block.attributes.get("service_name") {
            assert!(attribute.optional && !attribute.required);
            assert_eq!(
                attribute.default.as_ref().and_then(regprov_value::Value::as_str),
                Some("p")
            );
        }
    }
}

#[test]
fn the_schemas_are_the_union_of_the_public_ones() {
    PUBLIC.are_met_by(&*offline(None));
}

#[test]
fn every_public_type_is_offered_or_listed_as_left_out() {
    PUBLIC.are_offered_by(&*offline(None));
}
