# What generated expressions refer to.
variable "number" {
  type    = number
  default = 4
}
variable "text" {
  type    = string
  default = "from-variable"
}
variable "flag" {
  type    = bool
  default = true
}
variable "list" {
  type    = list(string)
  default = ["p", "q", "q"]
}
variable "numbers" {
  type    = list(number)
  default = [8, "9", 10.5]
}
variable "set" {
  type    = set(string)
  default = ["z", "y"]
}
variable "map" {
  type    = map(string)
  default = { a = "1", c = 2 }
}
variable "object" {
  type = object({
    a  = string
    b  = optional(number, 3)
    ok = optional(bool)
  })
  default = { a = "obj" }
}
variable "nested" {
  type = object({
    a = optional(object({ x = optional(string, "deep"), y = optional(list(number), [1]) }), {})
    b = optional(map(string), {})
  })
  default = {}
}
variable "objects" {
  type    = list(object({ id = number, name = optional(string, "none"), tags = optional(list(string), []) }))
  default = [{ id = 1 }, { id = 2, name = "two", tags = ["t"] }]
}
variable "secret" {
  type      = string
  default   = "hunter2"
  sensitive = true
}
resource "terraform_data" "one" {
  input = "one"
}
resource "terraform_data" "many" {
  count = 2
  input = count.index
}
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = each.key
}
locals {
  number         = 6
  text           = "local text"
  yes            = true
  list           = ["l1", "l2", "l3"]
  numbers        = [5, 4, 3]
  set            = toset(["s1", "s2"])
  map            = { a = "m1", b = "m2" }
  object         = { a = "o", b = 2, ok = true, inner = { list = [1, 2] } }
  objects        = [{ id = 1, name = "n1", tags = ["x", "y"] }, { id = 2, name = "n2", tags = [] }]
  secret         = sensitive("pa55")
  secret_bool    = sensitive(true)
  secret_list    = ["open", sensitive("closed")]
  secret_map     = { a = sensitive("m"), b = "open" }
  unknown_id     = terraform_data.one.id
  unknown_number = length(split("-", terraform_data.one.id))
  unknown_bool   = terraform_data.one.id == "x"
  unknown_list   = split("-", terraform_data.one.id)
  unknown_set    = toset(split("-", terraform_data.one.id))
  unknown_map    = tomap({ for part in split("-", terraform_data.one.id) : part => part })
  prefixed       = "pre-${terraform_data.one.id}"
  part_known     = ["a", terraform_data.one.id]
  part_object    = { a = terraform_data.one.id, b = "known", ok = terraform_data.one.id == "x" }
}
