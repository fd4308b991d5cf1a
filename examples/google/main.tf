# BinderHub on Google: a repository of Artifact Registry, and a service account whose key may push to it.
#
#   Create a Google Cloud project                     -> var.project, GOOGLE_PROJECT
#   gcloud services enable artifactregistry iam       -> google_project_service
#   gcloud artifacts repositories create              -> google_artifact_registry_repository
#   IAM, Service accounts, Create                     -> google_service_account
#   Grant a role: Artifact Registry Writer            -> google_artifact_registry_repository_iam_member
#   Keys, Add key, JSON: "you cannot generate it      -> google_service_account_key
#     a second time"
#
# Try it with no account:  regprov apply -sandbox

terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_project_service" "needed" {
  for_each = toset(["artifactregistry.googleapis.com", "iam.googleapis.com"])
  service  = each.key
}

resource "google_artifact_registry_repository" "binderhub" {
  repository_id = var.repository
  location      = var.region
  format        = "DOCKER"
  description   = "Images that BinderHub builds"

  # Images can be built again: what nobody has pulled for a while may go.
  cleanup_policies {
    id     = "old"
    action = "DELETE"
    condition {
      older_than = "90d"
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_service_account" "pusher" {
  account_id   = "binderhub-pusher"
  display_name = "BinderHub: pushes and pulls images"

  depends_on = [google_project_service.needed]
}

# The one role that pushing needs, on the one repository.
resource "google_artifact_registry_repository_iam_member" "push" {
  repository = google_artifact_registry_repository.binderhub.name
  location   = google_artifact_registry_repository.binderhub.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.pusher.member
}

# Another value of `rotation` makes a new key; the old one works until the new one is in place.
resource "google_service_account_key" "pusher" {
  service_account_id = google_service_account.pusher.name
  keepers = {
    rotation = var.rotation
  }

  lifecycle {
    create_before_destroy = true
  }
}
