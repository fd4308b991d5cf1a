variable "project" {
  type        = string
  description = "The id of the project. Without one, GOOGLE_PROJECT names it."
  default     = null
}

variable "region" {
  type        = string
  description = "Where the repository is."
  default     = "us-central1"
}

variable "repository" {
  type        = string
  description = "The repository at GitHub whose workflows may push: OWNER/NAME."
  default     = "example/images"
}
