# A project of a Harbor, and accounts that push to it.

variable "stage" {
  type = number
}

resource "harbor_project" "images" {
  name          = "images"
  public        = var.stage >= 2
  storage_quota = var.stage >= 2 ? 20 : 10
}

# Harbor would choose its secret; regprov does. It is made anew with an overlap.
resource "harbor_robot_account" "builder" {
  name        = var.stage >= 3 ? "second-builder" : "first-builder"
  description = var.stage >= 2 ? "builds images" : null
  level       = "project"

  permissions {
    kind      = "project"
    namespace = harbor_project.images.name
    access {
      resource = "repository"
      action   = "push"
    }
    dynamic "access" {
      for_each = var.stage >= 2 ? ["pull"] : []
      content {
        resource = "repository"
        action   = access.value
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Its secret is written down, and changes in place.
resource "harbor_robot_account" "everywhere" {
  name    = "everywhere"
  level   = "system"
  disable = var.stage == 2
  secret  = var.stage >= 3 ? "Second12345" : "First12345"

  permissions {
    kind      = "project"
    namespace = "*"
    access {
      resource = "repository"
      action   = "pull"
    }
  }
}

# Its secret is stored nowhere.
resource "harbor_robot_account" "unwritten" {
  name              = "unwritten"
  level             = "project"
  secret_wo         = var.stage >= 3 ? "Fourth12345" : "Third12345"
  secret_wo_version = var.stage >= 3 ? 2 : 1

  permissions {
    kind      = "project"
    namespace = harbor_project.images.name
    access {
      resource = "repository"
      action   = "pull"
    }
  }
}
