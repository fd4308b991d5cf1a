# BinderHub on Docker Hub in an organization: a team, a repository, and a token of the organization that reaches its images alone.
#
#   Organization, Teams, Create team                      -> docker_org_team
#   Create repository, Permissions                        -> docker_hub_repository, docker_hub_repository_team_permission
#   Organization, Access tokens, Generate                 -> docker_org_access_token
#
# Organization access tokens come with the plans Team and Business.
# Try it with no account:  regprov apply -sandbox

terraform {
  required_providers {
    docker = {
      source  = "docker/docker"
      version = "~> 0.6"
    }
  }
}

data "docker_org" "this" {
  org_name = var.org_name
}

resource "docker_hub_repository" "images" {
  namespace   = data.docker_org.this.org_name
  name        = "${var.image_prefix}base"
  description = "Images that BinderHub builds"
  private     = true
}

# Who looks after the images.
resource "docker_org_team" "operators" {
  org_name         = data.docker_org.this.org_name
  team_name        = var.team_name
  team_description = "Looks after the images of BinderHub"
}

resource "docker_hub_repository_team_permission" "operators" {
  repo_id    = docker_hub_repository.images.id
  team_id    = docker_org_team.operators.id
  permission = "admin"
}

# For BinderHub: it pushes and pulls images of the organization, and nothing else. It logs in with the name of the organization.
resource "docker_org_access_token" "builder" {
  org_name    = data.docker_org.this.org_name
  label       = "binderhub"
  description = "BinderHub: pushes what it builds"
  expires_at  = var.expires_at

  resources = [
    {
      type   = "TYPE_REPO"
      path   = "${data.docker_org.this.org_name}/*"
      scopes = ["scope-image-pull", "scope-image-push"]
    },
  ]
}

# For the nodes of the cluster: it pulls from the declared repository.
resource "docker_org_access_token" "puller" {
  org_name   = data.docker_org.this.org_name
  label      = "binderhub-nodes"
  expires_at = var.expires_at

  resources = [
    {
      type   = "TYPE_REPO"
      path   = docker_hub_repository.images.id
      scopes = ["scope-image-pull"]
    },
  ]
}
