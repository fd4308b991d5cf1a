//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor};
use regprov_laws::Offline;
use regprov_laws::schemas::{Public, are_committed};

const PUBLIC: Public<'_> = Public {
    files: &["docker.json"],
    differences: &[],
    untold: &[],
    sources_left_out: &[],
};

struct NoHelpers;

#[async_trait]
impl crate::RunHelper for NoHelpers {
    async fn get(
        &self,
        _name: &str,
        _server: &str,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, crate::HelperError> {
        Err(crate::HelperError::NotFound)
    }
}

fn offline() -> Arc<dyn Provider> {
    provider(Services {
        transport: Arc::new(Offline),
        clock: Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)),
        redactor: Redactor::new(),
        docker_config: None,
        helpers: Arc::new(NoHelpers),
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
