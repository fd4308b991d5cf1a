# Who is in an organization at Docker Hub, and what its people may use.

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

# Somebody who is in it already and is taken over, and somebody who is invited.
import {
  to = docker_org_member.bob
  id = "crew/bob"
}

resource "docker_org_member" "bob" {
  org_name  = "crew"
  user_name = "bob"
  role      = var.stage >= 2 ? "editor" : "member"
}

resource "docker_org_member" "eve" {
  org_name  = "crew"
  user_name = "eve"
  role      = "member"
}

resource "docker_org_setting_image_access_management" "this" {
  org_name                  = "crew"
  enabled                   = true
  allow_official_images     = true
  allow_verified_publishers = var.stage >= 2
}

resource "docker_org_setting_registry_access_management" "this" {
  org_name = "crew"
  enabled  = true

  standard_registry_docker_hub = {
    allowed = true
  }

  custom_registries = [
    {
      address       = "registry.example.org"
      friendly_name = var.stage >= 2 ? "Ours" : "The registry"
      allowed       = true
    },
  ]
}
