//! The roles of the members of a project.

use serde::Deserialize;

/// The roles by their names, each with its number.
const ROLES: &[(&str, i64)] = &[
    ("projectadmin", 1),
    ("developer", 2),
    ("guest", 3),
    ("maintainer", 4),
    ("limitedguest", 5),
];

/// The names of the roles.
pub(crate) const NAMES: &[&str] = &["projectadmin", "maintainer", "developer", "guest", "limitedguest"];

/// The number of a role.
pub(crate) fn number(name: &str) -> i64 {
    ROLES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(0, |(_, number)| *number)
}

/// The name of a role; the number where it has none.
pub(crate) fn name(number: i64) -> String {
    ROLES
        .iter()
        .find(|(_, known)| *known == number)
        .map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned())
}

/// A member as Harbor writes it.
#[derive(Deserialize)]
pub(crate) struct Member {
    #[serde(default)]
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) project_id: i64,
    #[serde(default)]
    pub(crate) entity_name: String,
    #[serde(default)]
    pub(crate) role_id: i64,
    #[serde(default)]
    pub(crate) entity_id: i64,
    #[serde(default)]
    pub(crate) entity_type: String,
    /// Of a group; it is read from the group.
    #[serde(skip)]
    pub(crate) group_type: Option<i64>,
}
