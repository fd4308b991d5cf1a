variable "url" {
  type        = string
  description = "The address of the Harbor."
  default     = "https://harbor.example.org"
}

variable "project_name" {
  type        = string
  description = "The project that holds the images: lower case letters, digits, `.`, `_` and `-`."
  default     = "binderhub"
}

variable "quota_gb" {
  type        = number
  description = "How many gigabytes the images may take; -1: as many as there is room for."
  default     = 100
}

variable "keep_days" {
  type        = number
  description = "How many days an image is kept that nobody pulls."
  default     = 30
}
