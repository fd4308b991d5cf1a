# An application that is made in steps, with a secret of its own.

variable "stage" {
  type = number
}

data "azuread_client_config" "current" {}

resource "azuread_application" "stepped" {
  display_name = "stepped"
  owners       = [data.azuread_client_config.current.object_id]
  notes        = var.stage >= 2 ? "changed" : null

  password {
    display_name = var.stage >= 3 ? "new" : "old"
  }
}

resource "azuread_service_principal" "stepped" {
  client_id = azuread_application.stepped.client_id
  owners    = [data.azuread_client_config.current.object_id]
}
