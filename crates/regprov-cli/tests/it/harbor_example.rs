//! `examples/harbor`: a project and robots on a Harbor that is there, for which an instance of the sandbox stands.

use crate::stage::{cloud, directory, ends, says, with_main};
use regprov_testkit::fast;
use serde_json::json;
use std::path::Path;

#[tokio::test]
async fn a_project_and_robots_on_a_harbor_push_pull_and_go() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/harbor");
    let environment = directory().with_files(&files);
    let cloud = environment.own_sandbox().await;
    cloud.turn(fast());
    let applied = environment
        .run(&["apply", "-sandbox", "-auto-approve"])
        .await
        .expect(0);
    says(&applied, &["Apply complete: 5 added, 0 changed, 0 destroyed."]);
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(0);
    says(
        &verified,
        &[
            "The credential pushes: localhost:",
            "push is refused, as it may only pull",
        ],
    );
    let builder = "harbor_robot_account.robots[\"builder\"]";
    let rendered = environment
        .run(&["creds", "render", "binderhub", "-sandbox", builder])
        .await
        .expect(0);
    says(&rendered, &["username: \"robot$binderhub+builder\""]);
    ends(&environment, &["destroy", "-sandbox", "-auto-approve"], 0).await;
    let inventory = cloud.sandbox().inventory();
    assert!(inventory.live().is_empty(), "{:?}", inventory.live());
}

/// Projects, robot accounts of one of them and of the system, and registries elsewhere: twelve of each.
const MANY: &str = r#"
terraform {
  required_providers {
    harbor = {
      source = "goharbor/harbor"
    }
  }
}

provider "harbor" {
  url      = "https://harbor.example.org"
  username = "admin"
  password = "Harbor12345"
}

locals {
  names = toset([for number in range(12) : "n${number}"])
}

resource "harbor_project" "a" {
  for_each = local.names
  name     = each.key
}

resource "harbor_robot_account" "a" {
  for_each = local.names
  name     = each.key
  level    = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.a["n1"].name
    access {
      resource = "repository"
      action   = "pull"
    }
  }
}

resource "harbor_robot_account" "system" {
  for_each = local.names
  name     = "system-${each.key}"
  level    = "system"
  permissions {
    kind      = "project"
    namespace = harbor_project.a[each.key].name
    access {
      resource = "repository"
      action   = "pull"
    }
  }
}

resource "harbor_registry" "a" {
  for_each      = local.names
  provider_name = "docker-hub"
  name          = each.key
  endpoint_url  = "https://hub.docker.com"
}
"#;

#[tokio::test]
async fn many_objects_are_read_by_a_few_lists() {
    let environment = with_main(MANY);
    let cloud = cloud(&environment, json!({})).await;
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    let before = cloud.requests();
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    let asked = cloud.requests_after(before);
    let targets: Vec<&str> = asked.iter().map(|entry| entry.target.as_str()).collect();
    // What the Harbor is, projects with their quotas, registries, and robot accounts of the system and of one project.
    assert!(targets.len() <= 9, "{targets:#?}");
}
