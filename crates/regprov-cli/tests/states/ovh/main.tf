terraform {
  required_providers {
    ovh = {
      source  = "ovh/ovh"
      version = "~> 2.0"
    }
    harbor = {
      source  = "goharbor/harbor"
      version = "~> 3.10"
    }
  }
}

provider "ovh" {
  endpoint = "ovh-eu"
}

data "ovh_cloud_project_capabilities_containerregistry_filter" "plan" {
  service_name = var.project
  plan_name    = "SMALL"
  region       = "GRA"
}

variable "project" {
  type    = string
  default = null
}

resource "ovh_cloud_project_containerregistry" "hub" {
  service_name = var.project
  plan_id      = data.ovh_cloud_project_capabilities_containerregistry_filter.plan.id
  region       = "GRA"
  name         = "hub"
}

resource "ovh_cloud_project_containerregistry_user" "admin" {
  service_name = var.project
  registry_id  = ovh_cloud_project_containerregistry.hub.id
  login        = "hub"
  email        = "hub@example.org"
}

provider "harbor" {
  url      = ovh_cloud_project_containerregistry.hub.url
  username = ovh_cloud_project_containerregistry_user.admin.user
  password = ovh_cloud_project_containerregistry_user.admin.password
}

resource "harbor_project" "binder" {
  name                   = "binder"
  vulnerability_scanning = false
}

resource "harbor_project" "public" {
  name          = "public"
  public        = true
  storage_quota = 50
  force_destroy = true
}

resource "harbor_robot_account" "pusher" {
  name        = "pusher"
  description = "pushes"
  level       = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.binder.name
    access {
      action   = "push"
      resource = "repository"
    }
    access {
      action   = "pull"
      resource = "repository"
    }
  }
}

resource "harbor_robot_account" "every" {
  name   = "every"
  level  = "system"
  secret = "Chosen-by-the-user-1"
  permissions {
    kind      = "project"
    namespace = "*"
    access {
      action   = "pull"
      resource = "repository"
    }
  }
}

resource "harbor_retention_policy" "binder" {
  scope    = harbor_project.binder.id
  schedule = "Daily"
  rule {
    n_days_since_last_pull = 30
    repo_matching          = "**"
    tag_matching           = "**"
  }
  rule {
    most_recently_pushed = 5
    repo_matching        = "**"
    tag_excluding        = "release-*"
  }
}

resource "harbor_label" "stable" {
  name = "stable"
}

resource "harbor_user" "ann" {
  username  = "ann"
  password  = "Secret12345"
  full_name = "Ann"
  email     = "ann@example.org"
}

resource "harbor_project_member_user" "ann" {
  project_id = harbor_project.binder.id
  user_name  = harbor_user.ann.username
  role       = "developer"
}

output "pusher" {
  value     = { name = harbor_robot_account.pusher.full_name, secret = harbor_robot_account.pusher.secret }
  sensitive = true
}
