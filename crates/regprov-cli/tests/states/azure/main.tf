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

resource "azurerm_resource_group" "hub" {
  name     = "binderhub"
  location = "West Europe"
}

resource "azurerm_container_registry" "basic" {
  name                = "hubsmall"
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
  sku                 = "Basic"
}

resource "azurerm_container_registry" "premium" {
  name                          = "hublarge"
  resource_group_name           = azurerm_resource_group.hub.name
  location                      = azurerm_resource_group.hub.location
  sku                           = "Premium"
  admin_enabled                 = true
  data_endpoint_enabled         = true
  retention_policy_in_days      = 7
  tags                          = { team = "hub" }
  public_network_access_enabled = true

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.puller.id]
  }

  georeplications {
    location = "North Europe"
    tags     = {}
  }

  network_rule_set {
    default_action = "Allow"
    ip_rule {
      action   = "Allow"
      ip_range = "10.1.0.0/16"
    }
  }
}

resource "azurerm_user_assigned_identity" "puller" {
  name                = "puller"
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
}

resource "azurerm_federated_identity_credential" "main" {
  name                = "main"
  resource_group_name = azurerm_resource_group.hub.name
  parent_id           = azurerm_user_assigned_identity.puller.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = "repo:hub/images:ref:refs/heads/main"
}

resource "azurerm_container_registry_scope_map" "push" {
  name                    = "pushers"
  container_registry_name = azurerm_container_registry.premium.name
  resource_group_name     = azurerm_resource_group.hub.name
  actions = [
    "repositories/hub/content/read",
    "repositories/hub/content/write",
  ]
}

resource "azurerm_container_registry_token" "ci" {
  name                    = "ci-token"
  container_registry_name = azurerm_container_registry.premium.name
  resource_group_name     = azurerm_resource_group.hub.name
  scope_map_id            = azurerm_container_registry_scope_map.push.id
}

resource "azurerm_container_registry_token_password" "ci" {
  container_registry_token_id = azurerm_container_registry_token.ci.id

  password1 {
    expiry = "2029-03-22T17:57:36+08:00"
  }

  password2 {}
}

resource "azurerm_container_registry_webhook" "pushed" {
  name                = "pushed"
  registry_name       = azurerm_container_registry.premium.name
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
  service_uri         = "https://hub.example.org/hook"
  actions             = ["push", "delete"]
}

resource "azuread_application" "pusher" {
  display_name = "hub-pusher"
}

resource "azuread_service_principal" "pusher" {
  client_id = azuread_application.pusher.client_id
}

resource "azuread_application_password" "pusher" {
  application_id = azuread_application.pusher.id
  display_name   = "ci"
}

resource "azuread_service_principal_password" "pusher" {
  count                = 2
  service_principal_id = azuread_service_principal.pusher.id
}

resource "azurerm_role_assignment" "push" {
  scope                = azurerm_container_registry.premium.id
  role_definition_name = "AcrPush"
  principal_id         = azuread_service_principal.pusher.object_id
}

output "login_server" {
  value = azurerm_container_registry.premium.login_server
}

output "secrets" {
  value     = azuread_service_principal_password.pusher[*].value
  sensitive = true
}
