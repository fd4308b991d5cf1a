output "builder_token" {
  description = "The token that BinderHub logs in with, beside the name of the organization; sealed in the state."
  value       = docker_org_access_token.builder.token
  sensitive   = true
}

output "puller_token" {
  description = "The token that the nodes log in with; sealed in the state."
  value       = docker_org_access_token.puller.token
  sensitive   = true
}
