//! What is inside a registry: replications, webhooks, scope maps, tokens, cache rules, credential sets. One life cycle
//! for all; each type's own file says what its body holds.

use serde_json::{Map, Value};

use super::container_registry::{self, action};
use super::context::{Arm, Reply, invalid, location_for};
use super::resource::Resource;
use super::{
    container_registry_cache_rule as cache_rule, container_registry_credential_set as credential_set,
    container_registry_replication as replication, container_registry_scope_map as scope_map,
    container_registry_token as token, container_registry_webhook as webhook,
};
use super::{fields, listing, operation};
use crate::answer::Answer;
use crate::store::Transaction;

/// A type of thing inside a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    /// A replica in another region.
    Replication,
    /// A webhook.
    Webhook,
    /// A named set of rights to repositories.
    ScopeMap,
    /// A token with the rights of a scope map.
    Token,
    /// A rule that caches another registry's repositories.
    CacheRule,
    /// Credentials for the registry that a cache rule reads.
    CredentialSet,
}

/// One write to a part: the registry, the part as it was, and the body.
pub(super) struct Write<'a> {
    pub(super) registry: &'a Resource,
    pub(super) old: Option<&'a Resource>,
    pub(super) properties: Map<String, Value>,
    pub(super) object: &'a Map<String, Value>,
    /// PATCH: what is not given stays.
    pub(super) partial: bool,
}

impl Child {
    /// All types, in an order in which they can be deleted.
    pub(crate) const ALL: &'static [Self] = &[
        Self::Token,
        Self::ScopeMap,
        Self::CacheRule,
        Self::CredentialSet,
        Self::Webhook,
        Self::Replication,
    ];

    /// The path segment.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Replication => "replications",
            Self::Webhook => "webhooks",
            Self::ScopeMap => "scopeMaps",
            Self::Token => "tokens",
            Self::CacheRule => "cacheRules",
            Self::CredentialSet => "credentialSets",
        }
    }

    /// The table.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Replication => "azure/registry_replications",
            Self::Webhook => "azure/registry_webhooks",
            Self::ScopeMap => "azure/registry_scope_maps",
            Self::Token => "azure/registry_tokens",
            Self::CacheRule => "azure/registry_cache_rules",
            Self::CredentialSet => "azure/registry_credential_sets",
        }
    }

    fn parse(segment: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|child| child.segment().eq_ignore_ascii_case(segment))
    }

    fn kind(self) -> String {
        format!("{}/{}", container_registry::KIND, self.segment())
    }

    fn action(self, verb: &str) -> String {
        action(&format!("{}/{verb}", self.segment()))
    }

    /// The parts of this type that a registry has.
    pub(crate) fn of(self, tx: &Transaction, registry: &Resource) -> Vec<Resource> {
        let prefix = format!("{}/", registry.key());
        tx.scan(self.table(), &prefix)
            .into_iter()
            .map(|(_, part)| part)
            .collect()
    }

    /// One part of a registry, by name.
    pub(crate) fn named(self, tx: &Transaction, registry: &Resource, name: &str) -> Option<Resource> {
        let key = format!("{}/{}/{name}", registry.key(), self.segment()).to_ascii_lowercase();
        tx.get(self.table(), &key)
    }

    fn check_name(self, name: &str) -> Result<(), Answer> {
        let extra = match self {
            Self::Replication | Self::Webhook => "",
            Self::ScopeMap => "-_",
            Self::Token | Self::CacheRule | Self::CredentialSet => "-",
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
        if (5..=50).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with('_') {
            return Ok(());
        }
        let message = format!(
            "The name '{name}' is not valid for {}. It must be 5 to 50 characters long, of letters, digits{}.",
            self.segment(),
            if extra.is_empty() {
                String::new()
            } else {
                format!(" and '{extra}'")
            }
        );
        Err(invalid("InvalidResourceName", &message))
    }

    /// How many a SKU allows; none where it does not say.
    fn limit(self, sku: Option<&str>) -> Option<usize> {
        let by_sku = |basic, standard, premium| match sku {
            Some("Premium") => premium,
            Some("Standard") => standard,
            _ => basic,
        };
        match self {
            Self::Webhook => Some(by_sku(2, 10, 500)),
            Self::Token | Self::ScopeMap => Some(by_sku(100, 500, 50_000)),
            Self::CacheRule => Some(1000),
            Self::Replication | Self::CredentialSet => None,
        }
    }

    fn is_tracked(self) -> bool {
        matches!(self, Self::Replication | Self::Webhook)
    }

    fn apply(self, arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
        match self {
            Self::Replication => replication::apply(part, write),
            Self::Webhook => webhook::apply(arm, part, write),
            Self::ScopeMap => scope_map::apply(arm, part, write),
            Self::Token => token::apply(arm, part, write),
            Self::CacheRule => cache_rule::apply(arm, part, write),
            Self::CredentialSet => credential_set::apply(arm, part, write),
        }
    }

    /// The body of a part.
    pub(super) fn body(self, arm: &Arm<'_>, part: &Resource) -> Value {
        match self {
            Self::Replication => replication::body(arm, part),
            Self::Webhook | Self::ScopeMap | Self::Token | Self::CacheRule | Self::CredentialSet => {
                part.body(arm.tx.now())
            }
        }
    }

    /// What the service itself has put into a registry.
    fn built_in(self, arm: &Arm<'_>, registry: &Resource) -> Vec<Value> {
        match self {
            Self::Replication => replication::home(arm, registry).into_iter().collect(),
            Self::ScopeMap => scope_map::built_in(registry),
            Self::Webhook | Self::Token | Self::CacheRule | Self::CredentialSet => Vec::new(),
        }
    }

    fn check_deletable(self, arm: &Arm<'_>, registry: &Resource, part: &Resource) -> Result<(), Answer> {
        match self {
            Self::ScopeMap => scope_map::check_deletable(arm, registry, part),
            Self::CredentialSet => credential_set::check_deletable(arm, registry, part),
            Self::Replication | Self::Webhook | Self::Token | Self::CacheRule => Ok(()),
        }
    }
}

