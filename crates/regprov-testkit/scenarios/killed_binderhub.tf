# Beside `binderhub.tf`: what the account that pushes logs in with.

output "client" {
  value = harbor_robot_account.builder.full_name
}

output "password" {
  value     = harbor_robot_account.builder.secret
  sensitive = true
}
