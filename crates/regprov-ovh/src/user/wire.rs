//! Users of a project as the API writes them.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) status: String,
    pub(crate) creation_date: Option<String>,
    #[serde(default)]
    pub(crate) roles: Vec<Role>,
    #[serde(default)]
    pub(crate) password: Option<Zeroizing<String>>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) permissions: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Roles {
    pub(crate) roles: Vec<Role>,
}

#[derive(Serialize)]
pub(super) struct New<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<&'a [String]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetRoles {
    pub(super) roles_ids: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Openrc {
    pub(super) content: String,
}

/// A body without members.
#[derive(Serialize)]
pub(crate) struct Empty {}
