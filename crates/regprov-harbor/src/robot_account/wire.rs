//! Robot accounts as Harbor writes them.

use super::RobotAccount;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A robot account, as it is read. What is false or empty is left out.
#[derive(Deserialize)]
pub(crate) struct Robot {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) level: String,
    #[serde(default)]
    pub(crate) duration: i64,
    #[serde(default)]
    pub(crate) disable: bool,
    pub(super) creation_time: Option<String>,
    pub(super) permissions: Option<Vec<Permission>>,
}

#[derive(Deserialize)]
pub(super) struct Permission {
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) namespace: String,
    pub(super) access: Option<Vec<Access>>,
}

#[derive(Deserialize)]
pub(super) struct Access {
    #[serde(default)]
    pub(super) resource: String,
    #[serde(default)]
    pub(super) action: String,
    pub(super) effect: Option<String>,
}

/// What a creation tells.
#[derive(Deserialize)]
pub(super) struct Created {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) secret: Option<Zeroizing<String>>,
}

#[derive(PartialEq, Serialize)]
struct PermissionWrite<'a> {
    kind: &'a str,
    namespace: &'a str,
    access: Vec<AccessWrite<'a>>,
}

#[derive(PartialEq, Serialize)]
struct AccessWrite<'a> {
    resource: &'a str,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'a str>,
}

fn permissions(robot: &RobotAccount) -> Vec<PermissionWrite<'_>> {
    let permissions = robot.permissions.iter().map(|permission| PermissionWrite {
        kind: &permission.kind,
        namespace: &permission.namespace,
        access: permission
            .access
            .iter()
            .map(|access| AccessWrite {
                resource: &access.resource,
                action: &access.action,
                // Without an effect it is allowed.
                effect: access
                    .effect
                    .as_deref()
                    .filter(|effect| !matches!(*effect, "" | "allow")),
            })
            .collect(),
    });
    permissions.collect()
}

/// A POST.
#[derive(Serialize)]
pub(super) struct Create<'a> {
    name: &'a str,
    description: &'a str,
    level: &'a str,
    duration: i64,
    permissions: Vec<PermissionWrite<'a>>,
}

impl<'a> Create<'a> {
    pub(super) fn of(robot: &'a RobotAccount, description: &'a str) -> Self {
        Self {
            name: &robot.name,
            description,
            level: &robot.level,
            duration: robot.duration.unwrap_or(-1),
            permissions: permissions(robot),
        }
    }
}

/// A PUT: it names the account in full.
#[derive(PartialEq, Serialize)]
pub(super) struct Write<'a> {
    name: &'a str,
    description: &'a str,
    level: &'a str,
    disable: bool,
    duration: i64,
    permissions: Vec<PermissionWrite<'a>>,
}

impl<'a> Write<'a> {
    pub(super) fn of(robot: &'a RobotAccount, full_name: &'a str) -> Self {
        Self {
            name: full_name,
            description: robot.description.as_deref().unwrap_or_default(),
            level: &robot.level,
            disable: robot.disable.unwrap_or(false),
            duration: robot.duration.unwrap_or(-1),
            permissions: permissions(robot),
        }
    }
}

/// A PATCH.
#[derive(Serialize)]
pub(super) struct SecretWrite<'a> {
    pub(super) secret: &'a str,
}
