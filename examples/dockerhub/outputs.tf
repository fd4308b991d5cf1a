output "namespace" {
  description = "The namespace of the images, and the name that BinderHub logs in with."
  value       = local.namespace
}

output "token" {
  description = "The token that goes with it; sealed in the state."
  value       = docker_access_token.builder.token
  sensitive   = true
}
