variable "project" {
  type        = string
  description = "The id of the project. Without one, GOOGLE_PROJECT names it."
  default     = null
}

variable "region" {
  type        = string
  description = "Where the repository is: a region such as `us-central1`, or `us`, `europe`, `asia`."
  default     = "us-central1"
}

variable "repository" {
  type        = string
  description = "The id of the repository: small letters, digits and hyphens."
  default     = "binderhub"
}

variable "rotation" {
  type        = string
  description = "Change it to get a new key."
  default     = "1"
}
