//! From no account to a key that pushes: `examples/google`, `examples/gcr`, `examples/google-keyless`.

use crate::stage::{directory, ends, says};
use regprov_testkit::{Cloud, TestEnvironment, fast};
use std::path::Path;

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];
const DESTROY: [&str; 3] = ["destroy", "-sandbox", "-auto-approve"];
const PLAN: [&str; 3] = ["plan", "-sandbox", "-detailed-exitcode"];

async fn example(name: &str) -> (TestEnvironment, Cloud) {
    let files = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    let environment = directory().with_files(&files);
    let cloud = environment.own_sandbox().await;
    cloud.turn(fast());
    (environment, cloud)
}

/// What clients made and did not delete.
fn left(cloud: &Cloud) -> Vec<String> {
    let inventory = cloud.sandbox().inventory();
    let live = inventory.live().into_iter().filter(|item| !item.surrounding);
    live.map(|item| format!("{} {}", item.kind, item.id)).collect()
}

async fn nothing_changes(environment: &TestEnvironment) {
    let planned = environment.run(&PLAN).await.expect(0);
    says(&planned, &["No changes. What exists matches the configuration."]);
}

async fn binderhub(environment: &TestEnvironment, words: &[&str]) {
    let render = ["creds", "render", "binderhub", "-sandbox"];
    let rendered = environment.run(&render).await.expect(0);
    says(&rendered, words);
}

#[tokio::test]
async fn one_apply_makes_a_repository_and_a_key_that_pushes_to_it() {
    let (environment, cloud) = example("google").await;
    let applied = environment.run(&APPLY).await.expect(0);
    says(&applied, &["Apply complete: 6 added, 0 changed, 0 destroyed."]);
    nothing_changes(&environment).await;
    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(0);
    says(&verified, &["google_service_account_key.pusher at "]);
    let words = [
        "url: \"https://us-central1-docker.pkg.dev\"",
        "username: \"_json_key\"",
        "image_prefix: \"us-central1-docker.pkg.dev/regprov-sandbox/binderhub/binder-\"",
    ];
    binderhub(&environment, &words).await;
    let destroyed = environment.run(&DESTROY).await.expect(0);
    says(&destroyed, &["Destroy complete: 6 destroyed."]);
    assert!(left(&cloud).is_empty(), "{:?}", left(&cloud));
}

/// Rotation deletes the old key only once the new one is there (the public provider's issue 11626).
#[tokio::test]
async fn google_11626_a_rotated_key_overlaps_with_the_old_one() {
    let (environment, _cloud) = example("google").await;
    ends(&environment, &APPLY, 0).await;
    let rotate = ["apply", "-sandbox", "-auto-approve", "-var", "rotation=2"];
    let rotated = environment.run(&rotate).await.expect(0);
    says(&rotated, &["Apply complete: 1 added, 0 changed, 1 destroyed."]);
    let text = crate::stage::said(&rotated);
    let (made, gone) = (
        text.find("google_service_account_key.pusher: created"),
        text.find(": deleting").or_else(|| text.find("deleting")),
    );
    assert!(made.is_some() && gone.is_some() && made < gone, "{text}");
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
    let state = std::fs::read_to_string(environment.directory().join(".regprov/sandbox/terraform.tfstate"));
    let state = state.unwrap_or_default();
    assert!(
        !state.contains("PRIVATE KEY") && !state.contains("UFJJVkFURSBLRVk"),
        "a key is in clear"
    );
}

#[tokio::test]
async fn gcr_io_is_a_repository_that_a_key_pushes_to() {
    let (environment, cloud) = example("gcr").await;
    ends(&environment, &APPLY, 0).await;
    nothing_changes(&environment).await;
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
    let words = [
        "url: \"https://gcr.io\"",
        "username: \"_json_key\"",
        "image_prefix: \"gcr.io/regprov-sandbox/binder-\"",
    ];
    binderhub(&environment, &words).await;
    let storage = ["apply", "-sandbox", "-auto-approve", "-var", "storage_admin=true"];
    let applied = environment.run(&storage).await.expect(0);
    says(&applied, &["Apply complete: 1 added, 0 changed, 0 destroyed."]);
    ends(&environment, &DESTROY, 0).await;
    assert!(left(&cloud).is_empty(), "{:?}", left(&cloud));
}

#[tokio::test]
async fn workflows_push_without_a_key() {
    let (environment, cloud) = example("google-keyless").await;
    ends(&environment, &APPLY, 0).await;
    nothing_changes(&environment).await;
    ends(&environment, &DESTROY, 0).await;
    // What was deleted keeps its name for a while, and is had back.
    ends(&environment, &APPLY, 0).await;
    nothing_changes(&environment).await;
    ends(&environment, &DESTROY, 0).await;
    assert!(left(&cloud).is_empty(), "{:?}", left(&cloud));
}

/// A repository and two hundred who may read it.
const MANY: &str = r#"
provider "google" {
  project = "team-a"
}

resource "google_project_service" "artifactregistry" {
  service = "artifactregistry.googleapis.com"
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "images"
  location      = "us-central1"
  format        = "DOCKER"
  depends_on    = [google_project_service.artifactregistry]
}

resource "google_artifact_registry_repository_iam_member" "reader" {
  count      = 200
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = "user:reader-${count.index}@example.com"
}
"#;

#[tokio::test]
async fn two_hundred_members_of_one_policy_cost_one_write() {
    let environment = crate::stage::with_main(MANY);
    let cloud = environment.own_sandbox().await;
    cloud.turn(fast());
    let writes = || {
        let ledger = cloud.sandbox().ledger();
        ledger
            .iter()
            .filter(|entry| entry.target.contains(":setIamPolicy"))
            .count()
    };
    ends(&environment, &APPLY, 0).await;
    assert_eq!(writes(), 1, "all members are made in one write");
    nothing_changes(&environment).await;
    ends(&environment, &DESTROY, 0).await;
    assert_eq!(writes(), 2, "all members are taken away in one write");
}

#[tokio::test]
async fn what_the_service_refuses_is_shown_at_its_argument() {
    let (environment, _cloud) = example("google").await;
    // Sixty letters, and more than a hundred bytes, which the service counts.
    let name = "\u{e9}".repeat(60);
    let account = format!(
        "resource \"google_service_account\" \"accented\" {{\n  account_id   = \"accented\"\n  display_name = \"{name}\"\n}}\n"
    );
    let environment = environment.with_file("accented.tf", &account);
    let applied = environment.run(&APPLY).await.expect(1);
    says(
        &applied,
        &[
            "Argument refused by the service",
            "accented.tf:3:18",
            "at most 100 bytes long",
        ],
    );
}
