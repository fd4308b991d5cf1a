# What belongs to a whole Harbor: how it lets people in, and what it does by itself.

variable "stage" {
  type = number
}

resource "harbor_config_auth" "oidc" {
  auth_mode          = "oidc_auth"
  oidc_name          = "keycloak"
  oidc_endpoint      = "https://id.example.org"
  oidc_client_id     = "harbor"
  oidc_client_secret = var.stage >= 3 ? "second secret" : "first secret"
  oidc_scope         = "openid"
  oidc_admin_group   = var.stage >= 2 ? "admins" : null
}

resource "harbor_config_security" "accepted" {
  cve_allowlist = var.stage >= 2 ? ["CVE-2024-1", "CVE-2024-2"] : ["CVE-2024-1"]
}

resource "harbor_config_system" "whole" {
  project_creation_restriction = "adminonly"
  token_expiration             = var.stage >= 2 ? 60 : 30
}

resource "harbor_garbage_collection" "weekly" {
  schedule        = var.stage >= 2 ? "daily" : "weekly"
  delete_untagged = true
}

resource "harbor_purge_audit_log" "weekly" {
  schedule             = "weekly"
  audit_retention_hour = var.stage >= 2 ? 48 : 24
  include_event_types  = "create_artifact"
}

resource "harbor_interrogation_services" "weekly" {
  vulnerability_scan_policy = var.stage >= 2 ? "daily" : "weekly"
}

resource "harbor_preheat_instance" "dragonfly" {
  name      = "dragonfly"
  vendor    = "dragonfly"
  endpoint  = "https://dragonfly.example.org"
  auth_mode = "BASIC"
  username  = "harbor"
  password  = var.stage >= 3 ? "Second12345" : "First12345"
  enabled   = var.stage < 2
}
