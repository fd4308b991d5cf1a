//! Roles of users.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::ovh::failure;

/// Name, what it is called, its permission.
const ROLES: &[(&str, &str, &str)] = &[
    ("administrator", "Administrator", "*"),
    ("ai_training_operator", "AI Training Operator", "ai-training:*"),
    ("ai_training_read", "AI Training Reader", "ai-training:read"),
    ("authentication", "Authentication", "authentication:*"),
    ("backup_operator", "Backup Operator", "volume-backup:*"),
    ("compute_operator", "Compute Operator", "compute:*"),
    ("image_operator", "Image Operator", "image:*"),
    (
        "infrastructure_supervisor",
        "Infrastructure Supervisor",
        "infrastructure:read",
    ),
    ("network_operator", "Network Operator", "network:*"),
    (
        "network_security_operator",
        "Network Security Operator",
        "network-security:*",
    ),
    ("objectstore_operator", "ObjectStore Operator", "objectstore:*"),
    ("volume_operator", "Volume Operator", "volume:*"),
];

/// The id of a role follows from its name.
fn id(name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
        .simple()
        .to_string()
}

fn body((name, label, permission): &(&str, &str, &str)) -> Value {
    json!({ "id": id(name), "name": name, "description": label, "permissions": [permission] })
}

/// All roles.
pub(in crate::ovh) fn list() -> Value {
    let roles: Vec<Value> = ROLES.iter().map(body).collect();
    let services: Vec<Value> = ROLES
        .iter()
        .map(|(name, label, permission)| {
            json!({ "name": label, "permissions": [{ "label": permission, "roles": [name] }] })
        })
        .collect();
    json!({ "roles": roles, "services": services })
}

/// Roles by name, as the API writes them.
pub(super) fn bodies(names: &[String]) -> Vec<Value> {
    ROLES
        .iter()
        .filter(|(name, _, _)| names.iter().any(|wanted| wanted == name))
        .map(body)
        .collect()
}

/// Refuses names of roles that do not exist.
pub(super) fn check_names(names: &[String]) -> Result<(), Answer> {
    for name in names {
        if !ROLES.iter().any(|(known, _, _)| known == name) {
            return Err(failure::invalid(&format!(
                "[role] Given data ({name}) does not belong to the RoleEnum enumeration"
            )));
        }
    }
    Ok(())
}

/// The names of roles by their ids.
pub(super) fn of_ids(ids: &[String]) -> Result<Vec<String>, Answer> {
    ids.iter()
        .map(|wanted| {
            let found = ROLES.iter().find(|(name, _, _)| id(name) == *wanted);
            found
                .map(|(name, _, _)| (*name).to_owned())
                .ok_or_else(|| failure::invalid(&format!("[rolesIds] Given data ({wanted}) is not a role")))
        })
        .collect()
}
