# Who may act as a service account of Google's.

variable "stage" {
  type = number
}

resource "google_service_account" "builder" {
  account_id  = "image-builder"
  description = var.stage >= 2 ? "changed" : null
  disabled    = true
}

resource "google_service_account_iam_member" "ada" {
  service_account_id = google_service_account.builder.name
  role               = "roles/iam.serviceAccountUser"
  member             = var.stage >= 3 ? "user:bob@example.com" : "user:ada@example.com"
}

resource "google_service_account_iam_binding" "tokens" {
  service_account_id = google_service_account.builder.name
  role               = "roles/iam.serviceAccountTokenCreator"
  members            = concat(["user:ada@example.com"], var.stage >= 2 ? ["user:bob@example.com"] : [])
}

resource "google_service_account" "runner" {
  account_id = "image-runner"
}

data "google_iam_policy" "runner" {
  binding {
    role    = "roles/iam.serviceAccountUser"
    members = [var.stage >= 2 ? "user:bob@example.com" : "user:ada@example.com"]
  }
}

resource "google_service_account_iam_policy" "runner" {
  service_account_id = google_service_account.runner.name
  policy_data        = data.google_iam_policy.runner.policy_data
}
