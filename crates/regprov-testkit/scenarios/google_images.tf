# A repository of Artifact Registry, and who may push to it.

variable "stage" {
  type = number
}

resource "google_project_service" "needed" {
  service            = "containerscanning.googleapis.com"
  disable_on_destroy = true
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "images"
  location      = "us-central1"
  format        = "DOCKER"
  description   = var.stage >= 2 ? "changed" : "images"

  depends_on = [google_project_service.needed]
}

resource "google_service_account" "pusher" {
  account_id = "image-pusher"
}

resource "google_artifact_registry_repository_iam_member" "push" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = var.stage >= 3 ? "roles/artifactregistry.repoAdmin" : "roles/artifactregistry.writer"
  member     = google_service_account.pusher.member
}

resource "google_artifact_registry_repository_iam_binding" "pull" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  members    = concat(["user:ada@example.com"], var.stage >= 2 ? ["user:bob@example.com"] : [])
}

data "google_iam_policy" "whole" {
  binding {
    role    = "roles/artifactregistry.reader"
    members = [var.stage >= 2 ? "user:bob@example.com" : "user:ada@example.com"]
  }
}

resource "google_artifact_registry_repository" "mirror" {
  repository_id = "mirror"
  location      = "europe"
  format        = "DOCKER"
}

resource "google_artifact_registry_repository_iam_policy" "mirror" {
  repository  = google_artifact_registry_repository.mirror.name
  location    = google_artifact_registry_repository.mirror.location
  policy_data = data.google_iam_policy.whole.policy_data
}
