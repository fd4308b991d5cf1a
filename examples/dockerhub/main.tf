# BinderHub on Docker Hub, with an access token in place of the password of the account.
#
#   Create repository                                     -> docker_hub_repository
#   Account settings, Personal access tokens, Generate    -> docker_access_token
#
# Try it with no account:  regprov apply -sandbox

terraform {
  required_providers {
    docker = {
      source  = "docker/docker"
      version = "~> 0.6"
    }
  }
}

# Who is logged in: DOCKER_USERNAME and DOCKER_PASSWORD, or what `docker login` kept.
data "docker_login" "me" {}

locals {
  namespace = coalesce(var.docker_id, data.docker_login.me.username)
}

# BinderHub makes a repository for each image that it builds, by pushing it. This one is declared: it proves that pushing works.
resource "docker_hub_repository" "images" {
  namespace        = local.namespace
  name             = "${var.image_prefix}base"
  description      = "Images that BinderHub builds"
  full_description = "Declared by regprov. What is in here can be built again."
  private          = var.private
}

# It pushes and pulls, and can delete and change nothing. Docker Hub has no personal token for one repository alone: see
# examples/dockerhub-org for a narrower one.
resource "docker_access_token" "builder" {
  token_label = var.token_label
  scopes      = ["repo:write"]
  expires_at  = var.expires_at
}
