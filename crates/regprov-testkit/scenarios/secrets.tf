# Secrets and other credentials of an application, each an object of its own.

variable "stage" {
  type = number
}

resource "azuread_application_registration" "hub" {
  display_name = "registered"
  notes        = var.stage >= 2 ? "changed" : null
}

resource "azuread_application_password" "marked" {
  application_id      = azuread_application_registration.hub.id
  rotate_when_changed = { stage = tostring(var.stage >= 3) }
}

resource "azuread_application_password" "named" {
  application_id      = azuread_application_registration.hub.id
  display_name        = "named"
  rotate_when_changed = { stage = tostring(var.stage >= 3) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "azuread_application_federated_identity_credential" "hub" {
  application_id = azuread_application_registration.hub.id
  display_name   = "hub"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://token.example.org"
  subject        = var.stage >= 2 ? "repo:hub/new:ref:main" : "repo:hub/old:ref:main"
}

resource "azuread_service_principal" "hub" {
  client_id = azuread_application_registration.hub.client_id
}
