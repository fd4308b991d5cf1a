# A registry, and an account that may push to it.

variable "stage" {
  type = number
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "hub" {
  name     = "hub"
  location = "westeurope"
  tags     = var.stage >= 2 ? { changed = "yes" } : {}
}

resource "azurerm_container_registry" "hub" {
  name                = "hubimages"
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
  sku                 = var.stage >= 2 ? "Standard" : "Basic"
  admin_enabled       = var.stage >= 2
}

resource "azuread_application" "pusher" {
  display_name = "pusher"
  notes        = var.stage >= 2 ? "changed" : null
}

resource "azuread_service_principal" "pusher" {
  client_id   = azuread_application.pusher.client_id
  description = var.stage >= 2 ? "changed" : null
}

resource "azuread_service_principal_password" "pusher" {
  service_principal_id = azuread_service_principal.pusher.id
  rotate_when_changed  = { stage = tostring(var.stage >= 3) }
}

resource "azurerm_role_assignment" "push" {
  scope                = azurerm_container_registry.hub.id
  role_definition_name = var.stage >= 3 ? "AcrPull" : "AcrPush"
  principal_id         = azuread_service_principal.pusher.object_id
}

output "password" {
  value     = azuread_service_principal_password.pusher.value
  sensitive = true
}
