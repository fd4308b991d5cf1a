# BinderHub on Azure: a registry, and a credential that pushes images to it.
#
#   az account set                                        -> provider "azurerm"
#   az group create                                       -> azurerm_resource_group
#   az acr check-name                                     -> done while planning
#   az acr create --sku Basic                             -> azurerm_container_registry
#   az ad sp create-for-rbac --role AcrPush --scope ID    -> the application, its service principal and password, the role assignment
#
# Try it with no account:  regprov apply -sandbox

terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "binderhub" {
  name     = var.resource_group_name
  location = var.location
}

resource "azurerm_container_registry" "binderhub" {
  name                = var.registry_name
  resource_group_name = azurerm_resource_group.binderhub.name
  location            = azurerm_resource_group.binderhub.location
  sku                 = "Basic"
}

resource "azuread_application" "pusher" {
  display_name = "${var.registry_name}-pusher"
}

resource "azuread_service_principal" "pusher" {
  client_id = azuread_application.pusher.client_id
}

resource "azuread_service_principal_password" "pusher" {
  service_principal_id = azuread_service_principal.pusher.id
}

resource "azurerm_role_assignment" "push" {
  scope                = azurerm_container_registry.binderhub.id
  role_definition_name = "AcrPush"
  principal_id         = azuread_service_principal.pusher.object_id
}
