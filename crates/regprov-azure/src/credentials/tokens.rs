//! Passwords of registry tokens, by the scope map of the token.

use super::inventory::Inventory;
use super::never_ends;
use regprov_provider::{Partial, PushCredential, RegistryKind, Rights};
use regprov_schema::Secret;

/// The credentials of tokens.
pub(super) fn credentials(inventory: &Inventory<'_>) -> Vec<PushCredential> {
    let mut credentials = Vec::new();
    for found in inventory.each("azurerm_container_registry_token_password") {
        let Some(id) = found.object.text("container_registry_token_id") else {
            continue;
        };
        let Some(registry) = inventory.registry_of(id) else {
            continue;
        };
        let token = inventory.with_id("azurerm_container_registry_token", id);
        let Some(map) = token.and_then(|token| token.text("scope_map_id")) else {
            continue;
        };
        let (rights, prefix) = scope(inventory, map);
        if !rights.push {
            continue;
        }
        let enabled = token.and_then(|token| token.truth("enabled")).unwrap_or(true);
        for slot in ["password1", "password2"] {
            let block = found
                .object
                .known(slot)
                .and_then(|list| list.as_items()?.first())
                .map(Partial);
            let Some((block, secret)) = block.and_then(|block| Some((block, block.text("value")?))) else {
                continue;
            };
            let expires = block.text("expiry").and_then(|text| text.parse().ok());
            let mut warnings = Vec::new();
            if expires.is_none() {
                warnings.push(never_ends(&format!("{slot}.expiry")));
            }
            if !enabled {
                warnings.push("The token is disabled: set `enabled = true`.".to_owned());
            }
            credentials.push(PushCredential {
                address: found.address.clone(),
                host: registry.host.to_owned(),
                username: id.rsplit('/').next().unwrap_or_default().to_owned(),
                secret: Secret::new(secret.to_owned()),
                kind: RegistryKind::Azure,
                rights,
                repository_prefix: prefix.clone(),
                probe: None,
                made_at: None,
                expires,
                warnings,
            });
        }
    }
    credentials
}

/// What a scope map allows, and where.
fn scope(inventory: &Inventory<'_>, id: &str) -> (Rights, Option<String>) {
    match id.rsplit('/').next().unwrap_or_default() {
        "_repositories_push" => {
            return (
                Rights {
                    pull: true,
                    push: true,
                    delete: false,
                },
                None,
            );
        }
        "_repositories_admin" => {
            return (
                Rights {
                    pull: true,
                    push: true,
                    delete: true,
                },
                None,
            );
        }
        "_repositories_pull" => {
            return (
                Rights {
                    pull: true,
                    push: false,
                    delete: false,
                },
                None,
            );
        }
        _ => {}
    }
    let map = inventory.with_id("azurerm_container_registry_scope_map", id);
    let actions = map
        .and_then(|map| map.known("actions"))
        .and_then(|list| list.as_items())
        .unwrap_or_default();
    let actions: Vec<&str> = actions.iter().filter_map(|action| action.as_str()).collect();
    let has = |verb: &str| actions.iter().any(|action| action.ends_with(verb));
    let rights = Rights {
        pull: has("/content/read"),
        push: has("/content/write") && has("/content/read"),
        delete: has("/content/delete"),
    };
    let mut writable: Vec<&str> = actions
        .iter()
        .filter_map(|action| {
            action
                .strip_prefix("repositories/")?
                .strip_suffix("/content/write")
        })
        .collect();
    writable.sort_unstable();
    writable.dedup();
    let prefix = match writable.as_slice() {
        [] | ["*"] => None,
        [one] => Some(one.trim_end_matches('*').to_owned()),
        [first, ..] => Some(shared(first, writable.last().copied().unwrap_or_default())),
    };
    (rights, prefix.filter(|prefix| !prefix.is_empty()))
}

/// The path that two repositories share, up to a slash; else the first of them.
fn shared(first: &str, last: &str) -> String {
    let length = first
        .chars()
        .zip(last.chars())
        .take_while(|(left, right)| left == right)
        .count();
    let common: String = first.chars().take(length).collect();
    match common.rfind('/') {
        Some(at) => common.get(..=at).unwrap_or_default().to_owned(),
        None => first.trim_end_matches('*').to_owned(),
    }
}
