//! What a user gets wrong about Google, and what Google refuses: told with what is right, and where it can be while planning.

use crate::stage::{assert_nothing_made, cloud, ends, says, with_main};
use serde_json::{Value, json};

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];
const PLAN: [&str; 2] = ["plan", "-sandbox"];

/// A configuration for a project.
fn google(blocks: &str) -> String {
    format!("provider \"google\" {{\n  project = \"team-a\"\n}}\n{blocks}")
}

fn repository(id: &str, location: &str, format: &str) -> String {
    format!(
        r#"
resource "google_artifact_registry_repository" "{}" {{
  repository_id = "{id}"
  location      = "{location}"
  format        = "{format}"
}}
"#,
        id.to_lowercase()
    )
}

/// A service account and so many keys of it.
fn keys(count: usize) -> String {
    format!(
        r#"
resource "google_service_account" "builder" {{
  account_id = "builder"
}}

resource "google_service_account_key" "pusher" {{
  count              = {count}
  service_account_id = google_service_account.builder.name
}}
"#
    )
}

/// Plans what must be refused; all of these words are said, and nothing is made.
async fn refused(blocks: &str, words: &[&str]) {
    let environment = with_main(&google(blocks));
    let cloud = cloud(&environment, json!({})).await;
    let finished = environment.run(&PLAN).await.expect(1);
    says(&finished, words);
    assert_nothing_made(&environment, &cloud, &finished).await;
}

/// Applies under a scene what must fail; all of these words are said.
async fn fails(blocks: &str, scene: Value, words: &[&str]) {
    let environment = with_main(&google(blocks));
    let _cloud = cloud(&environment, scene).await;
    let finished = environment.run(&APPLY).await.expect(1);
    says(&finished, words);
}

#[tokio::test]
async fn ids_and_members_that_google_does_not_take_are_all_told_at_once() {
    let blocks = format!(
        r#"{}
resource "google_service_account" "short" {{
  account_id = "ci"
}}

resource "google_project_iam_member" "bare" {{
  project = "team-a"
  role    = "roles/viewer"
  member  = "builder@team-a.iam.gserviceaccount.com"
}}

resource "google_project_service" "bare" {{
  service = "artifactregistry"
}}
"#,
        repository("My_Images", "us", "DOCKER")
    );
    let words = [
        "`My_Images` is no id of a repository: it has 1 to 63 small letters, digits and hyphens",
        "such as `my-images`",
        "`ci` is no id of a service account: it has 6 to 30",
        "write `serviceAccount:builder@team-a.iam.gserviceaccount.com`",
        "such as `artifactregistry.googleapis.com`",
    ];
    refused(&blocks, &words).await;
}

#[tokio::test]
async fn names_that_google_does_not_know_are_told_with_near_ones() {
    let blocks = [
        repository("near", "europe-west-1", "DOCKER"),
        repository("city", "Frankfurt", "DOCKER"),
        repository("eu.gcr.io", "us", "DOCKER").replace("\"eu.gcr.io\" {", "\"host\" {"),
        repository("typo", "us", "DOKCER"),
        r#"
resource "google_project_iam_member" "typo" {
  project = "team-a"
  role    = "roles/artifactregistry.wirter"
  member  = "user:jane@example.com"
}

resource "google_project_service" "typo" {
  service = "artifactregisty.googleapis.com"
}
"#
        .to_owned(),
    ];
    let words = [
        "Artifact Registry has no location `europe-west-1` for the project team-a.",
        "Did you mean europe-west1,",
        "Use one of africa-south1,",
        "Set `location = \"europe\"`",
        "Did you mean DOCKER?",
        "Google has no role `roles/artifactregistry.wirter`.",
        "Did you mean roles/artifactregistry.writer",
        "Not found or permission denied for service(s): artifactregisty.googleapis.com",
        "gcloud services list --available",
    ];
    refused(&blocks.concat(), &words).await;
}

#[tokio::test]
async fn a_repository_may_hold_other_things_than_images() {
    let formats = ["maven", "NPM", "python", "APT", "yum", "GENERIC", "GO", "KFP"];
    let blocks: Vec<String> = formats
        .iter()
        .map(|format| repository(&format.to_lowercase(), "us-central1", format))
        .collect();
    let environment = with_main(&google(&blocks.concat()));
    let _cloud = cloud(&environment, json!({})).await;
    ends(&environment, &APPLY, 0).await;
    let planned = environment.run(&PLAN).await.expect(0);
    says(&planned, &["No changes. What exists matches the configuration."]);
}

