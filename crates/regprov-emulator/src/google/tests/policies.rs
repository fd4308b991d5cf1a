//! Policies of projects, service accounts and repositories.

use super::*;

fn members(policy: &Value, role: &str) -> Vec<String> {
    let bindings = policy["bindings"].as_array().into_iter().flatten();
    bindings
        .filter(|binding| binding["role"] == role)
        .flat_map(|binding| binding["members"].as_array().unwrap().clone())
        .map(|member| member.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_policy_is_written_once_per_etag() {
    let mut cloud = Cloud::new();
    let repository = cloud.repository("us", "base");
    let url = format!("artifactregistry/v1/{repository}");
    let empty = cloud.ok("GET", &format!("{url}:getIamPolicy"), &Value::Null);
    assert_eq!(empty, json!({ "etag": "ACAB" }));
    let write = |member: &str, etag: &Value| {
        let binding = json!({ "role": "roles/artifactregistry.reader", "members": [member] });
        let mut policy = json!({ "version": 3, "bindings": [binding] });
        if !etag.is_null() {
            policy["etag"] = etag.clone();
        }
        json!({ "policy": policy })
    };
    let first = cloud.ok(
        "POST",
        &format!("{url}:setIamPolicy"),
        &write("user:Ann@Example.org", &empty["etag"]),
    );
    assert_eq!(
        members(&first, "roles/artifactregistry.reader"),
        ["user:ann@example.org"]
    );
    let (status, answer) = cloud.call(
        "POST",
        &format!("{url}:setIamPolicy"),
        &write("user:bob@example.org", &empty["etag"]),
    );
    assert_eq!(
        (status, answer["error"]["status"].as_str()),
        (409, Some("ABORTED"))
    );
    let other_alphabet = first["etag"]
        .as_str()
        .unwrap()
        .replace('+', "-")
        .replace('/', "_");
    cloud.ok(
        "POST",
        &format!("{url}:setIamPolicy"),
        &write("user:ann@example.org", &json!(other_alphabet)),
    );
    let blind = cloud.ok(
        "POST",
        &format!("{url}:setIamPolicy"),
        &write("allUsers", &Value::Null),
    );
    assert_eq!(members(&blind, "roles/artifactregistry.reader"), ["allUsers"]);
    assert_ne!(first["etag"], blind["etag"]);
}

#[test]
fn members_and_roles_that_cannot_be_are_refused() {
    let mut cloud = Cloud::new();
    let repository = cloud.repository("us", "base");
    let mut refused = |object: &str, api: &str, role: &str, member: &str| {
        let policy =
            json!({ "policy": { "version": 3, "bindings": [{ "role": role, "members": [member] }] } });
        let (status, text) = cloud.refused("POST", &format!("{api}/{object}:setIamPolicy"), &policy);
        assert_eq!(status, 400, "{role} {member}");
        text
    };
    let reader = "roles/artifactregistry.reader";
    let on = "artifactregistry/v1";
    let missing = "serviceAccount:nobody@team-a.iam.gserviceaccount.com";
    assert_eq!(
        refused(&repository, on, reader, missing),
        "Service account nobody@team-a.iam.gserviceaccount.com does not exist."
    );
    assert!(
        refused(&repository, on, "roles/artifactregistry.raeder", "allUsers")
            .contains("is not supported for this resource")
    );
    assert!(refused(&repository, on, reader, "ann@example.org").contains("unknown type"));
    assert!(refused(&repository, on, reader, "user:ann").contains("malformed"));
    assert!(refused(P, "cloudresourcemanager/v1", reader, "allUsers").contains("not allowed"));
}

#[test]
fn conditions_take_version_three_and_hide_behind_a_hash_from_older_readers() {
    let mut cloud = Cloud::new();
    let repository = cloud.repository("us", "base");
    let url = format!("artifactregistry/v1/{repository}");
    let condition =
        json!({ "title": "soon", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')" });
    let mut policy = json!({ "policy": { "version": 1, "bindings": [
        { "role": "roles/artifactregistry.writer", "members": ["user:ann@example.org"], "condition": condition },
    ] } });
    assert_eq!(
        cloud.refused("POST", &format!("{url}:setIamPolicy"), &policy).0,
        400
    );
    policy["policy"]["version"] = 3.into();
    assert_eq!(
        cloud.ok("POST", &format!("{url}:setIamPolicy"), &policy)["version"],
        3
    );
    let old = cloud.ok("GET", &format!("{url}:getIamPolicy"), &Value::Null);
    assert!(
        old["bindings"][0]["role"]
            .as_str()
            .unwrap()
            .contains("_withcond_"),
        "{old}"
    );
    let new = cloud.ok(
        "GET",
        &format!("{url}:getIamPolicy?options.requestedPolicyVersion=3"),
        &Value::Null,
    );
    assert_eq!(new["bindings"][0]["condition"], condition);
    policy["policy"]["bindings"][0]["condition"]["expression"] = "request.time <".into();
    assert!(
        cloud
            .refused("POST", &format!("{url}:setIamPolicy"), &policy)
            .1
            .contains("compilation failed")
    );
}

#[test]
fn a_deleted_account_stays_in_policies_as_deleted_and_its_successor_is_another_one() {
    let mut cloud = Cloud::new();
    let email = cloud.account("builder-one");
    let member = format!("serviceAccount:{email}");
    let role = "roles/artifactregistry.writer";
    cloud.bind("cloudresourcemanager/v1", P, (role, &member));
    let id = cloud.ok(
        "GET",
        &format!("iam/v1/{P}/serviceAccounts/{email}"),
        &Value::Null,
    )["uniqueId"]
        .clone();
    cloud.ok(
        "DELETE",
        &format!("iam/v1/{P}/serviceAccounts/{email}"),
        &Value::Null,
    );
    let get = format!("cloudresourcemanager/v1/{P}:getIamPolicy");
    let mut policy = cloud.ok("POST", &get, &Value::Null);
    let gone = format!("deleted:{member}?uid={}", id.as_str().unwrap());
    assert_eq!(members(&policy, role), [gone.as_str()]);
    cloud.account("builder-one");
    let set = format!("cloudresourcemanager/v1/{P}:setIamPolicy");
    policy["bindings"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "role": role, "members": [member] }));
    assert!(
        cloud
            .refused("POST", &set, &json!({ "policy": policy }))
            .1
            .contains("Inconsistent representation")
    );
    policy["bindings"]
        .as_array_mut()
        .unwrap()
        .retain(|binding| binding["members"] != json!([gone]));
    let last = cloud.ok("POST", &set, &json!({ "policy": policy }));
    assert_eq!(members(&last, role), [member]);
}

#[test]
fn a_permission_is_had_where_a_role_gives_it_and_a_scene_may_take_it_away() {
    let mut cloud = Cloud::new();
    let email = cloud.account("builder-one");
    let policy = json!({ "permissions": ["iam.serviceAccounts.actAs", "resourcemanager.projects.delete"] });
    let held = cloud.ok(
        "POST",
        &format!("iam/v1/{P}/serviceAccounts/{email}:testIamPermissions"),
        &policy,
    );
    assert_eq!(held["permissions"].as_array().unwrap().len(), 2);
    cloud.scene(json!({ "conditions": [{ "google_not_granted": { "permission": "artifactregistry.repositories.*" } }] }));
    let url = format!("artifactregistry/v1/{P}/locations/us/repositories?repositoryId=base");
    let (status, answer) = cloud.call("POST", &url, &json!({ "format": "DOCKER" }));
    assert_eq!(status, 403);
    let text = answer["error"]["message"].as_str().unwrap();
    assert_eq!(
        text,
        "Permission 'artifactregistry.repositories.create' denied on resource '//artifactregistry.googleapis.com/projects/team-a/locations/us' (or it may not exist)."
    );
}
