# BinderHub on a Harbor that is there already: a project, and robots that push to and pull from it.
#
#   New Project                                           -> harbor_project
#   Robot Accounts, New Robot Account                     -> harbor_robot_account
#   Policy, Tag Retention and Tag Immutability            -> harbor_retention_policy, harbor_immutable_tag_rule
#
# Try it with no account:  regprov apply -sandbox

terraform {
  required_providers {
    harbor = {
      source  = "goharbor/harbor"
      version = "~> 3.11"
    }
  }
}

# The credentials come from HARBOR_USERNAME and HARBOR_PASSWORD. The certificate of the Harbor is verified.
provider "harbor" {
  url = var.url
}

resource "harbor_project" "images" {
  name          = var.project_name
  storage_quota = var.quota_gb
  force_destroy = true
}

resource "harbor_robot_account" "robots" {
  for_each    = { builder = ["push", "pull"], puller = ["pull"] }
  name        = each.key
  description = "BinderHub: may ${join(" and ", each.value)}"
  level       = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.images.name
    dynamic "access" {
      for_each = each.value
      content {
        resource = "repository"
        action   = access.value
      }
    }
  }
}

# Images of BinderHub are built again when they are asked for again, so those that nobody pulls may go.
resource "harbor_retention_policy" "images" {
  scope    = harbor_project.images.id
  schedule = "Daily"
  rule {
    repo_matching          = "**"
    tag_matching           = "**"
    n_days_since_last_pull = var.keep_days
  }
  rule {
    repo_matching = "**"
    tag_matching  = "release-*"
    always_retain = true
  }
}

# What was released keeps its content.
resource "harbor_immutable_tag_rule" "releases" {
  project_id    = harbor_project.images.id
  repo_matching = "**"
  tag_matching  = "release-*"
}
