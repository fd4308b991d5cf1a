output "registry" {
  description = "Where images are pushed to."
  value       = "gcr.io/${google_artifact_registry_repository.gcr.project}"
}

output "username" {
  description = "The name that goes with a key."
  value       = "_json_key"
}

output "key" {
  description = "The key as JSON; sealed in the state."
  value       = base64decode(google_service_account_key.pusher.private_key)
  sensitive   = true
}
