//! Every resource type that is compiled in is in the sweep of faults.

use crate::stage::with_main;
use regprov_testkit::TestEnvironment;
use regprov_testkit::faults::Program;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Files of this machine are not of one world: the worlds of the sweep would share them.
const NOT_SWEPT: &[&str] = &["local_"];

async fn compiled_in() -> BTreeSet<String> {
    let environment = with_main("");
    let told = environment.run(&["init"]).await.expect(0);
    let mut required = String::from("terraform {\n  required_providers {\n");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let sources = told
        .lines()
        .filter_map(|line| line.split_once(" resource types, "));
    for (number, (line, _)) in sources.enumerate() {
        let (source, _) = line.trim().split_once(':').unwrap();
        writeln!(required, "    p{number} = {{ source = \"{source}\" }}").unwrap();
    }
    required.push_str("  }\n}\n");
    let schemas = schemas_of(&with_main(&required)).await;
    let providers = schemas["provider_schemas"].as_object().unwrap().values();
    let types = providers.flat_map(|provider| provider["resource_schemas"].as_object().into_iter().flatten());
    types.map(|(name, _)| name.clone()).collect()
}

async fn schemas_of(environment: &TestEnvironment) -> Value {
    let told = environment.run(&["providers", "schema", "-json"]).await.expect(0);
    serde_json::from_slice(&told.stdout).unwrap()
}

#[tokio::test]
async fn every_resource_type_that_is_compiled_in_is_swept() {
    let swept: BTreeSet<String> = Program::all().iter().flat_map(Program::resource_types).collect();
    let begins = |name: &str, with: &[&str]| with.iter().any(|start| name.starts_with(start));
    let forgotten: Vec<String> = compiled_in()
        .await
        .into_iter()
        .filter(|name| !begins(name, NOT_SWEPT) && !swept.contains(name))
        .collect();
    assert!(
        forgotten.is_empty(),
        "no part of the sweep's scenario makes these: {forgotten:?}"
    );
}
