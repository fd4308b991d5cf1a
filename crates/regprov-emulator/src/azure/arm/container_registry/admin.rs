//! The admin user of a registry, and the registry's usage.

use serde_json::{Value, json};

use super::super::container_registry_child::Child;
use super::super::context::{Arm, Reply, invalid};
use super::super::fields;
use super::super::resource::{REGISTRIES, Resource};
use super::{action, find, find_active};
use crate::answer::Answer;
use crate::oci;
use crate::store::Transaction;

const PASSWORDS: [&str; 2] = ["password", "password2"];

fn context(registry: &Resource, name: &str) -> String {
    format!("{REGISTRIES}/{}/{name}", registry.key())
}

/// Makes the two passwords of an admin user that has none yet.
pub(super) fn ensure_passwords(tx: &mut Transaction, registry: &mut Resource) {
    if !registry.flag("adminUserEnabled") {
        return;
    }
    for name in PASSWORDS {
        if !registry.sealed.contains_key(name) {
            regenerate(tx, registry, name);
        }
    }
}

fn regenerate(tx: &mut Transaction, registry: &mut Resource, name: &str) {
    let secret = tx.new_secret(52);
    let sealed = tx.seal(&context(registry, name), &secret);
    registry.sealed.insert(name.to_owned(), sealed);
}

fn password(tx: &Transaction, registry: &Resource, name: &str) -> Option<String> {
    tx.unseal(&context(registry, name), registry.sealed.get(name)?)
}

/// Whether a text is one of the admin user's passwords.
pub(crate) fn password_matches(tx: &Transaction, registry: &Resource, text: &str) -> bool {
    registry.flag("adminUserEnabled")
        && PASSWORDS
            .iter()
            .any(|name| password(tx, registry, name).is_some_and(|password| password == text))
}

fn require_admin(registry: &Resource) -> Result<(), Answer> {
    if registry.flag("adminUserEnabled") {
        return Ok(());
    }
    let message = format!(
        "Unauthorized to perform credential operations on registry '{}': the admin user is disabled. Enable it first.",
        registry.name
    );
    Err(invalid("UnAuthorizedForCredentialOperations", &message))
}

fn credentials(tx: &Transaction, registry: &Resource) -> Value {
    let passwords: Vec<Value> = PASSWORDS
        .iter()
        .map(|name| json!({ "name": name, "value": password(tx, registry, name) }))
        .collect();
    json!({ "username": registry.name, "passwords": passwords })
}

/// Tells the admin user's passwords.
pub(super) fn list_credentials(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("listCredentials/action"), key)?;
    let registry = find_active(arm, key)?;
    require_admin(&registry)?;
    Ok(Answer::json(200, &credentials(arm.tx, &registry)))
}

/// Makes one of the admin user's passwords anew.
pub(super) fn regenerate_credential(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("regenerateCredential/action"), key)?;
    let mut registry = find_active(arm, key)?;
    require_admin(&registry)?;
    let object = arm.object()?;
    // Here `name` is the password's, not the resource's.
    let name = fields::choice(&object, "name", &PASSWORDS)?.ok_or_else(|| {
        invalid(
            "InvalidRequestContent",
            "The required property 'name' is missing.",
        )
    })?;
    regenerate(arm.tx, &mut registry, &name);
    arm.tx.put(REGISTRIES, key, &registry);
    Ok(Answer::json(200, &credentials(arm.tx, &registry)))
}

/// How much of what a registry's SKU allows is used.
pub(super) fn list_usages(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("listUsages/read"), key)?;
    let registry = find(arm, key)?;
    const GIB: u64 = 1 << 30;
    let (size, webhooks, tokens) = match registry.sku.as_deref() {
        Some("Premium") => (500 * GIB, 500, 50_000),
        Some("Standard") => (100 * GIB, 10, 500),
        _ => (10 * GIB, 2, 100),
    };
    let premium = registry.sku.as_deref() == Some("Premium");
    let count = |child: Child| child.of(arm.tx, &registry).len();
    let rules = registry.properties["networkRuleSet"]["ipRules"]
        .as_array()
        .map_or(0, Vec::len);
    let row = |name: &str, limit: i64, current: u64, unit: &str| json!({ "name": name, "limit": limit, "currentValue": current, "unit": unit });
    let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let used = oci::size_of_registry(arm.tx, &registry.name.to_ascii_lowercase());
    let mut rows = vec![
        row("Size", i64::try_from(size).unwrap_or(i64::MAX), used, "Bytes"),
        row("Webhooks", webhooks, whole(count(Child::Webhook)), "Count"),
        row("ScopeMaps", tokens, whole(count(Child::ScopeMap)), "Count"),
        row("Tokens", tokens, whole(count(Child::Token)), "Count"),
    ];
    if premium {
        rows.push(row(
            "Geo-replications",
            -1,
            whole(count(Child::Replication)),
            "Count",
        ));
        rows.push(row("IPRules", 200, whole(rules), "Count"));
        rows.push(row("VNetRules", 100, 0, "Count"));
        rows.push(row("PrivateEndpointConnections", 200, 0, "Count"));
    }
    Ok(Answer::json(200, &json!({ "value": rows })))
}
