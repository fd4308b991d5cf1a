terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 3.60"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 2.30"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "hub" {
  name     = "binderhub"
  location = "West Europe"
}

resource "azurerm_container_registry" "hub" {
  name                = "hubolder"
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
  sku                 = "Premium"
  admin_enabled       = true

  retention_policy {
    days    = 7
    enabled = true
  }

  network_rule_set {
    default_action = "Deny"
    ip_rule {
      action   = "Allow"
      ip_range = "10.1.0.0/16"
    }
  }
}

resource "azuread_application" "pusher" {
  display_name = "hub-pusher"

  web {
    homepage_url = "https://hub.example.org"
  }
}

resource "azuread_service_principal" "pusher" {
  application_id = azuread_application.pusher.application_id
}

resource "azuread_application_password" "pusher" {
  application_object_id = azuread_application.pusher.object_id
}

resource "azuread_service_principal_password" "pusher" {
  service_principal_id = azuread_service_principal.pusher.object_id
}

resource "azurerm_role_assignment" "push" {
  scope                = azurerm_container_registry.hub.id
  role_definition_name = "AcrPush"
  principal_id         = azuread_service_principal.pusher.id
}

output "username" {
  value = azuread_service_principal.pusher.application_id
}
