//! Managed identities of a registry.

use serde_json::{Map, Value, json};

use super::super::context::{Arm, invalid};
use super::super::fields;
use super::super::resource::{IDENTITIES, Resource};
use crate::answer::Answer;
use crate::azure::directory;
use crate::store::Transaction;

/// Gives a resource the identities that a body names, and takes away those that it does not.
pub(super) fn apply(
    arm: &mut Arm<'_>,
    resource: &mut Resource,
    object: &Map<String, Value>,
) -> Result<(), Answer> {
    let given = fields::object(object, "identity")?;
    fields::check(
        &given,
        "identity",
        &["userAssignedIdentities"],
        &["type", "principalId", "tenantId"],
    )?;
    let kind = fields::text(&given, "type")?
        .unwrap_or("None")
        .replace(' ', "")
        .to_ascii_lowercase();
    let (system, user) = match kind.as_str() {
        "none" => (false, false),
        "systemassigned" => (true, false),
        "userassigned" => (false, true),
        "systemassigned,userassigned" => (true, true),
        other => {
            return Err(invalid(
                "InvalidParameter",
                &format!("The identity type '{other}' is not known."),
            ));
        }
    };
    let held = resource
        .identity
        .as_ref()
        .and_then(|identity| identity["principalId"].as_str())
        .map(str::to_owned);
    let mut identity = Map::new();
    identity.insert("type".into(), spelled(system, user).into());
    match (system, held) {
        (true, held) => {
            let principal = held.unwrap_or_else(|| {
                directory::create_managed_identity(arm.tx, &resource.name, &resource.id).principal_id
            });
            identity.insert("principalId".into(), principal.into());
            identity.insert("tenantId".into(), directory::tenant(arm.tx).id.into());
        }
        (false, Some(held)) => directory::delete_managed_identity(arm.tx, &held),
        (false, None) => {}
    }
    if user {
        let ids = fields::object(&given, "userAssignedIdentities")?;
        identity.insert("userAssignedIdentities".into(), user_assigned(arm, &ids)?);
    }
    resource.identity = (system || user).then_some(Value::Object(identity));
    Ok(())
}

fn spelled(system: bool, user: bool) -> &'static str {
    match (system, user) {
        (true, true) => "SystemAssigned, UserAssigned",
        (true, false) => "SystemAssigned",
        (false, true) => "UserAssigned",
        (false, false) => "None",
    }
}

fn user_assigned(arm: &Arm<'_>, ids: &Map<String, Value>) -> Result<Value, Answer> {
    if ids.is_empty() {
        return Err(invalid(
            "InvalidParameter",
            "A user-assigned identity is asked for, but none is named.",
        ));
    }
    let mut found = Map::new();
    for (id, value) in ids {
        if value.is_null() && arm.call.method == "PATCH" {
            continue;
        }
        let identity: Resource = arm.tx.get(IDENTITIES, &id.to_ascii_lowercase()).ok_or_else(|| {
            let message = format!("The identity '{id}' was not found.");
            invalid("FailedIdentityOperation", &message)
        })?;
        arm.require(
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
            id,
        )?;
        let body =
            json!({ "principalId": identity.text("principalId"), "clientId": identity.text("clientId") });
        found.insert(id.clone(), body);
    }
    Ok(found.into())
}

/// Deletes the system-assigned identity of a resource that is deleted.
pub(super) fn release(tx: &mut Transaction, resource: &Resource) {
    let held = resource
        .identity
        .as_ref()
        .and_then(|identity| identity["principalId"].as_str());
    if let Some(held) = held {
        directory::delete_managed_identity(tx, held);
    }
}
