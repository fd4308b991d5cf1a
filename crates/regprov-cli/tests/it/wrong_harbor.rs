//! What a user gets wrong about a Harbor or OVHcloud: told while planning, with what is right, and with nothing made.

use crate::stage::{assert_nothing_made, cloud, ends, says, with_main};
use regprov_testkit::{Cloud, TestEnvironment};
use serde_json::{Value, json};

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];

/// A Harbor with a project, and further blocks.
fn harbor(blocks: &str) -> String {
    format!(
        r#"terraform {{
  required_providers {{
    harbor = {{
      source = "goharbor/harbor"
    }}
  }}
}}

provider "harbor" {{
  url      = "https://harbor.example.org"
  username = "admin"
  password = "Harbor12345"
}}

resource "harbor_project" "a" {{
  name = "images"
}}
{blocks}"#
    )
}

/// A registry of OVHcloud, and further blocks.
fn ovh(region: &str, plan: &str) -> String {
    format!(
        r#"terraform {{
  required_providers {{
    ovh = {{
      source = "ovh/ovh"
    }}
  }}
}}

provider "ovh" {{
  endpoint = "ovh-eu"
}}

data "ovh_cloud_project_capabilities_containerregistry_filter" "a" {{
  service_name = "hub"
  plan_name    = "{plan}"
  region       = "{region}"
}}

resource "ovh_cloud_project_containerregistry" "a" {{
  service_name = "hub"
  name         = "images"
  region       = "{region}"
  plan_id      = data.ovh_cloud_project_capabilities_containerregistry_filter.a.id
}}
"#
    )
}

/// Applies what must be refused; all of these words are said, and nothing is made.
async fn refused(main: &str, scene: Value, words: &[&str]) {
    let environment = with_main(main);
    let cloud = cloud(&environment, scene).await;
    let finished = environment.run(&APPLY).await.expect(1);
    says(&finished, words);
    assert_nothing_made(&environment, &cloud, &finished).await;
}

#[tokio::test]
async fn names_schedules_and_kinds_that_harbor_does_not_take_are_all_told_at_once() {
    let blocks = r#"
resource "harbor_project" "b" {
  name = "Images_"
}

resource "harbor_garbage_collection" "a" {
  schedule = "0 7 * * 0"
}

resource "harbor_registry" "a" {
  provider_name = "dockerhub"
  name          = "hub"
  endpoint_url  = "https://hub.docker.com"
}
"#;
    let words = [
        "`Images_` is no name of a project: it is 1 to 255 small letters and digits",
        "Harbor has a field for the seconds before the minutes",
        "`dockerhub` is no kind of registry that Harbor knows",
        "`docker-hub`",
    ];
    refused(&harbor(blocks), json!({}), &words).await;
}

#[tokio::test]
async fn a_quota_below_what_the_project_holds_is_told_with_both_while_planning() {
    let quota = |gib: u8| harbor("").replace("\"images\"", &format!("\"images\"\n  storage_quota = {gib}"));
    let environment = with_main(&quota(5));
    let cloud = cloud(&environment, json!({})).await;
    ends(&environment, &APPLY, 0).await;
    let holds = json!({ "harbors": [{ "url": "https://harbor.example.org",
        "projects": [{ "name": "images", "used": 3_758_096_384_u64 }] }] });
    cloud.play(&serde_json::from_value(holds).unwrap());
    environment.write("main.tf", &quota(3));
    let before = cloud.requests();
    let refused = environment.run(&APPLY).await.expect(1);
    says(
        &refused,
        &[
            "Quota below use",
            "The project `images` holds 3.50 GiB already, and `storage_quota` would allow 3 GiB",
        ],
    );
    let asked = cloud.requests_after(before);
    assert!(asked.iter().all(|entry| entry.method == "GET"), "{asked:?}");
    environment.write("main.tf", &quota(4));
    let allowed = environment.run(&APPLY).await.expect(0);
    says(&allowed, &["Apply complete: 0 added, 1 changed, 0 destroyed."]);
}

/// A group of a directory in the project.
const GROUP: &str = r#"
resource "harbor_project_member_group" "a" {
  project_id    = harbor_project.a.id
  group_name    = "ops"
  ldap_group_dn = "cn=ops,dc=example,dc=org"
  role          = "maintainer"
  type          = "ldap"
}
"#;