/// Lists the parts of a registry, or reads and writes one.
pub(super) fn handle(arm: &mut Arm<'_>, registry_key: &str, kind: &str, rest: &[&str]) -> Reply {
    let Some(child) = Child::parse(kind) else {
        return Err(Answer::unsupported(&format!("'{kind}' of a registry")));
    };
    let key = match rest {
        [] => registry_key.to_owned(),
        [name, ..] => format!("{registry_key}/{}/{name}", child.segment()).to_ascii_lowercase(),
    };
    match (arm.call.method.as_str(), rest) {
        ("GET", []) => {
            arm.require(&child.action("read"), &key)?;
            list(arm, registry_key, child)
        }
        ("GET", [_]) => {
            arm.require(&child.action("read"), &key)?;
            get(arm, (registry_key, &key), child)
        }
        ("PUT" | "PATCH", [_]) => {
            arm.require(&child.action("write"), &key)?;
            write(arm, (registry_key, &key), child)
        }
        ("DELETE", [_]) => {
            arm.require(&child.action("delete"), &key)?;
            delete(arm, (registry_key, &key), child)
        }
        ("GET", [_, "operationstatuses", _]) => {
            arm.require(&child.action("operationStatuses/read"), &key)?;
            operation::status(arm)
        }
        ("POST", [_, verb]) if child == Child::Webhook => {
            arm.require(&child.action(&format!("{}/action", arm.call.segments[10])), &key)?;
            let registry = container_registry::find_active(arm, registry_key)?;
            let part = find(arm, (&registry, &key), child)?;
            webhook::act(arm, &part, verb)
        }
        _ => Err(arm.no_such_method()),
    }
}

fn list(arm: &mut Arm<'_>, registry_key: &str, child: Child) -> Reply {
    let registry = container_registry::find(arm, registry_key)?;
    let mut items: Vec<Value> = child
        .of(arm.tx, &registry)
        .iter()
        .map(|part| child.body(arm, part))
        .collect();
    items.extend(child.built_in(arm, &registry));
    Ok(Answer::json(200, &listing::page(arm, items)))
}

fn find(arm: &Arm<'_>, (registry, key): (&Resource, &str), child: Child) -> Result<Resource, Answer> {
    arm.tx.get(child.table(), key).ok_or_else(|| {
        let name = &arm.call.segments[9];
        let what = format!(
            "{}/{}/{}/{name}",
            container_registry::KIND,
            registry.name,
            child.segment()
        );
        super::context::not_found(&what, &arm.call.segments[3])
    })
}

