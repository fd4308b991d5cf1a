# Beside `pusher.tf`: what is made in steps, and a secret that no cloud makes.

data "azuread_client_config" "current" {}

resource "azuread_application" "stepped" {
  display_name = "stepped"
  owners       = [data.azuread_client_config.current.object_id]

  password {
    display_name = var.stage >= 3 ? "new" : "old"
  }
}

resource "random_password" "web" {
  length  = 24
  keepers = { stage = tostring(var.stage >= 3) }
}

output "client" {
  value = azuread_application.pusher.client_id
}
