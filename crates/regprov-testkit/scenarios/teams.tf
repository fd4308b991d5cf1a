# Teams of an organization at Docker Hub, what they may do, and a token of the organization.

terraform {
  required_providers {
    docker = {
      source = "docker/docker"
    }
  }
}

variable "stage" {
  type = number
}

resource "docker_hub_repository" "images" {
  namespace = "crew"
  name      = "images"
  private   = true
}

resource "docker_org_team" "builders" {
  org_name         = "crew"
  team_name        = var.stage >= 2 ? "builders" : "makers"
  team_description = "They build images"
}

resource "docker_org_team_member" "ada" {
  org_name  = "crew"
  team_name = docker_org_team.builders.team_name
  user_name = "ada"
}

resource "docker_hub_repository_team_permission" "builders" {
  repo_id    = docker_hub_repository.images.id
  team_id    = docker_org_team.builders.id
  permission = var.stage >= 2 ? "admin" : "write"
}

# Its secret is told once. Where it is made anew, the old one goes first.
resource "docker_org_access_token" "builder" {
  org_name    = "crew"
  label       = "builder"
  description = var.stage >= 2 ? "changed" : null
  expires_at  = var.stage >= 3 ? "2028-01-01T00:00:00Z" : "2027-01-01T00:00:00Z"

  resources = [
    {
      type   = "TYPE_REPO"
      path   = docker_hub_repository.images.id
      scopes = ["scope-image-pull", "scope-image-push"]
    },
  ]
}
