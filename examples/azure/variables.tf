variable "location" {
  type        = string
  description = "The Azure region."
  default     = "westeurope"
}

variable "resource_group_name" {
  type        = string
  description = "The resource group that holds the registry."
  default     = "binderhub"
}

variable "registry_name" {
  type        = string
  description = "The name of the registry: 5 to 50 letters and digits, unique in all of Azure."
  default     = "binderhubimages"

  validation {
    condition     = can(regex("^[a-zA-Z0-9]{5,50}$", var.registry_name))
    error_message = "A registry name has 5 to 50 letters and digits."
  }
}
