# Who may do what in a project of Google's, and in the buckets that Container Registry left.

variable "stage" {
  type = number
}

locals {
  project = "crew-images"
  bucket  = "artifacts.crew-images.appspot.com"
}

# What Container Registry left is taken over.
import {
  to = google_container_registry.old
  id = local.bucket
}

resource "google_container_registry" "old" {}

resource "google_project_iam_custom_role" "puller" {
  role_id     = "imagePuller"
  title       = var.stage >= 2 ? "changed" : "pulls images"
  permissions = ["artifactregistry.repositories.downloadArtifacts"]
}

resource "google_project_iam_member" "ada" {
  project = local.project
  role    = google_project_iam_custom_role.puller.name
  member  = var.stage >= 3 ? "user:bob@example.com" : "user:ada@example.com"
}

resource "google_project_iam_binding" "writers" {
  project = local.project
  role    = "roles/artifactregistry.writer"
  members = concat(["user:ada@example.com"], var.stage >= 2 ? ["user:bob@example.com"] : [])
}

resource "google_storage_bucket_iam_member" "ada" {
  bucket = google_container_registry.old.id
  role   = "roles/storage.objectViewer"
  member = var.stage >= 3 ? "user:bob@example.com" : "user:ada@example.com"
}

resource "google_storage_bucket_iam_binding" "admins" {
  bucket  = google_container_registry.old.id
  role    = "roles/storage.admin"
  members = concat(["user:ada@example.com"], var.stage >= 2 ? ["user:bob@example.com"] : [])
}
