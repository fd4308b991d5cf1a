//! `azurerm_container_registry_token`: an identity of a registry itself, with the rights of a scope map.

mod wire;

use crate::client::{Ask, Client, attribute};
use crate::container_registry::VERSION;
use crate::id::{Id, shape};
use crate::registry_part::usages::{self, Counted};
use crate::registry_part::{self, Listing, Part};
use crate::scope_map::{ScopeMapId, ScopeMapShape};
use regprov_http::sanitize;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// `azurerm_container_registry_token`.
    TokenShape,
    "a token",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/tokens/{}"
);

/// The id of a token.
pub(crate) type TokenId = Id<TokenShape>;

pub(crate) use wire::Properties;

/// The tokens of a registry.
pub(crate) const LISTING: Listing = Listing {
    segment: "tokens",
    version: VERSION,
    operation: "list the tokens",
};
const COUNTED: Counted = Counted {
    name: "Tokens",
    words: "tokens",
};

/// An identity of a registry itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Token {
    /// Its name, which is the login name: 5 to 50 letters, digits and `-`.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The resource group of the registry.
    #[schema(replaces, rules = &[Rule::Check(crate::resource_group::check_name)])]
    pub(crate) resource_group_name: String,
    /// The registry.
    #[schema(replaces, rules = &[Rule::Check(crate::container_registry::check_name)])]
    pub(crate) container_registry_name: String,
    /// The scope map whose rights it has; of the same registry.
    #[schema(meaning = Meaning::IgnoreCase, rules = &[Rule::Check(check_scope_map)])]
    pub(crate) scope_map_id: String,
    /// Whether it can log in.
    #[schema(default = true)]
    pub(crate) enabled: Option<bool>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    registry_part::check_part_name(value, "a token", "-")
}

fn check_scope_map(value: &Value) -> Result<(), String> {
    registry_part::check_id::<ScopeMapShape>(value, "`azurerm_container_registry_scope_map.NAME.id`")
}

impl Token {
    fn from_wire(wire: Part<Properties>, like: Option<&Self>) -> Self {
        let id: Option<TokenId> = wire.id.parse().ok();
        let part = |index: usize| id.as_ref().map_or("", |id| id.part(index)).to_owned();
        let enabled = wire.properties.is_enabled();
        let map = wire.properties.scope_map_id.unwrap_or_default();
        Self {
            name: wire.name,
            resource_group_name: like.map_or_else(|| part(1), |like| like.resource_group_name.clone()),
            container_registry_name: like
                .map_or_else(|| part(2), |like| like.container_registry_name.clone()),
            scope_map_id: match like {
                Some(like) if like.scope_map_id.eq_ignore_ascii_case(&map) => like.scope_map_id.clone(),
                Some(_) | None => map.parse::<ScopeMapId>().map_or(map, |id| id.to_string()),
            },
            enabled: Some(enabled),
            id: Computed(id.map(|id| id.to_string())),
        }
    }

    fn body(&self) -> wire::Write<'_> {
        wire::Write::new(&self.scope_map_id, self.enabled.unwrap_or(true))
    }
}

/// A request about a token.
pub(crate) fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
    Ask {
        path,
        version: VERSION,
        operation,
    }
}

/// The scope map must be of the token's own registry.
fn foreign_scope_map(desired: Partial<'_>) -> Option<Finding> {
    let map: ScopeMapId = desired.text("scope_map_id")?.parse().ok()?;
    let (group, registry) = (
        desired.text("resource_group_name")?,
        desired.text("container_registry_name")?,
    );
    if map.part(1).eq_ignore_ascii_case(group) && map.part(2).eq_ignore_ascii_case(registry) {
        return None;
    }
    Some(Finding {
        fatal: true,
        path: attribute("scope_map_id"),
        summary: "Scope map of another registry".to_owned(),
        detail: format!(
            "The scope map `{}` is of the registry `{}` in the resource group `{}`, but the token is of `{}` in `{}`.",
            sanitize(map.part(3)),
            sanitize(map.part(2)),
            sanitize(map.part(1)),
            sanitize(registry),
            sanitize(group)
        ),
        remedy: Some("Name a scope map of the token's own registry.".to_owned()),
    })
}

impl Resource for Token {
    const TYPE: &'static str = "azurerm_container_registry_token";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = TokenId;

    fn id(object: &Self) -> Option<TokenId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read = registry_part::read(request.client, ask(&path, "read the token")).await?;
        Ok(registry_part::map(read, |wire| {
            Self::from_wire(wire, request.prior)
        }))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let ids: Vec<&TokenId> = request.wanted.iter().map(|(id, _)| id).collect();
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
        let path = TokenId::new([
            client.subscription.as_str(),
            &desired.resource_group_name,
            &desired.container_registry_name,
            &desired.name,
        ])
        .to_string();
        let accepted = client
            .arm
            .put(ask(&path, "create the token"), &desired.body())
            .await?;
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, Some(desired))
        }))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (desired, path) = (request.desired, request.id.to_string());
        // What is not said stays: the passwords above all.
        let ask = ask(&path, "change the token");
        let accepted = request.client.arm.patch(ask, &desired.body()).await?;
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, Some(desired))
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        let answer = request.client.arm.delete(ask(&path, "delete the token")).await?;
        Ok(registry_part::deleted(answer, "Azure is deleting the token"))
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<TokenId> {
        Some(TokenId::new([
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

    fn plan(request: PlanRequest<'_>) -> Advice {
        Advice {
            findings: foreign_scope_map(request.desired).into_iter().collect(),
            ..Advice::default()
        }
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let planned = Self::identify(request.client, request.desired).filter(|_| request.prior.is_none());
        let Some(id) = planned else { return Vec::new() };
        let registry = registry_part::registry(&id);
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
    fn a_scope_map_of_another_registry_is_refused_while_planning() {
        let token = |map: &str| {
            Value::object([
                ("resource_group_name", Value::from("g")),
                ("container_registry_name", "mine".into()),
                ("scope_map_id", map.into()),
            ])
        };
        let base = "/subscriptions/s/resourceGroups/G/providers/Microsoft.ContainerRegistry/registries";
        let own = token(&format!("{base}/Mine/scopeMaps/push"));
        assert_eq!(foreign_scope_map(Partial(&own)), None);
        let foreign = token(&format!("{base}/theirs/scopeMaps/push"));
        assert!(
            foreign_scope_map(Partial(&foreign))
                .unwrap()
                .detail
                .contains("`theirs`")
        );
    }
}
