# BinderHub on a Harbor that is there already: a project, and robots that push to and pull from it.
#
#   New Project                                           -> harbor_project
#   Robot Accounts, New Robot Account                     -> harbor_robot_account
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
