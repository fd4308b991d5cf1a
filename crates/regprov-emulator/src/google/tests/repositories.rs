//! Repositories and their operations.

use super::*;

#[test]
fn a_repository_is_there_once_its_operation_is_done() {
    let mut cloud = Cloud::new();
    cloud.knobs(|knobs| knobs.lro_duration_ms = 1000);
    let parent = format!("artifactregistry/v1/{P}/locations/europe-west1");
    let body = json!({ "format": "DOCKER", "mode": "STANDARD_REPOSITORY", "labels": { "a": "b" }, "description": "d" });
    let begun = cloud.ok(
        "POST",
        &format!("{parent}/repositories?alt=json&repository_id=base"),
        &body,
    );
    assert!(begun.get("done").is_none(), "{begun}");
    let operation = format!("artifactregistry/v1/{}", begun["name"].as_str().unwrap());
    let name = format!("{parent}/repositories/base");
    assert_eq!(
        cloud.refused("GET", &name, &Value::Null),
        (404, "Requested entity was not found.".to_owned())
    );
    let again = cloud.refused("POST", &format!("{parent}/repositories?repositoryId=base"), &body);
    assert_eq!(again, (409, "the repository already exists".to_owned()));
    cloud.tx = cloud.tx.later(2000);
    let done = cloud.ok("GET", &operation, &Value::Null);
    assert_eq!(done["response"]["format"], "DOCKER");
    let read = cloud.ok("GET", &name, &Value::Null);
    assert_eq!(read["registryUri"], "europe-west1-docker.pkg.dev/team-a/base");
    assert_eq!(
        read["vulnerabilityScanningConfig"]["enablementState"],
        "SCANNING_DISABLED"
    );
    cloud.ok("DELETE", &name, &Value::Null);
    cloud.tx = cloud.tx.later(2000);
    assert_eq!(cloud.refused("GET", &name, &Value::Null).0, 404);
}

#[test]
fn an_operation_that_fails_leaves_no_repository() {
    let mut cloud = Cloud::new();
    cloud.knobs(|knobs| knobs.lro_mode = crate::knobs::LroMode::Fail);
    let parent = format!("artifactregistry/v1/{P}/locations/us");
    let begun = cloud.ok(
        "POST",
        &format!("{parent}/repositories?repositoryId=base"),
        &json!({ "format": "DOCKER" }),
    );
    let done = cloud.ok(
        "GET",
        &format!("artifactregistry/v1/{}", begun["name"].as_str().unwrap()),
        &Value::Null,
    );
    assert_eq!(done["error"]["code"], 13);
    assert_eq!(
        cloud.ok("GET", &format!("{parent}/repositories"), &Value::Null),
        json!({})
    );
}

#[test]
fn what_is_not_valid_is_refused_without_a_field_being_named() {
    let mut cloud = Cloud::new();
    let cases = [
        ("us-centrl1", "base", json!({ "format": "DOCKER" })),
        ("us", "Base", json!({ "format": "DOCKER" })),
        ("us", "base.x", json!({ "format": "DOCKER" })),
        ("europe", "gcr.io", json!({ "format": "DOCKER" })),
        ("us", "base", json!({})),
        (
            "us",
            "base",
            json!({ "format": "DOCKER", "mode": "REMOTE_REPOSITORY" }),
        ),
        (
            "us",
            "base",
            json!({ "format": "DOCKER", "labels": { "A": "b" } }),
        ),
    ];
    for (location, id, body) in cases {
        let url = format!("artifactregistry/v1/{P}/locations/{location}/repositories?repositoryId={id}");
        let refused = cloud.refused("POST", &url, &body);
        assert_eq!(
            refused,
            (400, "Request contains an invalid argument.".to_owned()),
            "{location} {id} {body}"
        );
    }
    let url = format!("artifactregistry/v1/{P}/locations/us/repositories?repositoryId=base");
    assert!(
        cloud
            .refused("POST", &url, &json!({ "format": "DOCKR" }))
            .1
            .contains("repository.format")
    );
    assert!(
        cloud
            .refused("POST", &url, &json!({ "formt": "DOCKER" }))
            .1
            .contains("Unknown name \"formt\"")
    );
}

#[test]
fn an_update_changes_what_its_mask_names_and_nothing_else() {
    let mut cloud = Cloud::new();
    let name = cloud.repository("us", "base");
    let url = format!("artifactregistry/v1/{name}");
    let body = json!({
        "description": "new", "labels": { "a": "b" }, "dockerConfig": { "immutableTags": true },
        "cleanupPolicies": { "old": { "id": "old", "action": "DELETE", "condition": { "olderThan": "2592000s" } } },
    });
    let changed = cloud.ok(
        "PATCH",
        &format!("{url}?updateMask=description,docker_config,cleanupPolicies"),
        &body,
    );
    assert_eq!(
        (&changed["description"], changed.get("labels")),
        (&json!("new"), None)
    );
    assert_eq!(changed["dockerConfig"]["immutableTags"], true);
    assert_eq!(
        changed["cleanupPolicies"]["old"]["condition"]["olderThan"],
        "2592000s"
    );
    let cleared = cloud.ok("PATCH", &format!("{url}?updateMask=description"), &json!({}));
    assert_eq!(cleared.get("description"), None);
    assert_eq!(
        cloud
            .refused(
                "PATCH",
                &format!("{url}?updateMask=format"),
                &json!({ "format": "NPM" })
            )
            .0,
        400
    );
}

#[test]
fn lists_come_in_pages() {
    let mut cloud = Cloud::new();
    for id in ["one", "two", "three"] {
        cloud.repository("us", id);
    }
    let url = format!("artifactregistry/v1/{P}/locations/us/repositories?pageSize=2");
    let first = cloud.ok("GET", &url, &Value::Null);
    assert_eq!(first["repositories"].as_array().unwrap().len(), 2);
    let token = first["nextPageToken"].as_str().unwrap().to_owned();
    let last = cloud.ok("GET", &format!("{url}&pageToken={token}"), &Value::Null);
    assert_eq!(last["repositories"].as_array().unwrap().len(), 1);
    assert_eq!(last.get("nextPageToken"), None);
    assert_eq!(
        cloud
            .refused("GET", &format!("{url}&pageToken=9.forged"), &Value::Null)
            .0,
        400
    );
}
