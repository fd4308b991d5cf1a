//! Role definitions: the built-in ones that matter for registries, and the rest by asking.

use crate::client::{Ask, Client, quoted};
use regprov_provider::Error;
use serde::Deserialize;

/// The api-version of role definitions.
pub(crate) const VERSION: &str = "2022-05-01-preview";

/// A built-in role: its name, its id, what it allows at a registry.
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    pub(crate) guid: &'static str,
    pub(crate) power: Power,
}

/// What a role allows at a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    /// Nothing about images.
    None,
    /// To pull; only where roles are for the whole registry.
    Pull,
    /// To pull and push; only where roles are for the whole registry.
    Push,
    /// To delete; only where roles are for the whole registry.
    Delete,
    /// To pull; only where roles can be limited to repositories.
    RepositoryPull,
    /// To pull and push; only where roles can be limited to repositories.
    RepositoryPush,
    /// To pull, push and delete; only where roles can be limited to repositories.
    RepositoryDelete,
    /// Everything about the registry, the images included where roles are for the whole registry.
    Everything,
}

const fn role(name: &'static str, guid: &'static str, power: Power) -> BuiltIn {
    BuiltIn { name, guid, power }
}

/// The built-in roles, the same in every tenant.
pub(crate) const BUILT_IN: &[BuiltIn] = &[
    role("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d", Power::Pull),
    role("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec", Power::Push),
    role("AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11", Power::Delete),
    role(
        "AcrImageSigner",
        "6cef56e8-d556-48e5-a04f-b8e64114680f",
        Power::None,
    ),
    role(
        "AcrQuarantineReader",
        "cdda3590-29a3-44f6-95f2-9f980659eb04",
        Power::None,
    ),
    role(
        "AcrQuarantineWriter",
        "c8d4ff99-41c3-41a8-9f60-21dfdad59608",
        Power::None,
    ),
    role(
        "Container Registry Repository Reader",
        "b93aa761-3e63-49ed-ac28-beffa264f7ac",
        Power::RepositoryPull,
    ),
    role(
        "Container Registry Repository Writer",
        "2a1e307c-b015-4ebd-883e-5b7698a07328",
        Power::RepositoryPush,
    ),
    role(
        "Container Registry Repository Contributor",
        "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
        Power::RepositoryDelete,
    ),
    role(
        "Container Registry Repository Catalog Lister",
        "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
        Power::None,
    ),
    role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", Power::Pull),
    role(
        "Contributor",
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        Power::Everything,
    ),
    role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", Power::Everything),
    role(
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        Power::None,
    ),
];

/// The built-in role of this name, in any case.
pub(crate) fn named(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|role| role.name.eq_ignore_ascii_case(name))
}

/// The built-in role with this id: a GUID, or a path that ends with it.
pub(crate) fn with_guid(id: &str) -> Option<&'static BuiltIn> {
    BUILT_IN
        .iter()
        .find(|role| role.guid.eq_ignore_ascii_case(guid(id)))
}

/// The GUID at the end of a role definition's id.
pub(crate) fn guid(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// A role definition.
#[derive(Clone, Deserialize)]
pub(crate) struct Definition {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) properties: Properties,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Properties {
    #[serde(default)]
    pub(crate) role_name: String,
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) assignable_scopes: Vec<String>,
    #[serde(default)]
    pub(crate) permissions: Vec<Permission>,
}

/// What a role allows.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Permission {
    pub(crate) actions: Vec<String>,
    pub(crate) not_actions: Vec<String>,
    pub(crate) data_actions: Vec<String>,
    pub(crate) not_data_actions: Vec<String>,
    pub(crate) condition: Option<String>,
    pub(crate) condition_version: Option<String>,
}

impl Permission {
    /// Whether it allows an action of the control plane.
    pub(crate) fn allows(&self, action: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
        any(&self.actions) && !any(&self.not_actions)
    }
}

/// Whether a pattern with `*` fits an action, in any case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl Client {
    /// The role definitions of this name at a scope; there is one or none.
    pub(crate) async fn roles_named(&self, scope: &str, name: &str) -> Result<Vec<Definition>, Error> {
        let path = format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions",
            scope.trim_end_matches('/')
        );
        let filter = format!("roleName eq {}", quoted(name));
        let ask = Ask {
            path: &path,
            version: VERSION,
            operation: "look the role up",
        };
        self.arm.list(ask, &[("$filter", &filter)]).await
    }

    /// Every role definition at a scope.
    pub(crate) async fn all_roles(&self, scope: &str) -> Result<Vec<Definition>, Error> {
        let path = format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions",
            scope.trim_end_matches('/')
        );
        let ask = Ask {
            path: &path,
            version: VERSION,
            operation: "list the roles",
        };
        self.arm.list(ask, &[]).await
    }

    /// The role definition with this id.
    pub(crate) async fn role(&self, scope: &str, guid: &str) -> Result<Option<Definition>, Error> {
        let path = format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions/{guid}",
            scope.trim_end_matches('/')
        );
        self.arm
            .get(Ask {
                path: &path,
                version: VERSION,
                operation: "read the role",
            })
            .await
    }

    /// The name of a role: of a built-in one without asking, of others asked once.
    pub(crate) async fn role_name(&self, id: &str) -> Result<String, Error> {
        if let Some(role) = with_guid(id) {
            return Ok(role.name.to_owned());
        }
        let guid = guid(id).to_ascii_lowercase();
        if let Some(name) = self
            .role_names
            .lock()
            .expect("no holder of this lock panics")
            .get(&guid)
        {
            return Ok(name.clone());
        }
        let ask = Ask {
            path: id,
            version: VERSION,
            operation: "read the role",
        };
        let role: Option<Definition> = self.arm.get(ask).await?;
        let name = role.map(|role| role.properties.role_name).unwrap_or_default();
        self.role_names
            .lock()
            .expect("no holder of this lock panics")
            .insert(guid, name.clone());
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guids_of_the_roles_that_matter_are_the_documented_ones() {
        assert_eq!(
            named("acrpush").unwrap().guid,
            "8311e382-0749-4cb8-b61a-304f252e45ec"
        );
        let id = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/7F951DDA-4ed3-4680-a7ca-43fe172d538d";
        assert_eq!(with_guid(id).unwrap().name, "AcrPull");
    }

    #[test]
    fn permissions_are_patterns() {
        let contributor = Permission {
            actions: vec!["*".to_owned()],
            not_actions: vec!["Microsoft.Authorization/*/Write".to_owned()],
            ..Permission::default()
        };
        assert!(contributor.allows("Microsoft.ContainerRegistry/registries/write"));
        assert!(!contributor.allows("Microsoft.Authorization/roleAssignments/write"));
        let reader = Permission {
            actions: vec!["*/read".to_owned()],
            ..Permission::default()
        };
        assert!(reader.allows("a/read") && !reader.allows("a/write"));
    }
}
