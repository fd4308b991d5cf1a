//! What a robot account is asked to be, and whether it may be that.

use serde::Deserialize;

use super::{Access, Permission, Reach, Robot, full_name};
use crate::harbor::api::Api;
use crate::harbor::failure::Failure;
use crate::harbor::permission::{self, Kind};
use crate::harbor::project::{self, Project};
use crate::harbor::rows::Rows;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) level: String,
    pub(super) duration: Option<i64>,
    pub(super) disable: bool,
    pub(super) permissions: Vec<PermissionWish>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PermissionWish {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) access: Vec<Access>,
}

pub(super) fn refused(message: impl Into<String>) -> Failure {
    Failure::bad_request(message)
}

/// Refuses what no robot of this release can be.
pub(super) fn check(api: &Api<'_>, wish: &Wish, duration: i64) -> Result<(), Failure> {
    if duration != -1 && !(1..i64::from(i32::MAX)).contains(&duration) {
        return Err(refused(format!(
            "bad request error duration input: {duration}, duration must be either -1(Never) or a positive integer"
        )));
    }
    if !matches!(wish.level.as_str(), "system" | "project") {
        return Err(refused(format!("bad request error level input: {}", wish.level)));
    }
    if wish.permissions.is_empty() {
        return Err(refused("bad request empty permission"));
    }
    if wish
        .permissions
        .iter()
        .any(|permission| permission.access.is_empty())
    {
        return Err(refused("bad request empty access"));
    }
    if wish.level == "project" && wish.permissions.len() > 1 {
        return Err(refused("bad request permission"));
    }
    if !api.instance.version.has(2, 10) {
        return Ok(());
    }
    for permission in &wish.permissions {
        let kind = match permission.kind.as_str() {
            "system" => Kind::System,
            "project" => Kind::Project,
            other => return Err(refused(format!("bad request permission level: {other}"))),
        };
        let grantable = permission::grantable(&api.instance.version, kind);
        for access in &permission.access {
            if !grantable.contains(&(access.resource.as_str(), access.action.as_str())) {
                return Err(refused(format!(
                    "bad request permission: {}:{}",
                    access.resource, access.action
                )));
            }
        }
    }
    Ok(())
}

/// The permissions of a wish, with projects by id.
pub(super) fn resolved(rows: &Rows<'_>, wish: &[PermissionWish]) -> Result<Vec<Permission>, Failure> {
    let mut permissions: Vec<Permission> = Vec::new();
    for permission in wish {
        let reach = match (permission.kind.as_str(), permission.namespace.as_str()) {
            ("system", "/") => Reach::System,
            ("system", _) => return Err(refused("unknown namespace")),
            ("project", "*") => Reach::AllProjects,
            ("project", name) => Reach::Project(project_of(rows, name)?.id),
            _ => return Err(refused("unknown robot kind")),
        };
        // What is granted in one place is one permission, however often it is written.
        match permissions.iter_mut().find(|known| known.reach == reach) {
            Some(known) => known.access.extend(permission.access.iter().cloned()),
            None => permissions.push(Permission {
                reach,
                access: permission.access.clone(),
            }),
        }
    }
    for permission in &mut permissions {
        let mut seen: Vec<Access> = Vec::new();
        for access in &permission.access {
            if !seen.contains(access) {
                seen.push(access.clone());
            }
        }
        permission.access = seen;
    }
    Ok(permissions)
}

pub(super) fn project_of(rows: &Rows<'_>, name: &str) -> Result<Project, Failure> {
    project::by_name(rows, name).ok_or_else(|| Failure::not_found(format!("project {name} not found")))
}

/// Refuses a robot that would give another one more than it has.
pub(super) fn check_subset(api: &Api<'_>, creator: &Robot, wish: &[PermissionWish]) -> Result<(), Failure> {
    let refusal = || {
        Failure::denied(format!(
            "permission scope is invalid. It must be equal to or more restrictive than the creator robot's permissions: {}",
            full_name(&api.rows, creator)
        ))
    };
    for permission in wish {
        let reach = match permission.kind.as_str() {
            "system" => Some(Reach::System),
            _ => project::by_name(&api.rows, &permission.namespace).map(|project| Reach::Project(project.id)),
        };
        let held = creator
            .permissions
            .iter()
            .find(|held| Some(held.reach) == reach)
            .or_else(|| {
                let everywhere = permission.kind == "project";
                creator
                    .permissions
                    .iter()
                    .find(|held| everywhere && held.reach == Reach::AllProjects)
            })
            .ok_or_else(refusal)?;
        if permission
            .access
            .iter()
            .any(|access| !held.access.contains(access))
        {
            return Err(refusal());
        }
    }
    Ok(())
}
