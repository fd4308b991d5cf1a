variable "project" {
  type        = string
  description = "The id of the project. Without one, GOOGLE_PROJECT names it."
  default     = null
}

variable "storage_admin" {
  type        = bool
  description = "Whether the service account gets the role Storage Admin, as older guides say. Pushing no longer needs it."
  default     = false
}
