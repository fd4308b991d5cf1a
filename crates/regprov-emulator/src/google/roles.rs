//! Roles: the ones that Google has, and what they permit.

mod predefined;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use crate::store::Transaction;
use predefined::FURTHER;

pub(super) use predefined::{PREDEFINED, Predefined};

/// Custom roles by `projects/{project}/roles/{id}`.
pub(super) const CUSTOM: &str = "google/custom_roles";

/// A custom role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CustomRole {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) permissions: Vec<String>,
    pub(super) stage: String,
    pub(super) etag: String,
    pub(super) soft_deleted_at: Option<jiff::Timestamp>,
}

/// The services all of whose roles are named above; of other services any name of the right form is taken.
const WHOLE: [&str; 5] = [
    "artifactregistry",
    "iam",
    "resourcemanager",
    "serviceusage",
    "storage",
];

/// The predefined role of a name.
pub(super) fn predefined(name: &str) -> Option<&'static Predefined> {
    PREDEFINED.iter().find(|role| role.name == name)
}

/// Whether a role gives a permission.
pub(super) fn gives(tx: &Transaction, role: &str, permission: &str) -> bool {
    if let Some(role) = predefined(role) {
        return predefined_gives(role, permission);
    }
    tx.get::<CustomRole>(CUSTOM, role).is_some_and(|role| {
        role.soft_deleted_at.is_none()
            && role.stage != "DISABLED"
            && role.permissions.iter().any(|held| held == permission)
    })
}

fn predefined_gives(role: &Predefined, permission: &str) -> bool {
    let given = role
        .permissions
        .iter()
        .any(|pattern| match pattern.strip_prefix('+') {
            Some(other) => predefined(other).is_some_and(|other| predefined_gives(other, permission)),
            None => matches(pattern, permission),
        });
    given && !role.except.iter().any(|pattern| matches(pattern, permission))
}

fn matches(pattern: &str, permission: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            permission.len() >= start.len() + end.len()
                && permission.starts_with(start)
                && permission.ends_with(end)
        }
        None => pattern == permission,
    }
}

/// That a role exists, and may be given on an object.
pub(super) fn check(tx: &Transaction, role: &str, resource: &str) -> Result<(), Failure> {
    let unknown = || Failure::invalid(format!("Role {role} is not supported for this resource."));
    if let Some(rest) = role.strip_prefix("projects/") {
        let (project, _) = rest.split_once('/').ok_or_else(unknown)?;
        let custom: CustomRole = tx.get(CUSTOM, role).ok_or_else(|| {
            Failure::invalid(format!(
                "Role ({role}) does not exist in the resource's hierarchy."
            ))
        })?;
        let within = resource.split('/').nth(1) == Some(project) || resource.starts_with("b/");
        return match custom.soft_deleted_at {
            None if within => Ok(()),
            None => Err(Failure::invalid(format!(
                "Role ({role}) does not exist in the resource's hierarchy."
            ))),
            Some(_) => Err(Failure::invalid(format!("Role {role} was deleted."))),
        };
    }
    if role.starts_with("organizations/") {
        return Ok(());
    }
    if is_google(role) { Ok(()) } else { Err(unknown()) }
}

/// Whether a role is one of Google's, as far as the sandbox knows: those of services that it does not have are not counted.
pub(super) fn is_google(role: &str) -> bool {
    if predefined(role).is_some() || FURTHER.contains(&role) {
        return true;
    }
    let parts = role.strip_prefix("roles/").and_then(|name| name.split_once('.'));
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
    };
    parts.is_some_and(|(service, title)| !WHOLE.contains(&service) && plain(service) && plain(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_gives_what_the_role_that_it_extends_gives() {
        let gives = |role: &str, permission: &str| predefined_gives(predefined(role).unwrap(), permission);
        let upload = "artifactregistry.repositories.uploadArtifacts";
        assert!(gives("roles/artifactregistry.createOnPushRepoAdmin", upload));
        assert!(gives("roles/artifactregistry.admin", upload));
        assert!(!gives("roles/artifactregistry.reader", upload));
        assert!(gives("roles/editor", upload));
        assert!(!gives("roles/editor", "resourcemanager.projects.setIamPolicy"));
        assert!(gives("roles/viewer", "iam.serviceAccounts.get"));
        assert!(!gives("roles/storage.admin", upload));
    }
}
