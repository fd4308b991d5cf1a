variable "endpoint" {
  type        = string
  description = "The API of OVHcloud: `ovh-eu`, `ovh-ca` or `ovh-us`, by the kind of account."
  default     = "ovh-eu"
}

variable "service_name" {
  type        = string
  description = "The id of the Public Cloud project. Without one, OVH_CLOUD_PROJECT_SERVICE names it."
  default     = null
}

variable "region" {
  type        = string
  description = "The region of the registry."
  default     = "GRA"
}

variable "plan" {
  type        = string
  description = "The plan of the registry: `SMALL`, `MEDIUM` or `LARGE`. A registry can grow, and never shrink."
  default     = "SMALL"
}

variable "registry_name" {
  type        = string
  description = "The name of the registry."
  default     = "binderhub"
}

variable "admin_email" {
  type        = string
  description = "The address of whoever looks after the registry."
  default     = "registry@example.org"
}

variable "project_name" {
  type        = string
  description = "The project of the Harbor that holds the images: lower case letters, digits, `.`, `_` and `-`."
  default     = "binderhub"
}

variable "quota_gb" {
  type        = number
  description = "How many gigabytes the images may take."
  default     = 150
}
