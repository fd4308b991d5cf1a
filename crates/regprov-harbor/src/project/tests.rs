//! Projects, as they are read and written.

use super::*;

fn wanted(json: &str) -> Project {
    let mut object = serde_json::json!({
        "name": "app", "registry_id": null, "public": false, "vulnerability_scanning": true,
        "vulnerability_scanner": null, "storage_quota": -1, "cve_allowlist": null, "enable_content_trust": false,
        "enable_content_trust_cosign": false, "auto_sbom_generation": false, "deployment_security": null,
        "force_destroy": false, "proxy_speed_kb": -1, "proxy_cache_local_on_not_found": false, "project_id": null, "id": null,
    });
    let given: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    object.as_object_mut().unwrap().extend(given);
    serde_json::from_value(object).unwrap()
}

#[test]
fn a_project_that_caches_nothing_names_no_registry() {
    let plain = serde_json::to_value(wire::Write::of(&wanted("{}"))).unwrap();
    assert_eq!(plain.get("registry_id"), None);
    assert_eq!(plain["metadata"].get("proxy_speed_kb"), None);
    assert_eq!(plain["storage_limit"], -1);
    assert_eq!(plain["metadata"]["reuse_sys_cve_allowlist"], "true");
    let cache = wanted(r#"{"registry_id":3,"proxy_speed_kb":512,"storage_quota":50}"#);
    let cache = serde_json::to_value(wire::Write::of(&cache)).unwrap();
    assert_eq!(
        (
            cache["registry_id"].as_i64(),
            cache["metadata"]["proxy_speed_kb"].as_str()
        ),
        (Some(3), Some("512"))
    );
    assert_eq!(cache["storage_limit"].as_i64(), Some(50 * GIB));
}

#[test]
fn what_is_read_is_what_was_written() {
    let written =
        wanted(r#"{"deployment_security":"high","cve_allowlist":["CVE-1","CVE-2"],"storage_quota":5}"#);
    let answer = r#"{"project_id":7,"owner_id":1,"name":"app","repo_count":0,"metadata":{"public":"false","auto_scan":"true",
        "prevent_vul":"true","severity":"high","reuse_sys_cve_allowlist":"false","retention_id":"4"},
        "cve_allowlist":{"id":1,"items":[{"cve_id":"CVE-1"},{"cve_id":"CVE-2"}]}}"#;
    let wire: wire::Project = serde_json::from_str(answer).unwrap();
    let seen = Seen {
        quota: Some(5 * GIB),
        scanner: None,
    };
    assert_eq!(
        Project::observed(wire, seen, Some(&written)),
        written.identified("/projects/7")
    );
}

#[test]
fn a_project_of_another_name_under_the_same_number_is_not_ours() {
    let answer = r#"{"project_id":7,"name":"other","metadata":{}}"#;
    let wire: wire::Project = serde_json::from_str(answer).unwrap();
    assert!(!wire.is(Some(&wanted("{}"))));
    assert!(wire.is(None));
}

#[test]
fn a_quota_below_what_the_project_holds_is_told_with_both() {
    let used = 3 * GIB / 2;
    let found = super::checks::outgrown("app", used, 1).unwrap();
    assert!(found.fatal);
    assert!(
        found
            .detail
            .contains("`app` holds 1.50 GiB already, and `storage_quota` would allow 1 GiB"),
        "{}",
        found.detail
    );
    assert!(super::checks::outgrown("app", used, 2).is_none());
    assert!(super::checks::outgrown("app", GIB, 1).is_none());
}
