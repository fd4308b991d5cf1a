//! `azurerm_container_registry_scope_map`: a named set of rights to repositories, which tokens refer to.

mod wire;

use crate::client::{Ask, Client};
use crate::container_registry::VERSION;
use crate::id::{Id, RegistryId, shape};
use crate::registry_part::usages::{self, Counted};
use crate::registry_part::{self, Listing, Part};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// `azurerm_container_registry_scope_map`.
    ScopeMapShape,
    "a scope map",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/scopeMaps/{}"
);

/// The id of a scope map.
pub(crate) type ScopeMapId = Id<ScopeMapShape>;

const LISTING: Listing = Listing {
    segment: "scopeMaps",
    version: VERSION,
    operation: "list the scope maps",
};
const COUNTED: Counted = Counted {
    name: "ScopeMaps",
    words: "scope maps",
};
/// What an action on a repository may be.
const VERBS: [&str; 5] = [
    "content/read",
    "content/write",
    "content/delete",
    "metadata/read",
    "metadata/write",
];

/// A named set of rights to repositories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ScopeMap {
    /// Its name: 5 to 50 letters, digits and `-`.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The resource group of the registry.
    #[schema(replaces, rules = &[Rule::Check(crate::resource_group::check_name)])]
    pub(crate) resource_group_name: String,
    /// The registry.
    #[schema(replaces, rules = &[Rule::Check(crate::container_registry::check_name)])]
    pub(crate) container_registry_name: String,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(1, 256)])]
    pub(crate) description: Option<String>,
    /// The rights: `repositories/NAME/content/read`; their order does not matter.
    #[schema(meaning = Meaning::Unordered, rules = &[Rule::MinItems(1), Rule::MaxItems(500), Rule::Check(check_actions)])]
    pub(crate) actions: Vec<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    registry_part::check_part_name(value, "a scope map", "-_")
}

fn check_actions(value: &Value) -> Result<(), String> {
    let actions = value.as_items().unwrap_or_default();
    match actions
        .iter()
        .filter_map(Value::as_str)
        .find(|action| !is_action(action))
    {
        Some(wrong) => Err(format!(
            "`{wrong}` is no right: write `repositories/NAME/VERB` with one of the verbs {}; a wildcard is the whole name \
             (`repositories/*/content/read`) or its last part (`repositories/team/*/content/read`)",
            VERBS.join(", ")
        )),
        None => Ok(()),
    }
}

fn is_action(action: &str) -> bool {
    if let Some(rest) = action.strip_prefix("gateway/") {
        let verbs = ["/config/read", "/config/write", "/message/read", "/message/write"];
        return verbs
            .iter()
            .any(|verb| rest.len() > verb.len() && rest.ends_with(verb));
    }
    let Some(rest) = action.strip_prefix("repositories/") else {
        return false;
    };
    let repository = VERBS
        .iter()
        .find_map(|verb| rest.strip_suffix(verb)?.strip_suffix('/'));
    repository.is_some_and(|name| match name.matches('*').count() {
        0 => !name.is_empty(),
        1 => name == "*" || (name.ends_with("/*") && name.len() > 2),
        _ => false,
    })
}

impl ScopeMap {
    fn from_wire(wire: Part<wire::Properties>, like: Option<&Self>) -> Self {
        let id: Option<ScopeMapId> = wire.id.parse().ok();
        let part = |index: usize| id.as_ref().map_or("", |id| id.part(index)).to_owned();
        Self {
            name: wire.name,
            resource_group_name: like.map_or_else(|| part(1), |like| like.resource_group_name.clone()),
            container_registry_name: like
                .map_or_else(|| part(2), |like| like.container_registry_name.clone()),
            description: wire.properties.description.filter(|text| !text.is_empty()),
            actions: wire.properties.actions,
            id: Computed(id.map(|id| id.to_string())),
        }
    }

    fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
        Ask {
            path,
            version: VERSION,
            operation,
        }
    }

    fn body(&self) -> wire::Write<'_> {
        wire::Write::new(self.description.as_deref(), &self.actions)
    }
}

impl Resource for ScopeMap {
    const TYPE: &'static str = "azurerm_container_registry_scope_map";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = ScopeMapId;

    fn id(object: &Self) -> Option<ScopeMapId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read = registry_part::read(request.client, Self::ask(&path, "read the scope map")).await?;
        Ok(registry_part::map(read, |wire| {
            Self::from_wire(wire, request.prior)
        }))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let ids: Vec<&ScopeMapId> = request.wanted.iter().map(|(id, _)| id).collect();
        let read = LISTING.many(request.client, &ids).await?;
        Some(read.map(|parts| {
            let pairs = parts.into_iter().zip(request.wanted);
            pairs
                .map(|(part, (_, prior))| {
                    registry_part::map(part, |wire| Self::from_wire(wire, prior.as_ref()))
                })
                .collect()
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let path = ScopeMapId::new([
            client.subscription.as_str(),
            &desired.resource_group_name,
            &desired.container_registry_name,
            &desired.name,
        ])
        .to_string();
        let ask = Self::ask(&path, "create the scope map");
        let accepted = client.arm.put(ask, &desired.body()).await?;
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, Some(desired))
        }))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (desired, path) = (request.desired, request.id.to_string());
        // A replacement: the other request could not take the description away.
        let ask = Self::ask(&path, "change the scope map");
        let accepted = request.client.arm.put(ask, &desired.body()).await?;
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, Some(desired))
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        let answer = request
            .client
            .arm
            .delete(Self::ask(&path, "delete the scope map"))
            .await?;
        Ok(registry_part::deleted(answer, "Azure is deleting the scope map"))
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<ScopeMapId> {
        Some(ScopeMapId::new([
            client.subscription.as_str(),
            desired.text("resource_group_name")?,
            desired.text("container_registry_name")?,
            desired.text("name")?,
        ]))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let planned = Self::identify(request.client, request.desired).filter(|_| request.prior.is_none());
        let Some(id) = planned else { return Vec::new() };
        let registry: RegistryId = registry_part::registry(&id);
        usages::beyond(request.client, &registry, COUNTED, id.part(3))
            .await
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_a_repository_and_a_verb() {
        for right in [
            "repositories/app/content/read",
            "repositories/team/app/metadata/write",
            "repositories/team/*/content/write",
            "repositories/*/content/delete",
            "gateway/edge/config/read",
        ] {
            assert!(is_action(right), "{right}");
        }
        for wrong in [
            "repositories/app/pull",
            "repositories/a*/content/read",
            "repositories/a/*/b/content/read",
            "repositories//content/read",
            "app/content/read",
        ] {
            assert!(!is_action(wrong), "{wrong}");
        }
    }
}
