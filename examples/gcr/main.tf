# gcr.io after Container Registry: Artifact Registry serves the host, under the same image names.
#
#   IAM, Service accounts, Create                     -> google_service_account
#   Grant a role: Storage Admin                       -> google_project_iam_member.storage_admin: it no longer lets anyone push
#                                                        google_artifact_registry_repository_iam_member.push does
#   Keys, Add key, JSON                               -> google_service_account_key
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
}

data "google_client_config" "current" {}

resource "google_project_service" "needed" {
  for_each = toset(["artifactregistry.googleapis.com", "iam.googleapis.com"])
  service  = each.key
}

# `gcr.io/PROJECT/IMAGE` is this repository. For eu.gcr.io the location is `europe`, for asia.gcr.io `asia`.
resource "google_artifact_registry_repository" "gcr" {
  repository_id = "gcr.io"
  location      = "us"
  format        = "DOCKER"
  description   = "gcr.io"

  depends_on = [google_project_service.needed]
}

resource "google_service_account" "pusher" {
  account_id   = "binderhub-gcr"
  display_name = "BinderHub: pushes and pulls images"

  depends_on = [google_project_service.needed]
}

resource "google_artifact_registry_repository_iam_member" "push" {
  repository = google_artifact_registry_repository.gcr.name
  location   = google_artifact_registry_repository.gcr.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.pusher.member
}

# The role of older guides. Images were files of a bucket once, and who may write to buckets could push. They no longer are: leave
# it away, unless something else of yours needs buckets.
resource "google_project_iam_member" "storage_admin" {
  count   = var.storage_admin ? 1 : 0
  project = data.google_client_config.current.project
  role    = "roles/storage.admin"
  member  = google_service_account.pusher.member
}

resource "google_service_account_key" "pusher" {
  service_account_id = google_service_account.pusher.name
}