#[tokio::test]
async fn a_group_of_a_directory_that_harbor_does_not_sign_in_by_is_told_with_what_it_takes() {
    let scene = |mode: &str| {
        json!({ "harbors": [{ "url": "https://harbor.example.org", "auth_mode": mode,
        "username": "admin", "password": "Harbor12345" }] })
    };
    let environment = with_main(&harbor(GROUP));
    let cloud = cloud(&environment, scene("db_auth")).await;
    let refused = environment.run(&APPLY).await.expect(1);
    says(&refused, &["`db_auth`", "`ldap_auth`"]);
    cloud.play(&serde_json::from_value(scene("ldap_auth")).unwrap());
    ends(&environment, &APPLY, 0).await;
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    ends(&environment, &["destroy", "-sandbox", "-auto-approve"], 0).await;
}

#[tokio::test]
async fn a_permission_that_does_not_exist_is_told_with_those_that_do() {
    let blocks = r#"
resource "harbor_robot_account" "a" {
  name  = "builder"
  level = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.a.name
    access {
      resource = "repository"
      action   = "write"
    }
    access {
      resource = "image"
      action   = "push"
    }
  }
}
"#;
    let words = [
        "A robot account cannot have `write` on `repository` in a project.",
        "The actions of `repository` are `delete`, `list`, `pull`, `push`, `read`, `update`.",
        "A robot account can have no permission on `image` in a project.",
        "The resources are `accessory`, `artifact`,",
    ];
    refused(&harbor(blocks), json!({}), &words).await;
}

#[tokio::test]
async fn arguments_that_the_harbor_is_too_old_for_are_told_with_both_versions() {
    let blocks = r#"
resource "harbor_config_system" "a" {
  banner_message {
    message = "maintenance"
  }
}

resource "harbor_robot_account" "a" {
  name  = "builder"
  level = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.a.name
    access {
      resource = "repository"
      action   = "push"
    }
  }
}
"#;
    let old = json!({ "harbors": [{ "url": "https://harbor.example.org", "version": "v2.1.3",
        "username": "admin", "password": "Harbor12345" }] });
    let words = [
        "Harbor knows `banner_message` since version 2.9, and this one is 2.1",
        "harbor_robot_account.a",
    ];
    refused(&harbor(blocks), old, &words).await;
}

#[tokio::test]
async fn a_region_and_a_plan_that_do_not_exist_are_told_with_those_that_do() {
    let regions =
        "Regions are BHS, DE, EU-WEST-PAR, GRA, SBG, US-EAST-VA, US-WEST-OR; `GRAVELINES` is none of them.";
    refused(&ovh("GRAVELINES", "SMALL"), json!({}), &[regions]).await;
    let plans = "Plans in GRA are SMALL, MEDIUM, LARGE; `HUGE` is none of them.";
    refused(&ovh("GRA", "HUGE"), json!({}), &[plans]).await;
}

#[tokio::test]
async fn a_right_that_the_consumer_key_lacks_is_told_with_the_rule_to_grant() {
    let scene = json!({ "ovh_projects": [{ "id": "hub" }], "conditions": [
        { "ovh_consumer_key_rules": { "rules": [{ "method": "GET", "path": "/*" }] } }] });
    let words = [
        "The consumer key may not do `POST /cloud/project/hub/containerRegistry`",
        "https://www.ovh.com/auth/api/createToken",
    ];
    refused(&ovh("GRA", "SMALL"), scene, &words).await;
}

/// A registry that stands.
async fn with_registry(plan: &str) -> (TestEnvironment, Cloud) {
    let environment = with_main(&ovh("GRA", plan));
    let cloud = cloud(&environment, json!({})).await;
    ends(&environment, &APPLY, 0).await;
    (environment, cloud)
}

#[tokio::test]
async fn a_smaller_plan_is_refused_before_anything_is_asked() {
    let (environment, cloud) = with_registry("MEDIUM").await;
    environment.write("main.tf", &ovh("GRA", "SMALL"));
    let before = cloud.requests();
    let refused = environment.run(&APPLY).await.expect(1);
    says(
        &refused,
        &["OVHcloud cannot move it to the smaller SMALL (200 GiB)"],
    );
    let asked = cloud.requests_after(before);
    assert!(asked.iter().all(|entry| entry.method == "GET"), "{asked:?}");
    environment.write("main.tf", &ovh("GRA", "LARGE"));
    let grown = environment.run(&APPLY).await.expect(0);
    says(&grown, &["Apply complete: 0 added, 1 changed, 0 destroyed."]);
}

