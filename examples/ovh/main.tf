# BinderHub on OVHcloud: a managed private registry, which is a Harbor, and robots that push to and pull from one project of it.
#
#   Managed Private Registry, Create                      -> ovh_cloud_project_containerregistry
#   Generate identification details                       -> ovh_cloud_project_containerregistry_user
#   Harbor API URL, log in                                -> provider "harbor"
#   New Project                                           -> harbor_project
#   Robot Accounts, New Robot Account                     -> harbor_robot_account
#
# One apply makes all of it: the provider "harbor" is configured from a registry that does not exist yet.
# Try it with no account:  regprov apply -sandbox

terraform {
  required_providers {
    ovh = {
      source  = "ovh/ovh"
      version = "~> 2.0"
    }
    harbor = {
      source  = "goharbor/harbor"
      version = "~> 3.11"
    }
  }
}

provider "ovh" {
  endpoint = var.endpoint
}

data "ovh_cloud_project_capabilities_containerregistry_filter" "plan" {
  service_name = var.service_name
  plan_name    = var.plan
  region       = var.region
}

resource "ovh_cloud_project_containerregistry" "binderhub" {
  service_name = var.service_name
  plan_id      = data.ovh_cloud_project_capabilities_containerregistry_filter.plan.id
  region       = data.ovh_cloud_project_capabilities_containerregistry_filter.plan.region
  name         = var.registry_name
}

# An administrator of the registry's Harbor: it makes what follows.
resource "ovh_cloud_project_containerregistry_user" "admin" {
  service_name = var.service_name
  registry_id  = ovh_cloud_project_containerregistry.binderhub.id
  login        = "regprov"
  email        = var.admin_email
}

provider "harbor" {
  url      = ovh_cloud_project_containerregistry.binderhub.url
  username = ovh_cloud_project_containerregistry_user.admin.user
  password = ovh_cloud_project_containerregistry_user.admin.password
}

resource "harbor_project" "images" {
  name          = var.project_name
  storage_quota = var.quota_gb
  # Images can be built again: a project that holds some may go.
  force_destroy = true
}

# For BinderHub: it pushes what it built, and looks for what is there.
resource "harbor_robot_account" "builder" {
  name        = "builder"
  description = "BinderHub: pushes what it builds"
  level       = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.images.name
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

# For the nodes of the cluster: they pull, and can do nothing else.
resource "harbor_robot_account" "puller" {
  name        = "puller"
  description = "The pods of users: pull what was built"
  level       = "project"
  permissions {
    kind      = "project"
    namespace = harbor_project.images.name
    access {
      resource = "repository"
      action   = "pull"
    }
  }
}
