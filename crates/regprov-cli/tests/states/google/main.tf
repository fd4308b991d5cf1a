terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.0"
    }
  }
}

provider "google" {
  project = "hub-images"
  region  = "europe-west1"

  add_terraform_attribution_label = true
}

resource "google_project_service" "registry" {
  service            = "artifactregistry.googleapis.com"
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "images"
  location      = "europe-west1"
  format        = "DOCKER"
  description   = "What BinderHub builds"

  cleanup_policies {
    id     = "old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
      tag_state  = "UNTAGGED"
    }
  }

  cleanup_policies {
    id     = "kept"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  docker_config {
    immutable_tags = true
  }

  depends_on = [google_project_service.registry]
}

resource "google_artifact_registry_repository" "mirror" {
  repository_id = "mirror"
  location      = "europe-west1"
  format        = "DOCKER"
  mode          = "REMOTE_REPOSITORY"
  labels        = { team = "hub" }

  remote_repository_config {
    docker_repository {
      public_repository = "DOCKER_HUB"
    }
  }

  depends_on = [google_project_service.registry]
}

resource "google_service_account" "pusher" {
  for_each     = toset(["ci", "hub"])
  account_id   = "pusher-${each.key}"
  display_name = each.key == "ci" ? "Pushes from CI" : null
}

resource "google_artifact_registry_repository_iam_member" "push" {
  for_each   = google_service_account.pusher
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = each.value.member
}

resource "google_service_account_key" "pusher" {
  service_account_id = google_service_account.pusher["hub"].name
  keepers            = { month = "2025-02" }

  lifecycle {
    create_before_destroy = true
  }
}

output "key" {
  value     = google_service_account_key.pusher.private_key
  sensitive = true
}

output "members" {
  value = { for name, account in google_service_account.pusher : name => account.email }
}
