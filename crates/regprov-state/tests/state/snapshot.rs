//! Reading and writing Terraform's format.

use regprov_state::{ErrorKind, LOCKED_VERSION, Snapshot, StateError};
use serde_json::{Value, json};

/// Everything the format has, with fields that nobody knows at every level.
const FULL: &str = include_str!("full.tfstate.json");

fn parse(text: &str) -> Result<Snapshot, StateError> {
    Snapshot::parse(text.as_bytes(), "terraform.tfstate").map(|snapshot| snapshot.expect("not empty"))
}

#[test]
fn a_state_of_terraform_survives_a_round_trip_value_by_value() {
    let snapshot = parse(FULL).expect("a state");
    let written = snapshot.to_clear_bytes().expect("written");
    let (before, after): (Value, Value) = (
        serde_json::from_str(FULL).expect("json"),
        serde_json::from_slice(&written).expect("json"),
    );
    assert_eq!(before, after);
    assert!(
        after.to_string().contains("123456789012345678901234567890.10"),
        "numbers keep their digits"
    );
}

#[test]
fn a_state_of_terraform_survives_a_round_trip_byte_by_byte() {
    let snapshot = parse(FULL).expect("a state");
    let once = snapshot.to_clear_bytes().expect("written");
    let twice = parse(std::str::from_utf8(&once).expect("text"))
        .expect("a state")
        .to_clear_bytes();
    assert_eq!(once, twice.expect("written"));
    assert!(once.ends_with(b"}\n"));
    assert!(
        String::from_utf8_lossy(&once).contains("\\u003cb\\u003e \\u0026"),
        "as Terraform escapes"
    );
}

#[test]
fn the_model_knows_what_the_file_says() {
    let snapshot = parse(FULL).expect("a state");
    assert_eq!(
        (snapshot.serial, snapshot.lineage.as_str()),
        (41, "3f4a1c1e-6d0b-4c55-9d3e-2f8f7f3b7a10")
    );
    let keys: Vec<_> = snapshot.instances.keys().map(ToString::to_string).collect();
    assert_eq!(
        keys,
        [
            "data.azurerm_client_config.current",
            "azuread_application_password.push",
            "azurerm_container_registry.many[0]",
            "azurerm_container_registry.many[2]",
            "azurerm_container_registry.many[10]",
            "azurerm_container_registry.many[10] (deposed object 0a1b2c3d)",
            "module.team[\"a b\"].harbor_project.base[\"x\"]",
        ]
    );
    let password = snapshot.current(&"azuread_application_password.push".parse().expect("address"));
    let password = password.expect("it is there");
    assert_eq!(password.sensitive_paths, ["value".parse().expect("a path")]);
    assert_eq!(password.dependencies.len(), 2);
    assert!(snapshot.holds_secrets());
}

#[test]
fn resources_and_instances_are_written_in_terraforms_order_whatever_order_they_were_made_in() {
    let mut shuffled: Value = serde_json::from_str(FULL).expect("json");
    shuffled["resources"].as_array_mut().expect("a list").reverse();
    for resource in shuffled["resources"].as_array_mut().expect("a list") {
        resource["instances"].as_array_mut().expect("a list").reverse();
    }
    let one = parse(FULL).expect("a state").to_clear_bytes().expect("written");
    let other = parse(&shuffled.to_string())
        .expect("a state")
        .to_clear_bytes()
        .expect("written");
    assert_eq!(one, other);
}

#[test]
fn old_and_new_versions_are_refused_with_a_remedy() {
    for version in 0..4 {
        let error = parse(&json!({ "version": version, "serial": 1 }).to_string()).expect_err("refused");
        assert!(matches!(error, StateError::OldVersion { .. }), "{error}");
        assert!(error.detail().contains("terraform apply"), "{}", error.detail());
    }
    for version in [5, LOCKED_VERSION - 1, LOCKED_VERSION + 1, u64::MAX] {
        let error = parse(&json!({ "version": version, "serial": 1 }).to_string()).expect_err("refused");
        assert!(matches!(error, StateError::NewerVersion { .. }), "{error}");
        assert_eq!(error.summary(), "State from a newer version");
    }
}

#[test]
fn what_is_no_state_is_refused_and_names_the_place() {
    let cases = [
        ("", None),
        ("[]", Some("not an object")),
        ("{}", Some("no `version`")),
        ("{\"version\": 4}", Some("no `serial`")),
        (
            "{\"version\": 4, \"serial\": 1, \"resources\": [{}]}",
            Some("`resources[0]` has no `mode`"),
        ),
        (
            "{\"version\": 4, \"serial\": 1, \"resources\": [{\"mode\": \"managed\", \"type\": \"a\", \"name\": \"b\", \
             \"provider\": \"nonsense\"}]}",
            Some("the provider of a.b `nonsense`"),
        ),
        ("{\"version\": 4, \"serial\": 1", Some("not valid JSON")),
    ];
    for (text, problem) in cases {
        match (Snapshot::parse(text.as_bytes(), "here.tfstate"), problem) {
            (Ok(None), None) => {}
            (Err(error), Some(problem)) => {
                assert_eq!(error.kind(), ErrorKind::Malformed);
                assert!(error.detail().contains(problem), "{}", error.detail());
                assert!(error.detail().contains("ere.tfstate"), "{}", error.detail());
            }
            (other, _) => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn nothing_that_is_read_makes_the_reader_panic() {
    let bytes = FULL.as_bytes();
    for cut in 0..bytes.len() {
        let _ = Snapshot::parse(&bytes[..cut], "cut");
    }
    for place in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        for bit in 0..8 {
            changed[place] = bytes[place] ^ (1 << bit);
            let _ = Snapshot::parse(&changed, "changed");
        }
    }
    let deep = format!("{{\"version\": 4, \"serial\": 1, \"x\": {}", "[".repeat(100_000));
    assert!(Snapshot::parse(deep.as_bytes(), "deep").is_err());
}

#[test]
fn values_never_show_in_debug_output() {
    let snapshot = parse(FULL).expect("a state");
    let shown = format!("{snapshot:?}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(shown.contains("azuread_application_password"));
}
