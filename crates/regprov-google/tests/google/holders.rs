//! Bindings and whole policies of everything that has a policy, and the data sources.

use crate::harness::{PROJECT, World, text};
use regprov_laws::Law;
use regprov_provider::Observed;
use serde_json::{Value as Json, json};

const JANE: &str = "user:jane@example.com";
const TEAM: &str = "group:team@example.com";

/// A policy as the data source writes it.
async fn policy(world: &World, bindings: &[(&str, &[&str])]) -> Json {
    let blocks: Vec<Json> = bindings
        .iter()
        .map(|(role, members)| json!({ "role": role, "members": members }))
        .collect();
    let data = world
        .data("google_iam_policy", &json!({ "binding": blocks }))
        .await;
    data.unwrap()["policy_data"].clone()
}

/// A world with a service account and a repository; the full name of the account.
async fn world() -> (World, String) {
    let world = World::new().await;
    let account = world
        .make("google_service_account", &json!({ "account_id": "builder" }))
        .await;
    let repository = json!({ "repository_id": "images", "location": "us-central1", "format": "DOCKER" });
    world
        .make("google_artifact_registry_repository", &repository)
        .await;
    (world, text(&account, "name"))
}

#[tokio::test]
async fn bindings_of_projects_accounts_and_buckets_keep_the_laws() {
    let legacy = json!({ "google_projects": [{ "id": PROJECT, "legacy_registry": true }] });
    let world = World::of(legacy).await;
    let account = world
        .make("google_service_account", &json!({ "account_id": "builder" }))
        .await;
    let account = text(&account, "name");
    let bindings = [
        ("google_project_iam_binding", "project", PROJECT, "roles/browser"),
        (
            "google_service_account_iam_binding",
            "service_account_id",
            account.as_str(),
            "roles/iam.serviceAccountUser",
        ),
        (
            "google_storage_bucket_iam_binding",
            "bucket",
            "artifacts.team-a.appspot.com",
            "roles/storage.objectViewer",
        ),
    ];
    for (name, argument, holder, role) in bindings {
        let of = |members: &[&str]| {
            let mut config = json!({ "role": role, "members": members });
            config[argument] = holder.into();
            config
        };
        Law::new(&world, name)
            .holds(&[of(&[JANE]), of(&[JANE, TEAM])])
            .await;
    }
}

/// A policy is always there, so that it is not gone once it is deleted, as the law would have it.
#[tokio::test]
async fn whole_policies_are_written_and_read_as_they_were_declared() {
    let (world, account) = world().await;
    let operator = format!("user:{}", world.sandbox.google_operator().email);
    let repository = json!({ "repository": "images", "location": "us-central1" });
    let user = "roles/iam.serviceAccountUser";
    let holders = [
        (
            "google_artifact_registry_repository_iam_policy",
            repository,
            "roles/artifactregistry.reader",
        ),
        (
            "google_service_account_iam_policy",
            json!({ "service_account_id": account }),
            user,
        ),
        (
            "google_project_iam_policy",
            json!({ "project": PROJECT }),
            "roles/browser",
        ),
    ];
    for (name, mut config, role) in holders {
        let mut bindings = vec![(role, &[JANE, TEAM][..])];
        let owner = [operator.as_str()];
        if name == "google_project_iam_policy" {
            bindings.push(("roles/owner", &owner[..]));
        }
        config["policy_data"] = policy(&world, &bindings).await;
        let made = world.make(name, &config).await;
        let law = Law::new(&world, name);
        let read = law.read(&text(&made, "id"), Some(&made)).await.unwrap();
        let Observed::Present(read) = read else {
            panic!("{name} is there");
        };
        assert_eq!(text(&read, "policy_data"), text(&made, "policy_data"), "{name}");
    }
}

#[tokio::test]
async fn data_sources_tell_what_there_is() {
    let (world, account) = world().await;
    let key = world
        .make(
            "google_service_account_key",
            &json!({ "service_account_id": account }),
        )
        .await;
    let place = json!({ "repository_id": "images", "location": "us-central1" });
    let repository = world.data("google_artifact_registry_repository", &place).await;
    let repository = repository.unwrap();
    assert_eq!(
        repository["registry_uri"],
        "us-central1-docker.pkg.dev/team-a/images"
    );
    let found = world
        .data("google_service_account", &json!({ "account_id": "builder" }))
        .await;
    assert_eq!(found.unwrap()["email"], "builder@team-a.iam.gserviceaccount.com");
    let half = world
        .data(
            "google_service_account_key",
            &json!({ "name": text(&key, "name") }),
        )
        .await;
    assert!(half.unwrap()["public_key"].is_string());
    let who = world
        .data("google_client_openid_userinfo", &json!({}))
        .await
        .unwrap();
    assert_eq!(who["email"], world.sandbox.google_operator().email);
    let policy = json!({ "repository": "images", "location": "us-central1" });
    let policy = world
        .data("google_artifact_registry_repository_iam_policy", &policy)
        .await;
    assert!(policy.unwrap()["policy_data"].is_string());
}
