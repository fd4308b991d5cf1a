# A managed identity that pulls.

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

resource "azurerm_user_assigned_identity" "puller" {
  name                = "puller"
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
  tags                = var.stage >= 2 ? { changed = "yes" } : {}
}

resource "azurerm_federated_identity_credential" "puller" {
  name                      = "puller"
  user_assigned_identity_id = azurerm_user_assigned_identity.puller.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://token.example.org"
  subject                   = var.stage >= 2 ? "system:serviceaccount:hub:new" : "system:serviceaccount:hub:old"
}

resource "azurerm_role_assignment" "pull" {
  scope                = azurerm_resource_group.hub.id
  role_definition_name = var.stage >= 3 ? "AcrPush" : "AcrPull"
  principal_id         = azurerm_user_assigned_identity.puller.principal_id
}
