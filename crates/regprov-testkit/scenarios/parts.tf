# What belongs to a registry.

variable "stage" {
  type = number
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "hub" {
  name     = "hub"
  location = "westeurope"
}

resource "azurerm_container_registry" "hub" {
  name                = "hubparts"
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
  sku                 = "Premium"
}

resource "azurerm_container_registry_scope_map" "push" {
  name                    = "pushers"
  container_registry_name = azurerm_container_registry.hub.name
  resource_group_name     = azurerm_resource_group.hub.name
  actions = concat(
    ["repositories/hub/content/read"],
    var.stage >= 2 ? ["repositories/hub/content/write"] : [],
  )
}

resource "azurerm_container_registry_token" "push" {
  name                    = "pushers"
  container_registry_name = azurerm_container_registry.hub.name
  resource_group_name     = azurerm_resource_group.hub.name
  scope_map_id            = azurerm_container_registry_scope_map.push.id
  enabled                 = true
}

resource "azurerm_container_registry_token_password" "push" {
  container_registry_token_id = azurerm_container_registry_token.push.id

  password1 {
    expiry = var.stage >= 3 ? "2027-06-01T00:00:00Z" : "2027-01-01T00:00:00Z"
  }
}

resource "azurerm_container_registry_webhook" "told" {
  name                = "toldof"
  resource_group_name = azurerm_resource_group.hub.name
  registry_name       = azurerm_container_registry.hub.name
  location            = azurerm_resource_group.hub.location
  service_uri         = "https://example.org/told"
  actions             = var.stage >= 2 ? ["push", "delete"] : ["push"]
}

resource "azurerm_container_registry_credential_set" "docker" {
  name                  = "docker"
  container_registry_id = azurerm_container_registry.hub.id
  login_server          = "docker.io"

  identity {
    type = "SystemAssigned"
  }

  authentication_credentials {
    username_secret_id = "https://hub.vault.azure.net/secrets/user"
    password_secret_id = var.stage >= 2 ? "https://hub.vault.azure.net/secrets/new" : "https://hub.vault.azure.net/secrets/old"
  }
}

resource "azurerm_container_registry_cache_rule" "docker" {
  name                  = "docker"
  container_registry_id = azurerm_container_registry.hub.id
  target_repo           = "library/*"
  source_repo           = "docker.io/library/*"
  credential_set_id     = azurerm_container_registry_credential_set.docker.id
}