/// The public provider destroys such a registry and orders another one, and both are paid for.
#[tokio::test]
async fn issue_1294_a_registry_whose_wait_failed_is_gone_on_with_and_not_ordered_again() {
    let environment = with_main(&ovh("GRA", "SMALL"));
    let refusal = json!({ "name": "refused", "method": "GET", "path": "containerRegistry/[0-9a-f-]+$", "phase": "before",
        "times": 1, "action": { "status": { "code": 403, "body": r#"{"message":"Forbidden"}"# } } });
    let cloud = cloud(&environment, json!({ "faults": [refusal] })).await;
    ends(&environment, &APPLY, 1).await;
    let registries = || cloud.live("ovh/container_registries");
    let ordered = registries().remove(0).id;
    let before = cloud.requests();
    ends(&environment, &APPLY, 0).await;
    let left: Vec<String> = registries().into_iter().map(|item| item.id).collect();
    assert_eq!(left, [ordered]);
    let asked = cloud.requests_after(before);
    assert!(asked.iter().all(|entry| entry.method == "GET"), "{asked:?}");
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn another_region_is_a_replacement_that_warns_of_the_loss() {
    let (environment, _cloud) = with_registry("SMALL").await;
    environment.write("main.tf", &ovh("BHS", "SMALL"));
    let planned = environment.run(&["plan", "-sandbox"]).await.expect(0);
    says(
        &planned,
        &[
            "Images will be lost",
            "A registry cannot move from GRA to BHS: it is deleted with all its images",
            "Plan: 1 to add, 0 to change, 1 to destroy.",
        ],
    );
}

#[tokio::test]
async fn a_bucket_that_holds_objects_is_neither_replaced_nor_destroyed() {
    let bucket = |region: &str| {
        format!(
            r#"terraform {{
  required_providers {{
    ovh = {{
      source = "ovh/ovh"
    }}
  }}
}}

resource "ovh_cloud_project_storage" "a" {{
  service_name = "hub"
  region_name  = "{region}"
  name         = "hub-images"
}}
"#
        )
    };
    let environment = with_main(&bucket("GRA"));
    let cloud = cloud(&environment, json!({})).await;
    ends(&environment, &APPLY, 0).await;
    let objects = json!({ "ovh_buckets": [
        { "name": "hub-images", "project": "hub", "region": "GRA", "objects": ["one", "two"] }] });
    cloud.play(&serde_json::from_value(objects).unwrap());

    environment.write("main.tf", &bucket("DE"));
    let moved = environment.run(&APPLY).await.expect(1);
    says(
        &moved,
        &[
            "A bucket cannot move from GRA to DE",
            "Bucket is not empty",
            "regprov never empties one",
        ],
    );
    environment.write("main.tf", &bucket("GRA"));
    let destroyed = environment
        .run(&["destroy", "-sandbox", "-auto-approve"])
        .await
        .expect(1);
    says(
        &destroyed,
        &["regprov never empties a bucket.", "regprov state rm ADDRESS"],
    );
    assert_eq!(cloud.live("ovh/buckets").len(), 1);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_told_with_both_ways_out() {
    let sandboxed = with_main(&harbor(""));
    let cloud = cloud(&sandboxed, json!({})).await;
    ends(&sandboxed, &APPLY, 0).await;
    let hosts = sandboxed.run(&["sandbox", "hosts", "-json"]).await.expect(0);
    let hosts: Value = serde_json::from_slice(&hosts.stdout).unwrap();
    let url = hosts["harbors"]["harbor.example.org"]["url"].as_str().unwrap();
    let live = |argument: &str| {
        let main = harbor("").replace("https://harbor.example.org", url);
        main.replace(
            "password = \"Harbor12345\"",
            &format!("password = \"Harbor12345\"\n{argument}"),
        )
    };

    let environment = with_main(&live(""));
    let refused = environment.run(&["plan"]).await.expect(1);
    says(
        &refused,
        &[
            "no trusted TLS connection could be made to",
            "a PEM file that REGPROV_CA_BUNDLE names",
            "With `insecure = true` in the provider configuration any certificate is accepted",
        ],
    );
    assert!(!refused.text().contains("Harbor12345"));

    let trusting = with_main(&live("  insecure = true\n"));
    says(&trusting.run(&["plan"]).await, &["already"]);
    let vouched = with_main(&live("")).with("REGPROV_CA_BUNDLE", hosts["ca"].as_str().unwrap());
    says(&vouched.run(&["plan"]).await, &["already"]);
    drop(cloud);
}