fn get(arm: &mut Arm<'_>, (registry_key, key): (&str, &str), child: Child) -> Reply {
    let registry = container_registry::find(arm, registry_key)?;
    match find(arm, (&registry, key), child) {
        Ok(part) => Ok(Answer::json(200, &child.body(arm, &part))),
        Err(absent) => {
            let same = |body: &Value| body["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(key));
            match child.built_in(arm, &registry).into_iter().find(same) {
                Some(body) => Ok(Answer::json(200, &body)),
                None => arm.gone(key, absent),
            }
        }
    }
}

fn write(arm: &mut Arm<'_>, (registry_key, key): (&str, &str), child: Child) -> Reply {
    let registry = container_registry::find_active(arm, registry_key)?;
    let partial = arm.call.method == "PATCH";
    let old = find(arm, (&registry, key), child);
    if let (Err(absent), true) = (&old, partial) {
        return Err(absent.clone());
    }
    let old = old.ok();
    let mut part = match &old {
        Some(old) => old.clone(),
        None => fresh(arm, &registry, (key, child))?,
    };
    let object = arm.object()?;
    fields::check(&object, "", &["location", "tags", "identity", "properties"], &[])?;
    if child.is_tracked() {
        envelope(&mut part, &object, partial)?;
    }
    let properties = fields::object(&object, "properties")?;
    let write = Write {
        registry: &registry,
        old: old.as_ref(),
        properties,
        object: &object,
        partial,
    };
    child.apply(arm, &mut part, &write)?;
    arm.begin(&mut part, if old.is_none() { "Creating" } else { "Updating" });
    arm.tx.put(child.table(), key, &part);
    let body = child.body(arm, &part);
    Ok(operation::begun(arm, &part, &body))
}

fn fresh(arm: &Arm<'_>, registry: &Resource, (key, child): (&str, Child)) -> Result<Resource, Answer> {
    let name = arm.call.segments[9].clone();
    child.check_name(&name)?;
    arm.refuse_lingering(key, "ResourceIsDeprovisioning")?;
    let count = child.of(arm.tx, registry).len();
    if let Some(limit) = child.limit(registry.sku.as_deref())
        && count >= limit
    {
        let message = format!(
            "The registry '{}' of SKU '{}' may have at most {limit} {}.",
            registry.name,
            registry.sku.as_deref().unwrap_or_default(),
            child.segment()
        );
        return Err(Answer::arm_error(409, "QuotaExceeded", &message));
    }
    let id = format!("{}/{}/{name}", registry.id, child.segment());
    Ok(Resource::new(arm.tx, arm.creator(), &child.kind(), id))
}

fn envelope(part: &mut Resource, object: &Map<String, Value>, partial: bool) -> Result<(), Answer> {
    let tags = fields::tags(object)?;
    if partial {
        part.tags = tags.or_else(|| part.tags.take());
        return Ok(());
    }
    let location = location_for(fields::required(object, "location")?, &part.kind)?.name;
    if part.location.as_deref().is_some_and(|old| old != location) {
        return Err(container_registry::wrong_location(
            part,
            location,
            listing::group_of(&part.id).unwrap_or_default(),
        ));
    }
    part.location = Some(location.to_owned());
    part.tags = Some(tags.unwrap_or_default());
    Ok(())
}

fn delete(arm: &mut Arm<'_>, (registry_key, key): (&str, &str), child: Child) -> Reply {
    let registry = container_registry::find_active(arm, registry_key)?;
    let Ok(part) = find(arm, (&registry, key), child) else {
        return Ok(Answer::empty(204));
    };
    child.check_deletable(arm, &registry, &part)?;
    let (until, happens) = operation::deletion(arm);
    let last = child.body(arm, &part);
    if happens {
        remove(arm.tx, child, &part);
        arm.linger(key, last, until);
    }
    let subscription = arm.call.segments[1].clone();
    let region = registry.location.clone().unwrap_or_default();
    let path = format!(
        "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/locations/{region}/operationResults/{}",
        child.segment().to_ascii_lowercase()
    );
    Ok(operation::deleting(arm, &path, until, happens))
}

/// Deletes a part of a registry, with the identity that it has.
pub(super) fn remove(tx: &mut Transaction, child: Child, part: &Resource) {
    match child {
        Child::CredentialSet => credential_set::release(tx, part),
        Child::Token => token::forget_passwords(tx, part),
        Child::Replication | Child::Webhook | Child::ScopeMap | Child::CacheRule => {}
    }
    tx.delete(child.table(), &part.key());
}
