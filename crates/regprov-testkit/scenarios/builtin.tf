# Types without a cloud.

variable "stage" {
  type = number
}

resource "random_id" "a" {
  byte_length = 8
  keepers     = { stage = tostring(var.stage >= 3) }
}

resource "random_pet" "a" {
  keepers = { stage = tostring(var.stage >= 3) }
}

resource "random_string" "a" {
  length  = 12
  keepers = { stage = tostring(var.stage >= 3) }
}

resource "random_password" "a" {
  length  = 24
  keepers = { stage = tostring(var.stage >= 3) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "random_uuid" "a" {
  keepers = { stage = tostring(var.stage >= 3) }
}

resource "null_resource" "a" {
  triggers = { id = random_id.a.hex }
}

resource "time_static" "a" {
  triggers = { stage = tostring(var.stage >= 3) }
}

resource "time_rotating" "a" {
  rotation_days = var.stage >= 2 ? 60 : 30
}

resource "time_sleep" "a" {
  create_duration = "1s"
  triggers        = { pet = random_pet.a.id }
}

resource "terraform_data" "a" {
  input            = var.stage >= 2 ? "new" : "old"
  triggers_replace = [random_uuid.a.result]
}

resource "tls_private_key" "a" {
  algorithm = var.stage >= 3 ? "ED25519" : "ECDSA"
}

resource "random_bytes" "a" {
  length  = 8
  keepers = { stage = tostring(var.stage >= 3) }
}

resource "random_integer" "a" {
  min     = 1
  max     = 100
  keepers = { stage = tostring(var.stage >= 3) }
}

resource "random_shuffle" "a" {
  input   = ["a", "b", "c"]
  keepers = { stage = tostring(var.stage >= 3) }
}

resource "time_offset" "a" {
  offset_days = var.stage >= 2 ? 2 : 1
}
