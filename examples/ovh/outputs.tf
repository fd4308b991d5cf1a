output "registry" {
  description = "The host to log in to and to push to."
  value       = trimprefix(ovh_cloud_project_containerregistry.binderhub.url, "https://")
}

output "builder" {
  description = "The name that BinderHub logs in with."
  value       = harbor_robot_account.builder.full_name
}

output "builder_secret" {
  description = "The secret that goes with it; sealed in the state."
  value       = harbor_robot_account.builder.secret
  sensitive   = true
}

output "puller" {
  description = "The name that the pods of users log in with."
  value       = harbor_robot_account.puller.full_name
}

output "puller_secret" {
  description = "The secret that goes with it; sealed in the state."
  value       = harbor_robot_account.puller.secret
  sensitive   = true
}
