# BinderHub on a Harbor that is there already: a project, and robots that push to and pull from it.
#
#   New Project                                           -> harbor_project
#   Robot Accounts, New Robot Account                     -> harbor_robot_account
#   Policy, Tag Retention                                 -> harbor_retention_policy
#   Policy, Tag Immutability                              -> harbor_immutable_tag_rule
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

# Images that nobody pulled for a month go.
resource "harbor_retention_policy" "images" {
  scope    = harbor_project.images.id
  schedule = "Weekly"
  rule {
    n_days_since_last_pull = 30
    repo_matching          = "**"
    tag_matching           = "**"
  }
}

# What is tagged as a release stays what it is.
resource "harbor_immutable_tag_rule" "releases" {
  project_id    = harbor_project.images.id
  repo_matching = "**"
  tag_matching  = "v*.*.*"
}
