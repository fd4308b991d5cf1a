//! The objects by what they are, as far as credentials need them.

use regprov_addr::InstanceAddress;
use regprov_provider::{CredentialObject, Partial};

/// An object of one type.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) address: &'a InstanceAddress,
    pub(super) object: Partial<'a>,
}

/// A registry that has a host.
pub(super) struct Registry<'a> {
    pub(super) address: &'a InstanceAddress,
    pub(super) object: Partial<'a>,
    pub(super) id: &'a str,
    pub(super) host: &'a str,
}

impl Registry<'_> {
    /// Whether roles are limited to repositories, so that those for the whole registry count for nothing.
    pub(super) fn is_abac(&self) -> bool {
        self.object.text("role_assignment_mode") == Some("AbacRepositoryPermissions")
    }
}

/// A principal: its object id and its client id.
pub(super) struct Principal<'a> {
    pub(super) object_id: &'a str,
    pub(super) client_id: &'a str,
}

/// The objects by what they are.
pub(super) struct Inventory<'a> {
    objects: &'a [CredentialObject<'a>],
    pub(super) registries: Vec<Registry<'a>>,
    pub(super) principals: Vec<Principal<'a>>,
}

impl<'a> Inventory<'a> {
    pub(super) fn of(objects: &'a [CredentialObject<'a>]) -> Self {
        let mut inventory = Self {
            objects,
            registries: Vec::new(),
            principals: Vec::new(),
        };
        inventory.registries = inventory
            .each("azurerm_container_registry")
            .filter_map(|found| {
                let Found { address, object } = found;
                let (id, host) = (object.text("id")?, object.text("login_server")?);
                Some(Registry {
                    address,
                    object,
                    id,
                    host,
                })
            })
            .collect();
        inventory.principals = inventory
            .each("azuread_service_principal")
            .filter_map(|found| {
                let (object_id, client_id) =
                    (found.object.text("object_id")?, found.object.text("client_id")?);
                Some(Principal { object_id, client_id })
            })
            .collect();
        inventory
    }

    /// The objects of a type.
    pub(super) fn each(&self, resource_type: &'static str) -> impl Iterator<Item = Found<'a>> + use<'a> {
        let of_type = move |object: &&CredentialObject<'a>| object.resource_type == resource_type;
        self.objects.iter().filter(of_type).map(|object| Found {
            address: object.address,
            object: Partial(object.value),
        })
    }

    /// The object of a type with this id.
    pub(super) fn with_id(&self, resource_type: &'static str, id: &str) -> Option<Partial<'a>> {
        let same = |found: &Found<'a>| {
            found
                .object
                .text("id")
                .is_some_and(|known| known.eq_ignore_ascii_case(id))
        };
        self.each(resource_type).find(same).map(|found| found.object)
    }

    /// The registry that an id lies in.
    pub(super) fn registry_of(&self, id: &str) -> Option<&Registry<'a>> {
        self.registries
            .iter()
            .find(|registry| is_at_or_below(id, registry.id))
    }
}

/// Whether an id is another, or lies below it.
pub(super) fn is_at_or_below(id: &str, scope: &str) -> bool {
    let (id, scope) = (
        id.to_ascii_lowercase(),
        scope.trim_end_matches('/').to_ascii_lowercase(),
    );
    id.strip_prefix(&scope)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
