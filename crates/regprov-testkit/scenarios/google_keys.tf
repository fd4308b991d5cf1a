# A service account of Google's, and keys that sign in as it.

variable "stage" {
  type = number
}

resource "google_service_account" "pusher" {
  account_id   = "image-pusher"
  display_name = var.stage >= 2 ? "changed" : "pusher"
}

# Its private half is drawn here. It is made anew with an overlap.
resource "google_service_account_key" "own" {
  service_account_id = google_service_account.pusher.name
  keepers            = { rotation = tostring(var.stage >= 3) }

  lifecycle {
    create_before_destroy = true
  }
}

# Google makes these and tells them once; nothing but their dates tells them apart.
resource "google_service_account_key" "told" {
  count              = 2
  service_account_id = google_service_account.pusher.name
  key_algorithm      = "KEY_ALG_UNSPECIFIED"
  keepers            = { rotation = tostring(var.stage >= 2) }
}
