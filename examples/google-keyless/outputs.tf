output "registry" {
  description = "Where images are pushed to."
  value       = google_artifact_registry_repository.images.registry_uri
}

output "workload_identity_provider" {
  description = "For `workload_identity_provider` of the action google-github-actions/auth."
  value       = google_iam_workload_identity_pool_provider.github.name
}

output "service_account" {
  description = "For `service_account` of the action google-github-actions/auth."
  value       = google_service_account.ci.email
}
