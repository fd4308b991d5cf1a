//! Members, bindings and policies.

use crate::harness::{World, text};
use regprov_laws::Law;
use serde_json::{Value as Json, json};

const MEMBER: &str = "google_artifact_registry_repository_iam_member";
const BINDING: &str = "google_artifact_registry_repository_iam_binding";
const POLICY: &str = "google_artifact_registry_repository_iam_policy";
const WRITER: &str = "roles/artifactregistry.writer";

async fn repository(world: &World) {
    let config = json!({ "repository_id": "images", "location": "us-central1", "format": "DOCKER" });
    world.make("google_artifact_registry_repository", &config).await;
}

fn member(name: &str) -> Json {
    json!({ "repository": "images", "location": "us-central1", "role": WRITER, "member": name })
}

#[tokio::test]
async fn members_bindings_and_policies_keep_the_laws() {
    let world = World::new().await;
    repository(&world).await;
    Law::new(&world, MEMBER)
        .holds(&[member("user:Jane@example.com")])
        .await;
    let binding = |members: &[&str]| json!({ "repository": "images", "location": "us-central1", "role": WRITER, "members": members });
    Law::new(&world, BINDING)
        .holds(&[
            binding(&["user:jane@example.com"]),
            binding(&["user:jane@example.com", "group:team@example.com"]),
        ])
        .await;
    world
        .make("google_service_account", &json!({ "account_id": "builder" }))
        .await;
    let account = "projects/team-a/serviceAccounts/builder@team-a.iam.gserviceaccount.com";
    let lends = json!({ "service_account_id": account, "role": "roles/iam.workloadIdentityUser", "member": "user:jane@example.com" });
    Law::new(&world, "google_service_account_iam_member")
        .holds(&[lends])
        .await;
    let of_project =
        json!({ "project": "team-a", "role": "roles/viewer", "member": "user:jane@example.com" });
    Law::new(&world, "google_project_iam_member")
        .holds(&[of_project])
        .await;
}

#[tokio::test]
async fn a_condition_makes_a_member_of_its_own() {
    let world = World::new().await;
    let plain = json!({ "project": "team-a", "role": "roles/artifactregistry.reader", "member": "user:jane@example.com" });
    let mut under = plain.clone();
    under["condition"] =
        json!([{ "title": "soon over", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')" }]);
    world.make("google_project_iam_member", &plain).await;
    Law::new(&world, "google_project_iam_member")
        .holds(&[under])
        .await;
}

#[tokio::test]
async fn two_hundred_members_of_one_policy_cost_one_write() {
    let world = World::new().await;
    repository(&world).await;
    let law = Law::new(&world, MEMBER);
    let desired: Vec<_> = (0..200)
        .map(|number| law.desired(&member(&format!("user:u{number}@example.com"))))
        .collect();
    let marks: Vec<_> = desired.iter().map(|_| world.mark()).collect();
    let creates = desired
        .iter()
        .zip(&marks)
        .map(|(desired, mark)| law.create(desired, mark));
    for made in futures::future::join_all(creates).await {
        made.unwrap();
    }
    assert_eq!(world.requests("POST", "images:setIamPolicy"), 1);
    assert_eq!(world.requests("GET", "images:getIamPolicy"), 1);
}

#[tokio::test]
async fn one_bad_member_does_not_take_the_others_with_it() {
    let world = World::new().await;
    repository(&world).await;
    let law = Law::new(&world, MEMBER);
    let good = law.desired(&member("user:jane@example.com"));
    let bad = law.desired(&member("serviceAccount:nobody@team-a.iam.gserviceaccount.com"));
    let (mark, other) = (world.mark(), world.mark());
    let create = |desired, mark| {
        law.resource.create(regprov_provider::AnyCreate {
            connection: world.connection(MEMBER),
            desired,
            mark,
            step: None,
        })
    };
    let (made, refused) = futures::future::join(create(&good, &mark), create(&bad, &other)).await;
    assert!(made.is_ok(), "{made:?}");
    assert!(refused.unwrap_err().message.contains("nobody@team-a"));
}

#[tokio::test]
async fn a_binding_tells_whom_it_would_take_the_role_from() {
    let world = World::new().await;
    repository(&world).await;
    world.make(MEMBER, &member("user:jane@example.com")).await;
    let law = Law::new(&world, BINDING);
    let desired = law.desired(
        &json!({ "repository": "images", "location": "us-central1", "role": WRITER, "members": ["user:john@example.com"] }),
    );
    let found = world.findings(BINDING, None, &desired).await;
    assert!(
        !found[0].0 && found[0].1.contains("user:jane@example.com"),
        "{found:?}"
    );
    let data = world
        .data(
            "google_iam_policy",
            &json!({ "binding": [{ "role": WRITER, "members": ["user:john@example.com"] }] }),
        )
        .await
        .unwrap();
    let policy =
        json!({ "repository": "images", "location": "us-central1", "policy_data": data["policy_data"] });
    let law = Law::new(&world, POLICY);
    let found = world.findings(POLICY, None, &law.desired(&policy)).await;
    assert!(
        found[0]
            .1
            .contains("user:jane@example.com (roles/artifactregistry.writer)"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_policy_is_written_as_a_whole_and_another_change_is_a_conflict() {
    let world = World::new().await;
    repository(&world).await;
    world.make(MEMBER, &member("user:jane@example.com")).await;
    world.fault(json!({ "name": "refused", "method": "POST", "path": ":setIamPolicy", "phase": "before", "action": { "status": { "code": 409 } } }));
    let made = world.make(MEMBER, &member("user:john@example.com")).await;
    assert!(text(&made, "id").ends_with("/user:john@example.com"));
}

#[tokio::test]
async fn a_bucket_of_an_older_registry_has_members() {
    let world =
        World::bare(json!({ "google_projects": [{ "id": "team-a", "legacy_registry": true }] })).await;
    let config = json!({ "bucket": "artifacts.team-a.appspot.com", "role": "roles/storage.objectViewer", "member": "allUsers" });
    Law::new(&world, "google_storage_bucket_iam_member")
        .holds(&[config])
        .await;
}
