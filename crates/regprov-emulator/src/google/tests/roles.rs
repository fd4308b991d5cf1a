//! Custom roles, and the buckets of Container Registry.

use super::*;

#[test]
fn a_custom_role_permits_what_it_names_and_keeps_its_id_when_deleted() {
    let mut cloud = Cloud::new();
    let roles = format!("iam/v1/{P}/roles");
    let role = json!({ "title": "Pusher", "stage": "GA", "includedPermissions": ["artifactregistry.repositories.get"] });
    let made = cloud.ok("POST", &roles, &json!({ "roleId": "pusher", "role": role }));
    assert_eq!(made["name"], "projects/team-a/roles/pusher");
    let name = made["name"].as_str().unwrap();
    cloud.bind("cloudresourcemanager/v1", P, (name, "user:ann@example.org"));
    let url = format!("iam/v1/{name}");
    let more = json!({ "includedPermissions": ["artifactregistry.repositories.list"] });
    let changed = cloud.ok("PATCH", &format!("{url}?updateMask=includedPermissions"), &more);
    assert_eq!(
        (changed["title"].as_str(), &changed["includedPermissions"]),
        (Some("Pusher"), &more["includedPermissions"])
    );
    assert!(
        cloud
            .refused("POST", &roles, &json!({ "roleId": "x y", "role": {} }))
            .1
            .contains("must match")
    );
    assert!(
        cloud
            .refused(
                "POST",
                &roles,
                &json!({ "roleId": "other", "role": { "includedPermissions": ["nothing"] } })
            )
            .1
            .contains("is not valid")
    );
    assert_eq!(
        cloud
            .refused("POST", &roles, &json!({ "roleId": "pusher", "role": {} }))
            .0,
        409
    );
    assert_eq!(cloud.ok("DELETE", &url, &Value::Null)["deleted"], true);
    assert_eq!(cloud.ok("GET", &url, &Value::Null)["deleted"], true);
    assert!(
        cloud
            .refused("POST", &roles, &json!({ "roleId": "pusher", "role": {} }))
            .1
            .contains("deleted state")
    );
    cloud.ok("POST", &format!("{url}:undelete"), &json!({}));
    assert_eq!(
        cloud.ok("GET", &roles, &Value::Null)["roles"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_bucket_of_container_registry_is_there_for_projects_that_had_it() {
    let mut cloud = Cloud::new();
    let missing = cloud.refused(
        "GET",
        "storage/storage/v1/b/artifacts.team-a.appspot.com",
        &Value::Null,
    );
    assert_eq!(missing, (404, "The specified bucket does not exist.".to_owned()));
    cloud.scene(json!({ "google_projects": [{ "id": "old-team", "legacy_registry": true }] }));
    let bucket = "storage/storage/v1/b/eu.artifacts.old-team.appspot.com";
    assert_eq!(cloud.ok("GET", bucket, &Value::Null)["location"], "EU");
    let mut policy = cloud.ok(
        "GET",
        &format!("{bucket}/iam?optionsRequestedPolicyVersion=3"),
        &Value::Null,
    );
    let stale = policy.clone();
    policy["bindings"] = json!([{ "role": "roles/storage.objectViewer", "members": ["allUsers"] }]);
    let written = cloud.ok("PUT", &format!("{bucket}/iam"), &policy);
    assert_eq!(
        (&written["kind"], &written["bindings"]),
        (&json!("storage#policy"), &policy["bindings"])
    );
    assert_eq!(cloud.refused("PUT", &format!("{bucket}/iam"), &stale).0, 412);
}
