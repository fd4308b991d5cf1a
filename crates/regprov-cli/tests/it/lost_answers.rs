//! The answer to each create is lost once: the run finds what was made, goes on with it, and makes no second one.

use crate::stage::{cloud, ends, says, with_main};
use regprov_emulator::Fault;
use serde_json::json;

const MAIN: &str = r#"
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

resource "harbor_project" "a" {
  name          = "images"
  storage_quota = 20
  cve_allowlist = ["CVE-2024-1"]
  force_destroy = true
}

resource "harbor_robot_account" "a" {
  name        = "builder"
  description = "builds"
  level       = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.a.name
    access {
      resource = "repository"
      action   = "push"
    }
    access {
      resource = "repository"
      action   = "pull"
    }
  }
}

resource "harbor_registry" "a" {
  provider_name = "docker-hub"
  name          = "hub"
  endpoint_url  = "https://hub.docker.com"
}

resource "harbor_replication" "a" {
  name        = "copies"
  action      = "pull"
  registry_id = harbor_registry.a.registry_id
}

resource "harbor_user" "a" {
  username  = "ann"
  password  = "Secret12345"
  full_name = "Ann"
  email     = "ann@example.org"
  admin     = true
}

resource "harbor_project_member_user" "a" {
  project_id = harbor_project.a.id
  user_name  = harbor_user.a.username
  role       = "developer"
}

resource "harbor_label" "a" {
  project_id = harbor_project.a.id
  name       = "stable"
}

resource "harbor_immutable_tag_rule" "a" {
  project_id    = harbor_project.a.id
  repo_matching = "**"
  tag_matching  = "v*"
  disabled      = true
}

resource "harbor_retention_policy" "a" {
  scope    = harbor_project.a.id
  schedule = "Daily"
  rule {
    always_retain = true
    repo_matching = "**"
    tag_matching  = "**"
  }
}

resource "harbor_project_webhook" "a" {
  project_id   = harbor_project.a.id
  name         = "hook"
  address      = "https://hooks.example.org/a"
  notify_type  = "http"
  events_types = ["PUSH_ARTIFACT"]
}

resource "harbor_garbage_collection" "a" {
  schedule = "Weekly"
}
"#;

/// Where objects are created.
const COLLECTIONS: &[&str] = &[
    "/projects",
    "/robots",
    "/registries",
    "/replication/policies",
    "/users",
    "/projects/[0-9]+/members",
    "/labels",
    "/projects/[0-9]+/immutabletagrules",
    "/retentions",
    "/projects/[0-9]+/webhook/policies",
    "/system/gc/schedule",
];

#[tokio::test]
async fn every_create_whose_answer_is_lost_leaves_one_object_and_a_credential_that_works() {
    let environment = with_main(MAIN);
    let cloud = cloud(&environment, json!({})).await;
    for path in COLLECTIONS {
        let fault = json!({ "name": path, "method": "POST", "path": format!("/api/v2.0{path}$"),
            "phase": "after_commit", "action": "drop" });
        let fault: Fault = serde_json::from_value(fault).unwrap();
        cloud.schedule(fault);
    }
    let applied = environment
        .run(&["apply", "-sandbox", "-auto-approve"])
        .await
        .expect(0);
    says(&applied, &["Apply complete: 11 added, 0 changed, 0 destroyed."]);
    let struck = cloud
        .requests_after(0)
        .iter()
        .filter(|entry| entry.fault.is_some() && entry.committed)
        .count();
    assert_eq!(struck, COLLECTIONS.len(), "each answer was lost");
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    for kind in ["harbor/robots", "harbor/registries", "harbor/labels"] {
        assert_eq!(cloud.live(kind).len(), 1, "{kind}");
    }
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
    ends(&environment, &["destroy", "-sandbox", "-auto-approve"], 0).await;
    let inventory = cloud.sandbox().inventory();
    assert!(inventory.live().is_empty(), "{:?}", inventory.live());
}
