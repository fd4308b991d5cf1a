//! Roles as the API tells them: those of Google's, and those that a project made.

use serde::Deserialize;
use serde_json::{Value, json};

use super::context::{Ask, Google, Reply, pruned};
use super::failure::Failure;
use super::policy;
use super::project::{self, Project};
use super::roles::{self, CUSTOM, CustomRole};
use crate::answer::Answer;

const STAGES: [&str; 6] = ["ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateRequest {
    #[serde(default)]
    role_id: String,
    #[serde(default)]
    role: Written,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    title: String,
    description: String,
    included_permissions: Vec<String>,
    stage: String,
    etag: String,
    name: String,
    deleted: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UndeleteRequest {
    etag: String,
}

fn refused(permission: &str, resource: &str) -> Failure {
    let message =
        format!("You don't have permission to {permission} on resource {resource} (or it may not exist).");
    Failure::denied(message)
}

fn check(written: &Written) -> Result<(), Failure> {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_')
    };
    let valid = |text: &str| text.split('.').count() >= 3 && text.split('.').all(plain);
    if let Some(wrong) = written.included_permissions.iter().find(|text| !valid(text)) {
        return Err(Failure::invalid(format!("Permission {wrong} is not valid.")));
    }
    if !written.stage.is_empty() && !STAGES.contains(&written.stage.as_str()) {
        return Err(Failure::invalid_field(
            "role.stage",
            &format!("Invalid value at 'role.stage', \"{}\"", written.stage),
        ));
    }
    if written.title.chars().count() > 100 || written.description.chars().count() > 300 {
        return Err(Failure::invalid(
            "The title is longer than 100 characters, or the description longer than 300.",
        ));
    }
    Ok(())
}

fn body(role: &CustomRole, full: bool) -> Value {
    let permissions: &[String] = if full { &role.permissions } else { &[] };
    pruned(json!({
        "name": role.name, "title": role.title, "description": role.description, "stage": role.stage,
        "etag": role.etag, "includedPermissions": permissions, "deleted": role.soft_deleted_at.is_some(),
    }))
}

fn predefined(role: &roles::Predefined) -> Value {
    let exact = |text: &&&str| !text.contains('*') && !text.starts_with('+');
    let permissions: Vec<&&str> = role.permissions.iter().filter(exact).collect();
    json!({ "name": role.name, "title": role.title, "stage": "GA", "etag": "AA==", "includedPermissions": permissions })
}

