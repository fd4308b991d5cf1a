variable "org_name" {
  type        = string
  description = "The organization. It is made at https://app.docker.com, with its plan."
  default     = "my-hub-org"
}

variable "team_name" {
  type        = string
  description = "The team that looks after the images."
  default     = "binderhub"
}

variable "image_prefix" {
  type        = string
  description = "How the names of all images begin."
  default     = "binder-"
}

variable "expires_at" {
  type        = string
  description = "When the tokens end, such as 2027-01-01T00:00:00Z; never where it is left away."
  default     = null
}
