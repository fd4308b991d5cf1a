//! Roles of users as objects of the schema, and the checks of their names.

use super::wire;
use crate::client::{Client, attribute};
use regprov_provider::{Error, ErrorKind, Finding, Partial};
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::{Type, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A role of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Role {
    /// What it is for.
    pub(crate) description: Computed<String>,
    /// Its id.
    pub(crate) id: Computed<String>,
    /// Its name.
    pub(crate) name: Computed<String>,
    /// What it allows.
    pub(crate) permissions: Computed<BTreeSet<String>>,
}

impl FieldType for Role {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl From<wire::Role> for Role {
    fn from(wire: wire::Role) -> Self {
        Self {
            description: Computed::known(wire.description.unwrap_or_default()),
            id: Computed::known(wire.id),
            name: Computed::known(wire.name),
            permissions: Computed::known(wire.permissions.into_iter().collect()),
        }
    }
}

/// The roles that a project knows.
async fn known(client: &Client, project: &str) -> Result<Vec<wire::Role>, Error> {
    let path = ["cloud", "project", project, "role"];
    let read: Option<wire::Roles> = client.api()?.get(&path, "list the roles of the project").await?;
    read.map(|read| read.roles)
        .ok_or_else(|| crate::container_registry::plan::no_project(project))
}

/// The ids of roles by their names.
pub(super) async fn ids(client: &Client, project: &str, names: &[&str]) -> Result<Vec<String>, Error> {
    let known = known(client, project).await?;
    names
        .iter()
        .map(|name| {
            let found = known.iter().find(|role| role.name == *name);
            found.map(|role| role.id.clone()).ok_or_else(|| {
                let message = format!("role \"{}\" does not exist", regprov_http::sanitize(name));
                Error::new(ErrorKind::Invalid(attribute("role_name")), message).remedy(choices(&known))
            })
        })
        .collect()
}

fn choices(known: &[wire::Role]) -> String {
    let names: Vec<&str> = known.iter().map(|role| role.name.as_str()).collect();
    format!("Roles are {}.", names.join(", "))
}

/// Roles that do not exist.
pub(super) async fn unknown(client: &Client, project: &str, desired: Partial<'_>) -> Vec<Finding> {
    let one = desired.text("role_name").map(|name| ("role_name", name));
    let many = desired
        .known("role_names")
        .and_then(Value::as_items)
        .unwrap_or_default();
    let many = many
        .iter()
        .filter_map(|name| Some(("role_names", name.as_str()?)));
    let asked: Vec<(&str, &str)> = one
        .into_iter()
        .chain(many)
        .filter(|(_, name)| !name.is_empty())
        .collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let Ok(known) = known(client, project).await else {
        return Vec::new();
    };
    let wrong = asked
        .into_iter()
        .filter(|(_, name)| !known.iter().any(|role| role.name == *name));
    wrong
        .map(|(argument, name)| Finding {
            fatal: true,
            path: attribute(argument),
            summary: "No such role".to_owned(),
            detail: format!("The role `{name}` does not exist."),
            remedy: Some(choices(&known)),
        })
        .collect()
}
