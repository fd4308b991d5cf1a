# A bucket of OVHcloud with the user whose keys open it.

variable "stage" {
  type = number
}

locals {
  project = "0123456789abcdef0123456789abcdef"
}

resource "ovh_cloud_project_user" "images" {
  service_name   = local.project
  description    = "images"
  role_names     = var.stage >= 2 ? ["compute_operator", "objectstore_operator"] : ["objectstore_operator"]
  password_reset = tostring(var.stage >= 3)
}

resource "ovh_cloud_project_user_s3_credential" "images" {
  count        = 2
  service_name = local.project
  user_id      = ovh_cloud_project_user.images.id
}

resource "ovh_cloud_project_storage" "images" {
  service_name = local.project
  region_name  = "GRA"
  name         = "hub-images"
  owner_id     = ovh_cloud_project_user_s3_credential.images[0].user_id
  versioning   = { status = var.stage >= 2 ? "enabled" : "disabled" }
}

resource "ovh_cloud_project_user_s3_policy" "images" {
  service_name = local.project
  user_id      = ovh_cloud_project_user.images.id
  policy = jsonencode({
    Statement = [{
      Sid      = "images"
      Effect   = "Allow"
      Action   = var.stage >= 2 ? ["s3:*"] : ["s3:GetObject"]
      Resource = ["arn:aws:s3:::${ovh_cloud_project_storage.images.name}/*"]
    }]
  })
}
