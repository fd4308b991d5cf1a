# A managed registry of OVHcloud with an administrator, and from where it may be reached.

variable "stage" {
  type = number
}

locals {
  project = "0123456789abcdef0123456789abcdef"
}

data "ovh_cloud_project_capabilities_containerregistry_filter" "plan" {
  service_name = local.project
  region       = "GRA"
  plan_name    = var.stage >= 2 ? "MEDIUM" : "SMALL"
}

resource "ovh_cloud_project_containerregistry" "hub" {
  service_name = local.project
  name         = var.stage >= 2 ? "images" : "hub"
  region       = "GRA"
  plan_id      = data.ovh_cloud_project_capabilities_containerregistry_filter.plan.id
}

resource "ovh_cloud_project_containerregistry_user" "admin" {
  service_name = local.project
  registry_id  = ovh_cloud_project_containerregistry.hub.id
  login        = var.stage >= 3 ? "second-admin" : "first-admin"
  email        = var.stage >= 3 ? "second@example.org" : "first@example.org"
}

resource "ovh_cloud_project_containerregistry_ip_restrictions_management" "hub" {
  service_name    = local.project
  registry_id     = ovh_cloud_project_containerregistry.hub.id
  ip_restrictions = [{ ip_block = var.stage >= 2 ? "10.0.0.0/8" : "10.0.0.1", description = "office" }]
}

resource "ovh_cloud_project_containerregistry_ip_restrictions_registry" "hub" {
  service_name    = local.project
  registry_id     = ovh_cloud_project_containerregistry.hub.id
  ip_restrictions = [{ ip_block = "0.0.0.0/0", description = var.stage >= 2 ? "all" : "everybody" }]
}
