# From nothing to an account that pushes, in one apply: the Harbor is that of a managed registry of the same run.

variable "stage" {
  type = number
}

locals {
  project = "0123456789abcdef0123456789abcdef"
}

resource "ovh_cloud_project_containerregistry" "images" {
  service_name = local.project
  name         = var.stage >= 2 ? "images" : "hub"
  region       = "GRA"
}

resource "ovh_cloud_project_containerregistry_user" "admin" {
  service_name = local.project
  registry_id  = ovh_cloud_project_containerregistry.images.id
  login        = "regprov"
  email        = "registry@example.org"
}

provider "harbor" {
  url      = ovh_cloud_project_containerregistry.images.url
  username = ovh_cloud_project_containerregistry_user.admin.user
  password = ovh_cloud_project_containerregistry_user.admin.password
}

resource "harbor_project" "binderhub" {
  name          = "binderhub"
  storage_quota = var.stage >= 2 ? 20 : 10
  force_destroy = true
}

resource "harbor_robot_account" "builder" {
  name        = var.stage >= 3 ? "second-builder" : "first-builder"
  description = var.stage >= 2 ? "builds" : null
  level       = "project"

  permissions {
    kind      = "project"
    namespace = harbor_project.binderhub.name
    access {
      resource = "repository"
      action   = "push"
    }
  }
}

resource "harbor_robot_account" "puller" {
  name  = "puller"
  level = "project"

  permissions {
    kind      = "project"
    namespace = harbor_project.binderhub.name
    access {
      resource = "repository"
      action   = "pull"
    }
  }
}
