//! What a user gets wrong about Docker Hub: told while planning, with what is right, and with nothing made.

use crate::stage::{assert_nothing_made, cloud, directory, ends, said, says, with_main};
use regprov_testkit::{Cloud, TestEnvironment, fast};
use serde_json::{Value, json};
use std::path::Path;

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];
const VERIFY: [&str; 3] = ["creds", "verify", "-sandbox"];

const REPOSITORY: &str = r#"
resource "docker_hub_repository" "a" {
  namespace = "acme-org"
  name      = "app"
}
"#;

/// A configuration of Docker Hub: lines of its provider, and blocks.
fn hub(provider: &str, blocks: &str) -> String {
    format!(
        r#"terraform {{
  required_providers {{
    docker = {{
      source = "docker/docker"
    }}
  }}
}}

provider "docker" {{
{provider}}}
{blocks}"#
    )
}

fn organizations(plan: &str) -> Value {
    json!({ "docker_hub": { "organizations": [{ "name": "acme-org", "plan": plan }] } })
}

/// Applies what must be refused; all of these words are said, and nothing is made.
async fn refused(main: &str, scene: Value, words: &[&str]) {
    let environment = with_main(main);
    let cloud = cloud(&environment, scene).await;
    let finished = environment.run(&APPLY).await.expect(1);
    says(&finished, words);
    assert!(!finished.text().contains("wrong-password"), "{}", finished.text());
    assert_nothing_made(&environment, &cloud, &finished).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_once_with_what_to_check() {
    let scene =
        json!({ "docker_hub": { "users": [{ "username": "alice", "password": "s3cret-of-alice" }] } });
    let main = hub(
        "  username = \"alice\"\n  password = \"wrong-password\"\n",
        REPOSITORY,
    );
    let words = [
        "Docker Hub does not let alice in with this password",
        "`username`, which is the Docker ID and not the e-mail address",
        "Docker Hub locks the name for minutes",
    ];
    refused(&main, scene, &words).await;
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_told_to_use_a_token() {
    let scene = json!({ "docker_hub": { "users": [
        { "username": "alice", "password": "s3cret-of-alice", "two_factor_code": "123456" }] } });
    let main = hub(
        "  username = \"alice\"\n  password = \"s3cret-of-alice\"\n",
        REPOSITORY,
    );
    let words = [
        "alice has two-factor authentication on",
        "Put a personal access token",
        "A token manages repositories, and not tokens or organizations",
    ];
    refused(&main, scene, &words).await;
}

#[tokio::test]
async fn an_organization_that_does_not_exist_is_told_at_each_argument_that_names_it() {
    let blocks = r#"
resource "docker_hub_repository" "a" {
  namespace = "amce-org"
  name      = "app"
}

resource "docker_org_team" "a" {
  org_name  = "amce-org"
  team_name = "builders"
}

resource "docker_org_access_token" "a" {
  org_name = "amce-org"
  label    = "ci"
  resources = [{
    type   = "TYPE_REPO"
    path   = "amce-org/*"
    scopes = ["scope-image-push"]
  }]
}
"#;
    let words = [
        "There is neither an account nor an organization `amce-org` at Docker Hub.",
        "There is no organization `amce-org` at Docker Hub.",
        "Docker Hub would refuse the token: there is no organization `amce-org` at Docker Hub.",
        "Organizations are made there",
    ];
    refused(&hub("", blocks), organizations("team"), &words).await;
}

#[tokio::test]
async fn a_typo_in_a_scope_is_told_with_the_scope_that_is_meant() {
    let blocks = r#"
resource "docker_access_token" "a" {
  token_label = "ci"
  scopes      = ["repo:wirte"]
}

resource "docker_org_access_token" "a" {
  org_name = "acme-org"
  label    = "ci"
  resources = [{
    type   = "TYPE_REPO"
    path   = "acme-org/*"
    scopes = ["scope-image-psuh"]
  }]
}

resource "docker_org_access_token" "b" {
  org_name = "acme-org"
  label    = "nodes"
  resources = [{
    type   = "TYPE_REPO"
    path   = "acme-org/*"
    scopes = ["repo-pull"]
  }]
}
"#;
    let words = [
        "`repo:wirte` is no scope of a personal access token.",
        "Did you mean `repo:write`?",
        "There is no scope `scope-image-psuh`. Did you mean `scope-image-push`?",
        "these begin with `scope-`. Did you mean `scope-image-pull`?",
    ];
    refused(&hub("", blocks), organizations("team"), &words).await;
}

#[tokio::test]
async fn names_that_docker_hub_does_not_take_are_told_all_at_once_with_the_rule() {
    let blocks = r#"
resource "docker_hub_repository" "a" {
  namespace = "acme-org"
  name      = "Team/App"
}

resource "docker_hub_repository" "b" {
  namespace = "Acme-Org"
  name      = "app"
}

resource "docker_hub_repository" "c" {
  namespace = "acme-org"
  name      = "app--"
}

resource "docker_org_team" "a" {
  org_name  = "acme-org"
  team_name = "b!"
}
"#;
    let words = [
        "`Team/App` is no name of a repository at Docker Hub: it is 2 to 255 small letters and digits",
        "The namespace goes into `namespace`.",
        "`Acme-Org` is no namespace of Docker Hub",
        "`app--` is no name of a repository",
        "docker_org_team.a",
    ];
    refused(&hub("", blocks), organizations("team"), &words).await;
}

#[tokio::test]
async fn a_plan_without_tokens_of_organizations_is_told_with_the_plans_that_have_them() {
    let blocks = r#"
resource "docker_org_access_token" "a" {
  org_name = "acme-org"
  label    = "ci"
  resources = [{
    type   = "TYPE_REPO"
    path   = "acme-org/*"
    scopes = ["scope-image-push"]
  }]
}
"#;
    let words = [
        "Plan without organization access tokens",
        "come with the plans Team and Business",
        "use a `docker_access_token` of an account that is a member of it",
    ];
    refused(&hub("", blocks), organizations("free"), &words).await;
}

#[tokio::test]
async fn types_that_drive_an_engine_are_told_to_be_of_the_other_provider() {
    let blocks = r#"
resource "docker_image" "a" {
  name = "nginx:latest"
}
"#;
    let words = [
        "docker_image",
        "kreuzwerker/docker",
        "containers, images, volumes",
    ];
    refused(&hub("", blocks), json!({}), &words).await;
    let other = hub("", blocks).replace("docker/docker", "kreuzwerker/docker");
    refused(&other, json!({}), &["docker_image", "kreuzwerker/docker"]).await;
}

/// `examples/dockerhub`, applied.
async fn applied(scene: Value) -> (TestEnvironment, Cloud) {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dockerhub");
    let environment = directory().with_files(&files);
    let cloud = cloud(&environment, scene).await;
    cloud.turn(fast());
    ends(&environment, &APPLY, 0).await;
    (environment, cloud)
}

/// Revokes every personal token, as its owner does on the web page.
async fn revoke_all(cloud: &Cloud) {
    let listed = cloud.docker_hub("GET", "/access-tokens").await;
    for token in listed["results"].as_array().unwrap() {
        let path = format!("/access-tokens/{}", token["uuid"].as_str().unwrap());
        cloud.docker_hub("DELETE", &path).await;
    }
}

#[tokio::test]
async fn a_token_that_was_revoked_is_refused_when_it_is_verified_and_made_anew() {
    let (environment, cloud) = applied(json!({})).await;
    ends(&environment, &VERIFY, 0).await;
    revoke_all(&cloud).await;
    let refused = environment.run(&VERIFY).await.expect(1);
    says(
        &refused,
        &[
            "The credential does not push.",
            "regprov apply -replace='docker_access_token.builder'",
        ],
    );
    let again = environment.run(&APPLY).await.expect(0);
    says(&again, &["Apply complete: 1 added, 0 changed, 0 destroyed."]);
    ends(&environment, &VERIFY, 0).await;
}

#[tokio::test]
async fn a_pull_limit_that_is_reached_is_told_and_not_taken_for_a_wrong_credential() {
    let (environment, _cloud) = applied(json!({ "docker_hub": { "pull_limit": 0 } })).await;
    let limited = environment.run(&VERIFY).await.expect(1);
    says(
        &limited,
        &[
            "You have reached your pull rate limit",
            "Docker Hub counts the pulls of six hours",
        ],
    );
    assert!(!said(&limited).contains("does not push"), "{}", limited.text());
}

#[tokio::test]
async fn a_repository_that_a_push_made_is_offered_and_taken_over_when_that_is_asked_for() {
    let scene =
        json!({ "docker_hub": { "organizations": [{ "name": "acme-org" }], "pushed": ["acme-org/app"] } });
    let environment = with_main(&hub("", REPOSITORY));
    let cloud = cloud(&environment, scene).await;
    let told = environment.run(&APPLY).await.expect(1);
    says(
        &told,
        &[
            "Object already exists",
            "a push makes a repository too",
            "to = docker_hub_repository.a id = \"acme-org/app\"",
            "-adopt",
        ],
    );
    let before = cloud.requests();
    let planned = environment
        .run(&["plan", "-sandbox", "-adopt", "-detailed-exitcode"])
        .await
        .expect(2);
    says(
        &planned,
        &[
            "docker_hub_repository.a will be taken over (id acme-org/app)",
            "because it exists already, and -adopt takes it over",
            "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.",
        ],
    );
    ends(&environment, &["apply", "-sandbox", "-auto-approve", "-adopt"], 0).await;
    let asked = cloud.requests_after(before);
    let wrote = asked
        .iter()
        .find(|entry| entry.method != "GET" && !entry.target.ends_with("/auth/token"));
    assert!(wrote.is_none(), "taking over changes nothing: {wrote:?}");
    let again = environment
        .run(&["plan", "-sandbox", "-detailed-exitcode"])
        .await
        .expect(0);
    says(&again, &["No changes."]);
    let destroyed = environment
        .run(&["destroy", "-sandbox", "-auto-approve"])
        .await
        .expect(0);
    says(&destroyed, &["Destroy complete: 1 destroyed."]);
}

#[tokio::test]
async fn a_repository_that_a_push_made_is_taken_over_by_the_block_that_planning_prints() {
    let scene =
        json!({ "docker_hub": { "organizations": [{ "name": "acme-org" }], "pushed": ["acme-org/app"] } });
    let block = "\nimport {\n  to = docker_hub_repository.a\n  id = \"acme-org/app\"\n}\n";
    let described = REPOSITORY.replace("\"app\"\n", "\"app\"\n  description = \"Ours now\"\n");
    let environment = with_main(&hub("", &format!("{described}{block}")));
    let _cloud = cloud(&environment, scene).await;
    let applied = environment.run(&APPLY).await.expect(0);
    says(
        &applied,
        &[
            "docker_hub_repository.a will be changed in place, and is taken over (id acme-org/app)",
            "Apply complete: 0 added, 1 changed, 0 destroyed.",
        ],
    );
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
}
