# The whole policy of a project of Google's.

variable "stage" {
  type = number
}

data "google_iam_policy" "whole" {
  binding {
    role    = "roles/owner"
    members = ["user:operator@example.com"]
  }

  binding {
    role    = "roles/artifactregistry.reader"
    members = [var.stage >= 2 ? "user:bob@example.com" : "user:ada@example.com"]
  }
}

resource "google_project_iam_policy" "whole" {
  project     = "crew-images"
  policy_data = data.google_iam_policy.whole.policy_data
}
