# What belongs to a project of a Harbor: rules, labels, calls to others, people.

variable "stage" {
  type = number
}

resource "harbor_project" "app" {
  name                   = "app"
  vulnerability_scanning = var.stage < 2
}

resource "harbor_label" "app" {
  name        = var.stage >= 2 ? "ready" : "new"
  description = "says whether it may be used"
  project_id  = harbor_project.app.id
}

resource "harbor_immutable_tag_rule" "app" {
  project_id    = harbor_project.app.id
  repo_matching = "**"
  tag_matching  = var.stage >= 2 ? "release-*" : "v*"
}

resource "harbor_project_webhook" "app" {
  project_id   = harbor_project.app.id
  name         = "pushed"
  address      = "https://hooks.example.com/pushed"
  notify_type  = "http"
  events_types = ["PUSH_ARTIFACT"]
  auth_header  = var.stage >= 3 ? "second secret" : "first secret"
  enabled      = var.stage < 2
}

resource "harbor_retention_policy" "app" {
  scope    = harbor_project.app.id
  schedule = var.stage >= 2 ? "daily" : "weekly"

  rule {
    n_days_since_last_pull = 30
    repo_matching          = "**"
    tag_matching           = "**"
  }
}

resource "harbor_user" "bob" {
  username  = "bob"
  password  = var.stage >= 3 ? "Second12345" : "First12345"
  full_name = var.stage >= 2 ? "Bob B." : "Bob"
  email     = "bob@example.org"
  admin     = var.stage >= 2
}

resource "harbor_project_member_user" "bob" {
  project_id = harbor_project.app.id
  user_name  = harbor_user.bob.username
  role       = var.stage >= 2 ? "maintainer" : "developer"
}

resource "harbor_group" "staff" {
  group_name = "staff"
  group_type = 2
}

resource "harbor_project_member_group" "staff" {
  project_id = harbor_project.app.id
  group_name = harbor_group.staff.group_name
  type       = "internal"
  role       = var.stage >= 2 ? "developer" : "guest"
}
