# Beside `google_keys.tf`: where it is made, and what the account that pushes signs in with.

provider "google" {
  project = "crew-images"
  region  = "us-central1"
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "images"
  format        = "DOCKER"
}

resource "google_artifact_registry_repository_iam_member" "push" {
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.pusher.member
}

output "client" {
  value = google_service_account.pusher.email
}

output "password" {
  value     = google_service_account_key.own.private_key
  sensitive = true
}
