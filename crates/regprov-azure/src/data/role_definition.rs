//! `azurerm_role_definition`: a role.

use super::{absent, named};
use crate::client::Client;
use crate::fields::object_types;
use crate::roles::{self, Definition, Permission};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const EITHER: &[&str] = &["name", "role_definition_id"];

/// A role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RoleDefinitionData {
    /// Its name.
    #[schema(optional, exactly_one_of = EITHER)]
    name: Computed<String>,
    /// Its id, a UUID.
    #[schema(optional, exactly_one_of = EITHER, rules = &[Rule::Uuid])]
    role_definition_id: Computed<String>,
    /// Where it is looked for.
    scope: Option<String>,
    /// What it is for.
    description: Computed<String>,
    /// Whether it is built in.
    r#type: Computed<String>,
    /// What it allows.
    permissions: Computed<Vec<PermissionData>>,
    /// Where it can be given.
    assignable_scopes: Computed<Vec<String>>,
    /// Its whole id.
    role_definition_resource_id: Computed<String>,
    /// Its whole id.
    #[schema(optional)]
    id: Computed<String>,
}

/// What a role allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct PermissionData {
    /// Actions of the control plane.
    actions: Option<Vec<String>>,
    /// Except these.
    not_actions: Option<Vec<String>>,
    /// Actions on data.
    data_actions: Option<BTreeSet<String>>,
    /// Except these.
    not_data_actions: Option<BTreeSet<String>>,
    /// A condition.
    condition: Option<String>,
    /// The version of the condition's language.
    condition_version: Option<String>,
}

object_types!(PermissionData);

impl From<Permission> for PermissionData {
    fn from(permission: Permission) -> Self {
        Self {
            actions: Some(permission.actions),
            not_actions: Some(permission.not_actions),
            data_actions: Some(permission.data_actions.into_iter().collect()),
            not_data_actions: Some(permission.not_data_actions.into_iter().collect()),
            condition: Some(permission.condition.unwrap_or_default()),
            condition_version: Some(permission.condition_version.unwrap_or_default()),
        }
    }
}

impl DataSource for RoleDefinitionData {
    const TYPE: &'static str = "azurerm_role_definition";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let scope = config.scope.clone().unwrap_or_default();
        let by = named(&[
            ("name", config.name.get()),
            ("role_definition_id", config.role_definition_id.get()),
        ])?;
        let role: Option<Definition> = match by {
            ("name", name) => client.roles_named(&scope, name).await?.into_iter().next(),
            (_, id) => client.role(&scope, roles::guid(id)).await?,
        };
        let role = role.ok_or_else(|| absent("role", by.1, by.0))?;
        // Azure RM 4 gave the whole id where the role was looked up by its name.
        let whole = client.major < 5 && by.0 == "name";
        Ok(Self {
            role_definition_id: Computed::known(if whole { role.id.clone() } else { role.name }),
            name: Computed::known(role.properties.role_name),
            scope: config.scope,
            description: Computed::known(role.properties.description.unwrap_or_default()),
            r#type: Computed::known(role.properties.kind),
            permissions: Computed::known(role.properties.permissions.into_iter().map(Into::into).collect()),
            assignable_scopes: Computed::known(role.properties.assignable_scopes),
            role_definition_resource_id: Computed::known(role.id.clone()),
            id: Computed::known(role.id),
        })
    }
}
