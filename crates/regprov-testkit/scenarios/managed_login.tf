# Two managed registries of OVHcloud whose users are authenticated elsewhere.

variable "stage" {
  type = number
}

locals {
  project = "0123456789abcdef0123456789abcdef"
}

resource "ovh_cloud_project_containerregistry" "oidc" {
  service_name = local.project
  name         = "oidc"
  region       = "DE"
}

resource "ovh_cloud_project_containerregistry" "iam" {
  service_name = local.project
  name         = "iam"
  region       = "DE"
}

resource "ovh_cloud_project_containerregistry_oidc" "keycloak" {
  service_name       = local.project
  registry_id        = ovh_cloud_project_containerregistry.oidc.id
  oidc_name          = "keycloak"
  oidc_endpoint      = "https://id.example.org"
  oidc_client_id     = "harbor"
  oidc_client_secret = var.stage >= 3 ? "second secret" : "first secret"
  oidc_scope         = "openid"
  oidc_admin_group   = var.stage >= 2 ? "admins" : null
}

resource "ovh_cloud_project_containerregistry_iam" "iam" {
  service_name = local.project
  registry_id  = ovh_cloud_project_containerregistry.iam.id
}
