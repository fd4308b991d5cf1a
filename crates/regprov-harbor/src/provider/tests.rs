//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor, SeededRandomness, Transport};
use regprov_laws::Offline;
use regprov_laws::schemas::{Public, are_committed};

const PUBLIC: Public<'_> = Public {
    files: &["harbor-3.12.4.json"],
    differences: &[
        ("provider", "bearer_token", "a secret is marked as one"),
        ("provider", "password", "a secret is marked as one"),
        ("provider", "session_id", "a secret is marked as one"),
        (
            "resource harbor_config_auth",
            "oidc_client_secret_wo",
            "a secret is marked as one",
        ),
        (
            "resource harbor_project_webhook",
            "auth_header",
            "it is a credential",
        ),
        (
            "resource harbor_robot_account",
            "secret_wo",
            "a secret is marked as one",
        ),
        ("resource harbor_user", "password_wo", "a secret is marked as one"),
    ],
    untold: &[],
    sources_left_out: &[],
};

struct NoNetwork;

impl crate::Networks for NoNetwork {
    fn transport(&self, _certificates: crate::Certificates) -> Result<Arc<dyn Transport>, Error> {
        Ok(Arc::new(Offline))
    }
}

fn offline() -> Arc<dyn Provider> {
    provider(Services {
        networks: Arc::new(NoNetwork),
        clock: Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        randomness: Arc::new(SeededRandomness::new(1)),
        redactor: Redactor::new(),
    })
}

#[test]
fn the_schemas_are_those_of_the_committed_table() {
    are_committed(&*offline(), env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn the_schemas_are_those_of_the_public_provider() {
    PUBLIC.are_met_by(&*offline());
}

#[test]
fn every_public_type_is_offered_or_listed_as_left_out() {
    PUBLIC.are_offered_by(&*offline());
}
