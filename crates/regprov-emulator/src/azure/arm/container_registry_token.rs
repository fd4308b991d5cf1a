//! Registry tokens: identities of the registry itself, with the rights of a scope map.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::container_registry_child::Write;
use super::container_registry_scope_map as scope_map;
use super::context::{Arm, invalid};
use super::fields;
use super::resource::Resource;
use crate::answer::Answer;
use crate::clock;
use crate::seal::SecretHash;
use crate::store::Transaction;

/// Passwords of tokens by `{token key}/{slot}`; told once, kept as hashes.
pub(crate) const PASSWORDS: &str = "azure/registry_token_passwords";

/// The slots for passwords.
pub(crate) const SLOTS: [&str; 2] = ["password1", "password2"];

/// A password of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenPassword {
    pub(crate) name: String,
    pub(crate) created: Timestamp,
    pub(crate) expiry: Option<Timestamp>,
    /// From when the data plane honours it.
    pub(crate) effective_from: Timestamp,
    pub(crate) hash: SecretHash,
    /// What was in the slot before, honoured until this one is.
    pub(crate) previous: Option<SecretHash>,
}

impl TokenPassword {
    /// The password as Resource Manager shows it.
    pub(super) fn wire(&self) -> Value {
        let mut value = json!({ "creationTime": clock::ticks(self.created), "name": self.name });
        if let Some(expiry) = self.expiry {
            value["expiry"] = clock::ticks(expiry).into();
        }
        value
    }
}

/// Key of a token's password.
pub(crate) fn password_key(token: &Resource, slot: &str) -> String {
    format!("{}/{slot}", token.key())
}

/// Deletes the passwords of a token that is deleted.
pub(super) fn forget_passwords(tx: &mut Transaction, token: &Resource) {
    for slot in SLOTS {
        tx.delete(PASSWORDS, &password_key(token, slot));
    }
}

/// Applies a write.
pub(super) fn apply(arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    let given = &write.properties;
    let settable = ["scopeMapId", "status", "credentials"];
    fields::check(
        given,
        "properties",
        &settable,
        &["creationDate", "provisioningState"],
    )?;
    match fields::text(given, "scopeMapId")? {
        Some(id) => {
            check_scope_map(arm, write.registry, id)?;
            part.properties.insert("scopeMapId".into(), id.into());
        }
        None if write.partial => {}
        None => {
            return Err(invalid(
                "InvalidRequestContent",
                "The required property 'scopeMapId' is missing.",
            ));
        }
    }
    let status = fields::choice(given, "status", &["enabled", "disabled"])?;
    if status.is_some() || !write.partial {
        part.properties
            .insert("status".into(), status.unwrap_or_else(|| "enabled".into()).into());
    }
    let credentials = fields::object(given, "credentials")?;
    fields::check(
        &credentials,
        "properties.credentials",
        &["passwords", "certificates"],
        &["activeDirectoryObject"],
    )?;
    if credentials
        .get("certificates")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty())
    {
        return Err(Answer::unsupported("certificates of registry tokens"));
    }
    if let Some(kept) = credentials.get("passwords").and_then(Value::as_array) {
        let keeps = |slot: &str| kept.iter().any(|password| password["name"] == slot);
        for slot in SLOTS.iter().filter(|slot| !keeps(slot)) {
            arm.tx.delete(PASSWORDS, &password_key(part, slot));
        }
    }
    part.properties
        .insert("creationDate".into(), clock::ticks(part.created_at).into());
    refresh_credentials(arm, part);
    Ok(())
}

fn check_scope_map(arm: &Arm<'_>, registry: &Resource, id: &str) -> Result<(), Answer> {
    let prefix = format!("{}/scopemaps/", registry.key());
    let lower = id.to_ascii_lowercase();
    if lower
        .strip_prefix(&prefix)
        .is_some_and(|name| scope_map::exists(arm, registry, name))
    {
        return Ok(());
    }
    let message = format!(
        "The scope map '{id}' does not exist in the registry '{}'.",
        registry.name
    );
    Err(invalid("ScopeMapNotFound", &message))
}

/// Writes into a token which passwords it has; their texts are nowhere.
pub(super) fn refresh_credentials(arm: &Arm<'_>, part: &mut Resource) {
    let passwords: Vec<Value> = SLOTS
        .iter()
        .filter_map(|slot| arm.tx.get::<TokenPassword>(PASSWORDS, &password_key(part, slot)))
        .map(|password| password.wire())
        .collect();
    part.properties.insert(
        "credentials".into(),
        json!({ "certificates": [], "passwords": passwords }),
    );
}