/// Answers what stands below `roles`.
pub(super) fn of_google(google: &mut Google<'_>, (ask, rest): (&Ask, &[&str])) -> Reply {
    match (ask.method, rest) {
        ("GET", []) => {
            let all = roles::PREDEFINED.iter().map(predefined).collect();
            google.list("roles", all, 1000)
        }
        ("GET", [id]) => {
            let name = format!("roles/{id}");
            if let Some(role) = roles::predefined(&name) {
                return Ok(Answer::json(200, &predefined(role)));
            }
            if !roles::is_google(&name) {
                return Err(Failure::absent(format!("The role named {name} was not found.")));
            }
            // What it permits is no concern of the sandbox.
            Ok(Answer::json(
                200,
                &json!({ "name": name, "title": id, "stage": "GA", "etag": "AA==" }),
            ))
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

/// Answers what stands below `projects/{project}/roles`.
pub(super) fn of_project(google: &mut Google<'_>, project: &str, (ask, rest): (&Ask, &[&str])) -> Reply {
    let permission = match (ask.method, rest, ask.verb.as_deref()) {
        ("GET", [], None) => "iam.roles.list",
        ("GET", [_], None) => "iam.roles.get",
        ("POST", [], None) => "iam.roles.create",
        ("PATCH", [_], None) => "iam.roles.update",
        ("DELETE", [_], None) => "iam.roles.delete",
        ("POST", [_], Some("undelete")) => "iam.roles.undelete",
        _ => return Err(Failure::unknown(google.call)),
    };
    let path = format!("projects/{project}");
    let project = project::named(google.tx, project).ok_or_else(|| refused(permission, &path))?;
    if !google.may(permission, &format!("projects/{}", project.id)) {
        return Err(refused(permission, &path));
    }
    google.api_is_on("iam.googleapis.com", &project)?;
    match (ask.method, rest) {
        ("GET", []) => list(google, &project),
        ("POST", []) => create(google, &project),
        (method, [id]) => {
            let name = format!("projects/{}/roles/{id}", project.id);
            let found: Option<CustomRole> = google.tx.get(CUSTOM, &name);
            let role =
                found.ok_or_else(|| Failure::absent(format!("The role named {name} was not found.")))?;
            one(google, (method, role))
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn list(google: &mut Google<'_>, project: &Project) -> Reply {
    let all: Vec<(String, CustomRole)> = google.tx.scan(CUSTOM, &format!("projects/{}/roles/", project.id));
    let deleted = google.call.query("showDeleted") == Some("true");
    let full = google.call.query("view") == Some("FULL");
    let bodies = all
        .iter()
        .filter(|(_, role)| deleted || role.soft_deleted_at.is_none())
        .map(|(_, role)| body(role, full))
        .collect();
    google.list("roles", bodies, 1000)
}

fn etag(google: &mut Google<'_>) -> String {
    let draw: [u8; 6] = google.tx.draw().bytes();
    policy::etag_of(&hex::encode(draw))
}

fn create(google: &mut Google<'_>, project: &Project) -> Reply {
    let request: CreateRequest = google.body()?;
    let id = &request.role_id;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    if !(3..=64).contains(&id.len()) || !id.chars().all(plain) {
        return Err(Failure::invalid_field(
            "role_id",
            &format!("The role_id \"{id}\" must match [a-zA-Z0-9_\\.]{{3,64}}."),
        ));
    }
    check(&request.role)?;
    let name = format!("projects/{}/roles/{id}", project.id);
    if let Some(role) = google.tx.get::<CustomRole>(CUSTOM, &name) {
        return Err(match role.soft_deleted_at {
            Some(_) => Failure::precondition(format!(
                "You can't create a role with role_id ({id}) where there is an existing role with that role_id in a deleted state."
            )),
            None => Failure::exists(format!(
                "A role named {id} in projects/{} already exists.",
                project.id
            )),
        });
    }
    let written = request.role;
    tracing::trace!(name = written.name, deleted = written.deleted, "a role is made");
    let role = CustomRole {
        name: name.clone(),
        title: written.title,
        description: written.description,
        permissions: written.included_permissions,
        stage: if written.stage == "ALPHA" {
            String::new()
        } else {
            written.stage
        },
        etag: etag(google),
        soft_deleted_at: None,
    };
    google.tx.put(CUSTOM, &name, &role);
    Ok(Answer::json(200, &body(&role, true)))
}

fn one(google: &mut Google<'_>, (method, mut role): (&str, CustomRole)) -> Reply {
    let stale = |etag: &str| !etag.is_empty() && !policy::same_etag(etag, &role.etag);
    match method {
        "GET" => return Ok(Answer::json(200, &body(&role, true))),
        "DELETE" => {
            if stale(google.call.query("etag").unwrap_or_default()) {
                return Err(Failure::aborted("There were concurrent changes of the role."));
            }
            if role.soft_deleted_at.is_some() {
                return Err(Failure::precondition(format!(
                    "You can't delete role_id ({}) because it is deleted already.",
                    role.name
                )));
            }
            role.soft_deleted_at = Some(google.tx.now());
        }
        "PATCH" => {
            let written: Written = google.body()?;
            check(&written)?;
            if stale(&written.etag) {
                return Err(Failure::aborted("There were concurrent changes of the role."));
            }
            if role.soft_deleted_at.is_some() {
                return Err(Failure::precondition(format!(
                    "You can't update role_id ({}) because it is deleted.",
                    role.name
                )));
            }
            let all = || {
                ["title", "description", "includedPermissions", "stage"]
                    .map(str::to_owned)
                    .to_vec()
            };
            for path in google.mask(None).unwrap_or_else(all) {
                match path.as_str() {
                    "title" => role.title.clone_from(&written.title),
                    "description" => role.description.clone_from(&written.description),
                    "includedPermissions" => role.permissions.clone_from(&written.included_permissions),
                    "stage" => {
                        role.stage = if written.stage == "ALPHA" {
                            String::new()
                        } else {
                            written.stage.clone()
                        }
                    }
                    other => return Err(Failure::invalid(format!("The field {other} cannot be updated."))),
                }
            }
        }
        _ => {
            let request: UndeleteRequest = google.body()?;
            if stale(&request.etag) {
                return Err(Failure::aborted("There were concurrent changes of the role."));
            }
            if role.soft_deleted_at.take().is_none() {
                return Err(Failure::precondition(format!(
                    "You can't undelete role_id ({}) because it is not deleted.",
                    role.name
                )));
            }
        }
    }
    role.etag = etag(google);
    google.tx.put(CUSTOM, &role.name, &role);
    Ok(Answer::json(200, &body(&role, true)))
}
