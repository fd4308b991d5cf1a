//! What a client may do: role assignments, scope maps, the admin user, anonymous pull.

use std::collections::BTreeMap;

use super::Plane;
use super::identity::{Identity, registry_token};
use crate::azure::arm::authorization::{allows, allows_data};
use crate::azure::arm::container_registry_child::Child;
use crate::azure::arm::container_registry_scope_map as scope_map;
use crate::oci::{Access, Rights};

/// Every access to a repository.
pub(super) const ALL: [Access; 5] = [
    Access::Pull,
    Access::Push,
    Access::Delete,
    Access::MetadataRead,
    Access::MetadataWrite,
];

/// Accesses by repository; the empty name is the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Granted(BTreeMap<String, Vec<Access>>);

impl Granted {
    /// Adds accesses to a repository, or to the catalogue.
    pub(super) fn add(&mut self, repository: Option<&str>, accesses: impl IntoIterator<Item = Access>) {
        self.0
            .entry(repository.unwrap_or_default().to_owned())
            .or_default()
            .extend(accesses);
    }
}

impl Rights for Granted {
    fn allows(&self, repository: Option<&str>, access: Access) -> bool {
        self.0
            .get(repository.unwrap_or_default())
            .is_some_and(|held| held.contains(&access))
    }
}

/// What an identity may do now with some repositories, and with the catalogue.
pub(super) fn live<'a>(
    plane: &Plane<'_>,
    identity: &Identity,
    repositories: impl Iterator<Item = &'a str>,
) -> Granted {
    let mut granted = Granted::default();
    if catalog(plane, identity) {
        granted.add(None, [Access::Catalog]);
    }
    for repository in repositories {
        granted.add(Some(repository), on(plane, identity, repository));
    }
    granted
}

/// What an identity may do now with a repository.
pub(super) fn on(plane: &Plane<'_>, identity: &Identity, repository: &str) -> Vec<Access> {
    if !identity.is_active(plane) {
        return Vec::new();
    }
    match identity {
        Identity::Admin => ALL.to_vec(),
        Identity::Anonymous => vec![Access::Pull, Access::MetadataRead],
        Identity::Principal { object_id } => ALL
            .into_iter()
            .filter(|access| principal_may(plane, object_id, *access, repository))
            .collect(),
        Identity::Token(name) => by_scope_map(plane, name, repository),
    }
}

/// Whether an identity may list the repositories now.
pub(super) fn catalog(plane: &Plane<'_>, identity: &Identity) -> bool {
    match identity {
        Identity::Admin => identity.is_active(plane),
        Identity::Principal { object_id } => {
            identity.is_active(plane) && {
                if is_abac(plane) {
                    let action = "Microsoft.ContainerRegistry/registries/catalog/read";
                    allows_data(plane.tx, object_id, action, (&plane.registry.id, None))
                } else {
                    allows(
                        plane.tx,
                        object_id,
                        "Microsoft.ContainerRegistry/registries/pull/read",
                        &plane.registry.id,
                    )
                }
            }
        }
        Identity::Token(_) | Identity::Anonymous => false,
    }
}

fn is_abac(plane: &Plane<'_>) -> bool {
    plane.registry.text("roleAssignmentMode") == "AbacRepositoryPermissions"
}

fn principal_may(plane: &Plane<'_>, object_id: &str, access: Access, repository: &str) -> bool {
    let registry = &plane.registry.id;
    if is_abac(plane) {
        let action = match access {
            Access::Pull => "content/read",
            Access::Push => "content/write",
            Access::Delete => "content/delete",
            Access::MetadataRead => "metadata/read",
            Access::MetadataWrite => "metadata/write",
            Access::Catalog => return false,
        };
        let action = format!("Microsoft.ContainerRegistry/registries/repositories/{action}");
        return allows_data(plane.tx, object_id, &action, (registry, Some(repository)));
    }
    let action = match access {
        Access::Pull | Access::MetadataRead => "pull/read",
        Access::Push | Access::MetadataWrite => "push/write",
        Access::Delete => "artifacts/delete",
        Access::Catalog => return false,
    };
    allows(
        plane.tx,
        object_id,
        &format!("Microsoft.ContainerRegistry/registries/{action}"),
        registry,
    )
}

fn by_scope_map(plane: &Plane<'_>, token: &str, repository: &str) -> Vec<Access> {
    let Some(token) = registry_token(plane, token) else {
        return Vec::new();
    };
    let name = token.text("scopeMapId").rsplit('/').next().unwrap_or_default();
    let map = Child::ScopeMap.named(plane.tx, &plane.registry, name);
    scope_map::actions_of(map.as_ref(), name)
        .iter()
        .filter_map(|action| scope_map::parse_action(action))
        .filter(|(pattern, _)| scope_map::covers(pattern, repository))
        .filter_map(|(_, verb)| match verb {
            "content/read" => Some(Access::Pull),
            "content/write" => Some(Access::Push),
            "content/delete" => Some(Access::Delete),
            "metadata/read" => Some(Access::MetadataRead),
            "metadata/write" => Some(Access::MetadataWrite),
            _ => None,
        })
        .collect()
}
