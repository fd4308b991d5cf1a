output "registry" {
  description = "The host to log in to and to push to."
  value       = azurerm_container_registry.binderhub.login_server
}

output "username" {
  description = "The name to log in with."
  value       = azuread_application.pusher.client_id
}

output "password" {
  description = "The secret to log in with; sealed in the state."
  value       = azuread_service_principal_password.pusher.value
  sensitive   = true
}
