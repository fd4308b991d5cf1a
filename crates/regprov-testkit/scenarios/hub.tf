# Repositories of a Docker ID, and tokens that push to them.

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

# Its tags are made immutable in a request of its own.
resource "docker_hub_repository" "images" {
  namespace   = "operator"
  name        = "images"
  description = var.stage >= 2 ? "changed" : "images"
  private     = var.stage >= 2

  immutable_tags_settings = {
    enabled = true
    rules   = var.stage >= 2 ? ["v.*", "release"] : ["v.*"]
  }
}

# Its secret is told once. It is made anew with an overlap.
resource "docker_access_token" "pusher" {
  token_label = var.stage >= 2 ? "pusher" : "first"
  scopes      = var.stage >= 3 ? ["repo:read", "repo:write"] : ["repo:write"]

  lifecycle {
    create_before_destroy = true
  }
}

# Nothing but their ids tells these apart.
resource "docker_access_token" "puller" {
  count       = 2
  token_label = "puller"
  scopes      = ["repo:read"]
}
