//! The push credentials that registries, principals, roles, tokens and secrets yield together.

mod inventory;
mod principals;
mod tokens;

use inventory::{Inventory, Registry};
use regprov_provider::{CredentialObject, PushCredential, RegistryKind, Rights};
use regprov_schema::Secret;

/// Joins the objects. Those of both providers are wanted.
pub(crate) fn push_credentials(objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
    let inventory = Inventory::of(objects);
    let mut credentials = principals::credentials(&inventory);
    credentials.extend(tokens::credentials(&inventory));
    credentials.extend(inventory.registries.iter().filter_map(admin));
    credentials
}

/// The admin user of a registry.
fn admin(registry: &Registry<'_>) -> Option<PushCredential> {
    let username = registry
        .object
        .text("admin_username")
        .filter(|name| !name.is_empty())?;
    let secret = registry
        .object
        .text("admin_password")
        .filter(|secret| !secret.is_empty())?;
    Some(PushCredential {
        address: registry.address.clone(),
        host: registry.host.to_owned(),
        username: username.to_owned(),
        secret: Secret::new(secret.to_owned()),
        kind: RegistryKind::Azure,
        rights: Rights { pull: true, push: true, delete: true },
        repository_prefix: None,
        probe: None,
        made_at: None,
        expires: None,
        warnings: vec![
            "The admin user may do everything in the registry, never ends, and is shared by all who know it: use a service \
             principal with the role AcrPush, or a token, and set `admin_enabled = false`."
                .to_owned(),
        ],
    })
}

/// The warning about a credential without an end.
fn never_ends(argument: &str) -> String {
    format!("It never ends: set `{argument}`, so that a copy that was lost is of no use some day.")
}

#[cfg(test)]
mod tests;
