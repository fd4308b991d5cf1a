# Images that a Harbor copies from and to others.

variable "stage" {
  type = number
}

resource "harbor_registry" "other" {
  provider_name = "harbor"
  name          = "other"
  endpoint_url  = "https://other.example.org"
  description   = var.stage >= 2 ? "changed" : null
  access_id     = "robot$copies"
  access_secret = var.stage >= 3 ? "Second12345" : "First12345"
}

resource "harbor_replication" "nightly" {
  name        = "nightly"
  action      = "push"
  registry_id = harbor_registry.other.registry_id
  schedule    = var.stage >= 2 ? "0 0 3 * * *" : "0 0 2 * * *"

  filters {
    name = "app/**"
  }
}

resource "harbor_project" "mirror" {
  name        = "mirror"
  registry_id = harbor_registry.other.registry_id
}

resource "harbor_tasks" "weekly" {
  vulnerability_scan_policy = var.stage >= 2 ? "daily" : "weekly"
}
