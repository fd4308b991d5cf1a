//! `azurerm_container_registry_cache_rule`: a repository of another registry, cached on pull.

mod targets;
mod wire;

use crate::client::{Ask, Client, attribute};
use crate::credential_set::CredentialSetShape;
use crate::id::{Id, RegistryId, shape};
use crate::registry_part::{self, Listing, Part};
use regprov_addr::AttributePath;
use regprov_http::sanitize;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const VERSION: &str = "2023-07-01";

shape!(
    /// `azurerm_container_registry_cache_rule`.
    CacheRuleShape,
    "a cache rule",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/cacheRules/{}"
);

/// The id of a cache rule.
pub(crate) type CacheRuleId = Id<CacheRuleShape>;

const LISTING: Listing = Listing {
    segment: "cacheRules",
    version: VERSION,
    operation: "list the cache rules",
};

/// A repository of another registry, cached on pull.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct CacheRule {
    /// Its name: 5 to 50 letters, digits and `-`.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The registry that caches.
    #[schema(replaces, meaning = Meaning::IgnoreCase, rules = &[Rule::Check(registry_part::check_registry_id)])]
    pub(crate) container_registry_id: String,
    /// What is cached: `docker.io/library/nginx`, `mcr.microsoft.com/dotnet/*`.
    #[schema(replaces, meaning = Meaning::By(targets::same_source), rules = &[Rule::Check(check_source)])]
    pub(crate) source_repo: String,
    /// Under which name: `nginx`, `library/dotnet/*`.
    #[schema(replaces, rules = &[Rule::Length(1, 256)])]
    pub(crate) target_repo: String,
    /// The login for the source, where it wants one.
    #[schema(meaning = Meaning::IgnoreCase, rules = &[Rule::Check(check_credential_set)])]
    pub(crate) credential_set_id: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    registry_part::check_part_name(value, "a cache rule", "-")
}

fn check_source(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    match text.split_once('/') {
        Some((host, rest)) if !host.is_empty() && !rest.is_empty() => Ok(()),
        Some(_) | None => Err(format!(
            "`{text}` is no repository of a registry: write its host first, as in `docker.io/library/nginx`"
        )),
    }
}

fn check_credential_set(value: &Value) -> Result<(), String> {
    registry_part::check_id::<CredentialSetShape>(
        value,
        "`azurerm_container_registry_credential_set.NAME.id`",
    )
}

impl CacheRule {
    fn from_wire(wire: Part<wire::Properties>, like: Option<&Self>) -> Self {
        let id: Option<CacheRuleId> = wire.id.parse().ok();
        let registry = id.as_ref().map(|id| registry_part::registry(id).to_string());
        let properties = wire.properties;
        let source = properties.source_repository.unwrap_or_default();
        let set = properties.credential_set_resource_id.filter(|id| !id.is_empty());
        let written = like.and_then(|like| like.credential_set_id.as_ref());
        Self {
            name: wire.name,
            container_registry_id: match like {
                Some(like) => like.container_registry_id.clone(),
                None => registry.unwrap_or_default(),
            },
            source_repo: match like {
                Some(like) if targets::normal(&like.source_repo) == targets::normal(&source) => {
                    like.source_repo.clone()
                }
                Some(_) | None => source,
            },
            target_repo: properties.target_repository.unwrap_or_default(),
            credential_set_id: match (written, set) {
                (Some(written), Some(set)) if written.eq_ignore_ascii_case(&set) => Some(written.clone()),
                (_, set) => set,
            },
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
}

fn within(registry: &RegistryId, name: &str) -> CacheRuleId {
    Id::new([registry.part(0), registry.part(1), registry.part(2), name])
}

impl Resource for CacheRule {
    const TYPE: &'static str = "azurerm_container_registry_cache_rule";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = CacheRuleId;

    fn id(object: &Self) -> Option<CacheRuleId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read = registry_part::read(request.client, Self::ask(&path, "read the cache rule")).await?;
        Ok(registry_part::map(read, |wire| {
            Self::from_wire(wire, request.prior)
        }))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let ids: Vec<&CacheRuleId> = request.wanted.iter().map(|(id, _)| id).collect();
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
        let registry: RegistryId = desired.container_registry_id.parse()?;
        let path = within(&registry, &desired.name).to_string();
        let ask = Self::ask(&path, "create the cache rule");
        let accepted = client.arm.put(ask, &wire::Put::of(desired)).await?;
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, Some(desired))
        }))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (desired, path) = (request.desired, request.id.to_string());
        let ask = Self::ask(&path, "change the cache rule");
        let body = wire::Patch::of(desired.credential_set_id.as_deref());
        let accepted = request.client.arm.patch(ask, &body).await?;
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, Some(desired))
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        let answer = request
            .client
            .arm
            .delete(Self::ask(&path, "delete the cache rule"))
            .await?;
        Ok(registry_part::deleted(answer, "Azure is deleting the cache rule"))
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<CacheRuleId> {
        let registry: RegistryId = desired.text("container_registry_id")?.parse().ok()?;
        Some(within(&registry, desired.text("name")?))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let mut advice = Advice {
            findings: targets::findings(request.desired),
            ..Advice::default()
        };
        let had_one = request
            .prior
            .is_some_and(|prior| prior.text("credential_set_id").is_some_and(|id| !id.is_empty()));
        if had_one && request.desired.is_unset("credential_set_id") {
            // The service has no request that takes the login away from a rule.
            advice
                .replace
                .push(AttributePath::root().name("credential_set_id"));
        }
        advice
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let Some(id) = Self::identify(request.client, request.desired) else {
            return Vec::new();
        };
        let Some(target) = request.desired.text("target_repo") else {
            return Vec::new();
        };
        if request.prior.is_some_and(|prior| prior.target_repo == target) {
            return Vec::new();
        }
        overlapping(request.client, &id, target)
            .await
            .into_iter()
            .collect()
    }
}

/// A rule of the registry whose target would be the same as, or around, that of this one.
async fn overlapping(client: &Client, id: &CacheRuleId, target: &str) -> Option<Finding> {
    let registry = registry_part::registry(id);
    let rules = LISTING.of::<wire::Properties>(client, &registry).await.ok()?;
    let other = rules.into_iter().find(|rule| {
        let theirs = rule.properties.target_repository.as_deref().unwrap_or_default();
        !rule.name.eq_ignore_ascii_case(id.part(3)) && targets::overlap(target, theirs)
    })?;
    let theirs = other.properties.target_repository.unwrap_or_default();
    // The other one may be deleted by this very plan.
    Some(Finding {
        fatal: false,
        path: attribute("target_repo"),
        summary: "Overlapping cache rules".to_owned(),
        detail: format!(
            "The target `{}` overlaps `{}`, which is the target of the cache rule `{}` of the same registry; Azure refuses \
             two such rules.",
            sanitize(target),
            sanitize(&theirs),
            sanitize(&other.name)
        ),
        remedy: Some("Choose another target, or delete the other rule.".to_owned()),
    })
}