#[tokio::test]
async fn more_keys_than_an_account_may_have_are_refused_while_planning() {
    let words = [
        "builder@team-a.iam.gserviceaccount.com has no key yet, and 10 are the most.",
        "This is new key 11 of the plan.",
        "Declare fewer keys",
    ];
    refused(&keys(11), &words).await;
    let environment = with_main(&google(&keys(10)));
    let cloud = cloud(&environment, json!({})).await;
    ends(&environment, &APPLY, 0).await;
    let environment = environment.with_file("main.tf", &google(&keys(11)));
    let finished = environment.run(&PLAN).await.expect(1);
    let words = [
        "builder@team-a.iam.gserviceaccount.com has 10 keys, and 10 are the most:",
        "gcloud iam service-accounts keys delete KEY --iam-account=builder@team-a.iam.gserviceaccount.com",
    ];
    says(&finished, &words);
    let keys = cloud.sandbox().inventory();
    assert_eq!(
        keys.live()
            .iter()
            .filter(|item| item.kind.contains("key"))
            .count(),
        10
    );
}

#[tokio::test]
async fn an_api_that_is_not_enabled_is_answered_with_the_block_that_enables_it() {
    let off = json!({ "conditions": [{ "google_service_disabled": { "service": "artifactregistry.googleapis.com" } }] });
    let words = [
        "Artifact Registry API has not been used in project",
        "resource \"google_project_service\" \"artifactregistry\" {",
        "gcloud services enable artifactregistry.googleapis.com",
    ];
    fails(&repository("images", "us", "DOCKER"), off, &words).await;
}

#[tokio::test]
async fn a_project_that_nobody_pays_for_is_answered_with_the_command_that_links_it() {
    let unpaid = json!({
        "google_projects": [{ "id": "team-a", "billing_disabled": true }],
        "conditions": [{ "google_service_disabled": { "service": "artifactregistry.googleapis.com" } }],
    });
    let service = r#"
resource "google_project_service" "a" {
  service = "artifactregistry.googleapis.com"
}
"#;
    let words = [
        "Billing must be enabled for activation of service(s) 'artifactregistry.googleapis.com'",
        "gcloud billing projects link PROJECT --billing-account=ACCOUNT",
    ];
    fails(service, unpaid, &words).await;
}

#[tokio::test]
async fn a_policy_against_keys_is_answered_with_federation() {
    let policy = |name: &str| json!({ "google_organization_policy": { "constraint": name } });
    let scene = json!({ "conditions": [
        policy("iam.disableServiceAccountKeyCreation"), policy("iam.disableServiceAccountKeyUpload"),
    ] });
    let words = [
        "Key creation is not allowed on this service account.",
        "Use workload identity federation, which needs none: see examples/google-keyless.",
    ];
    fails(&keys(1), scene, &words).await;
}

#[tokio::test]
async fn without_credentials_each_place_that_was_looked_at_is_named() {
    let environment = with_main(&google(&repository("images", "us", "DOCKER")));
    let home = environment.root().join("home").display().to_string();
    let environment = environment
        .with("HOME", home)
        .with("GCE_METADATA_HOST", "127.0.0.1:1");
    let finished = environment.run(&["plan"]).await.expect(1);
    let words = [
        "`access_token`, `credentials` and `external_credentials` of the provider block are not set",
        "GOOGLE_OAUTH_ACCESS_TOKEN is not set",
        "GOOGLE_CREDENTIALS, GOOGLE_CLOUD_KEYFILE_JSON, GCLOUD_KEYFILE_JSON are not set",
        "GOOGLE_APPLICATION_CREDENTIALS is not set",
        "application_default_credentials.json",
        "gcloud auth application-default login",
    ];
    says(&finished, &words);
}

/// New accounts and keys, APIs and policies are seen a while after they were made: whoever needs them waits, and says why.
#[tokio::test]
async fn what_is_new_is_waited_for_where_it_is_needed() {
    let blocks = format!(
        r#"
resource "google_project_service" "needed" {{
  service = "artifactregistry.googleapis.com"
}}
{}{}
resource "google_artifact_registry_repository_iam_member" "push" {{
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}}
"#,
        repository("images", "us", "DOCKER").replace(
            "format        = \"DOCKER\"",
            "format        = \"DOCKER\"\n  depends_on    = [google_project_service.needed]"
        ),
        keys(1)
    );
    let environment = with_main(&google(&blocks));
    let cloud = environment.own_sandbox().await;
    let lags = json!({
        "google_account_ms": 5000, "google_key_ms": 1500, "google_policy_ms": 1500, "google_service_ms": 1500,
    });
    let off = json!([{ "google_service_disabled": { "service": "artifactregistry.googleapis.com" } }]);
    let scene = serde_json::from_value(json!({ "conditions": off, "knobs": lags })).unwrap();
    cloud.sandbox().seed(&scene).unwrap();
    let applied = environment.run(&APPLY).await.expect(0);
    says(&applied, &["Apply complete: 5 added, 0 changed, 0 destroyed."]);
    let ledger = cloud.sandbox().ledger();
    let early = |part: &str| {
        ledger
            .iter()
            .any(|entry| entry.target.contains(part) && entry.status >= Some(400))
    };
    assert!(early("/repositories"), "the API was asked before it answered");
    assert!(early(":setIamPolicy"), "the account was named before it was seen");
    let planned = environment.run(&PLAN).await.expect(0);
    says(&planned, &["No changes. What exists matches the configuration."]);
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
}
