variable "docker_id" {
  type        = string
  description = "The namespace of the images; the account that is logged in where it is left away."
  default     = null
}

variable "image_prefix" {
  type        = string
  description = "How the names of all images begin."
  default     = "binder-"
}

variable "private" {
  type        = bool
  description = "Whether the declared repository is private. Those that a push makes are as the account has it."
  default     = false
}

variable "token_label" {
  type        = string
  description = "What the token is called at Docker Hub."
  default     = "binderhub"
}

variable "expires_at" {
  type        = string
  description = "When the token ends, such as 2027-01-01T00:00:00Z; never where it is left away."
  default     = null
}
