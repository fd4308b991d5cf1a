# No key at all: a workflow proves who it is by a token of another identity provider's.

variable "stage" {
  type = number
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
  display_name              = var.stage >= 2 ? "changed" : "GitHub Actions"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "actions"
  attribute_condition                = var.stage >= 2 ? "assertion.repository == 'org/other'" : "assertion.repository == 'org/app'"

  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
