# Beside `hub.tf`: what an organization has, and what whoever pushes logs in with.

resource "docker_org_team" "builders" {
  org_name  = "crew"
  team_name = "builders"
}

resource "docker_org_access_token" "builder" {
  org_name   = "crew"
  label      = "builder"
  expires_at = var.stage >= 3 ? "2038-01-01T00:00:00Z" : "2037-01-01T00:00:00Z"

  resources = [
    {
      type   = "TYPE_REPO"
      path   = "crew/*"
      scopes = ["scope-image-pull", "scope-image-push"]
    },
  ]
}

output "client" {
  value = "operator"
}

output "password" {
  value     = docker_access_token.pusher.token
  sensitive = true
}
