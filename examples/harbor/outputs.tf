output "usernames" {
  description = "The names to log in with."
  value       = { for name, robot in harbor_robot_account.robots : name => robot.full_name }
}

output "secrets" {
  description = "The secrets that go with them; sealed in the state."
  value       = { for name, robot in harbor_robot_account.robots : name => robot.secret }
  sensitive   = true
}
