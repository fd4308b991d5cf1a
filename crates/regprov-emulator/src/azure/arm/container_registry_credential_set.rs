//! Credential sets: where a cache rule finds the login of the registry that it reads.

use serde_json::{Value, json};

use super::container_registry_child::{Child, Write};
use super::context::{Arm, invalid};
use super::fields;
use super::resource::Resource;
use crate::answer::Answer;
use crate::azure::directory;
use crate::clock;
use crate::store::Transaction;

/// Applies a write.
pub(super) fn apply(arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    let given = &write.properties;
    fields::check(
        given,
        "properties",
        &["loginServer", "authCredentials"],
        &["creationDate", "provisioningState"],
    )?;
    identity(arm, part, write)?;
    if let Some(server) = fields::text(given, "loginServer")? {
        if write.old.is_some_and(|old| old.text("loginServer") != server) {
            let message = "The login server of a credential set cannot be changed.";
            return Err(invalid("CredentialSetUpdateNotSupported", message));
        }
        part.properties.insert("loginServer".into(), server.into());
    } else if !write.partial {
        return Err(invalid(
            "InvalidRequestContent",
            "The required property 'loginServer' is missing.",
        ));
    }
    match given.get("authCredentials").and_then(Value::as_array) {
        Some(list) => drop(
            part.properties
                .insert("authCredentials".into(), credentials(list)?),
        ),
        None if write.partial => {}
        None => {
            return Err(invalid(
                "InvalidRequestContent",
                "The required property 'authCredentials' is missing.",
            ));
        }
    }
    part.properties
        .insert("creationDate".into(), clock::ticks(part.created_at).into());
    Ok(())
}

fn identity(arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    let given = fields::object(write.object, "identity")?;
    fields::check(&given, "identity", &[], &["type", "principalId", "tenantId"])?;
    let wanted =
        fields::text(&given, "type")?.is_some_and(|kind| kind.eq_ignore_ascii_case("SystemAssigned"));
    if part.identity.is_none() && !wanted {
        return Err(invalid(
            "InvalidParameter",
            "A credential set needs a system-assigned identity.",
        ));
    }
    if part.identity.is_none() {
        let principal = directory::create_managed_identity(arm.tx, &part.name, &part.id).principal_id;
        // The service really spells it with a small letter here.
        part.identity = Some(json!({
            "type": "systemAssigned", "principalId": principal, "tenantId": directory::tenant(arm.tx).id,
        }));
    }
    Ok(())
}

fn credentials(list: &[Value]) -> Result<Value, Answer> {
    let mut credentials = Vec::new();
    for item in list {
        let item = item.as_object().ok_or_else(|| {
            invalid(
                "InvalidRequestContent",
                "An authentication credential must be an object.",
            )
        })?;
        let settable = ["name", "usernameSecretIdentifier", "passwordSecretIdentifier"];
        fields::check(
            item,
            "properties.authCredentials",
            &settable,
            &["credentialHealth"],
        )?;
        credentials.push(json!({
            "name": fields::choice(item, "name", &["Credential1"])?.unwrap_or_else(|| "Credential1".into()),
            "usernameSecretIdentifier": fields::required(item, "usernameSecretIdentifier")?,
            "passwordSecretIdentifier": fields::required(item, "passwordSecretIdentifier")?,
            "credentialHealth": {
                "status": "Unhealthy", "errorCode": "Forbidden",
                "errorMessage": "The identity of the credential set cannot read the secrets of the key vault.",
            },
        }));
    }
    if credentials.len() == 1 {
        Ok(credentials.into())
    } else {
        Err(invalid(
            "InvalidParameter",
            "A credential set has exactly one authentication credential.",
        ))
    }
}

/// Refuses to delete a set that a cache rule uses.
pub(super) fn check_deletable(arm: &Arm<'_>, registry: &Resource, part: &Resource) -> Result<(), Answer> {
    let user = Child::CacheRule.of(arm.tx, registry).into_iter().find(|rule| {
        rule.text("credentialSetResourceId")
            .eq_ignore_ascii_case(&part.id)
    });
    match user {
        Some(rule) => {
            let message = format!(
                "The credential set '{}' is in use by the cache rule '{}' and cannot be deleted.",
                part.name, rule.name
            );
            Err(Answer::arm_error(409, "CredentialSetInUse", &message))
        }
        None => Ok(()),
    }
}

/// Deletes the identity of a set that is deleted.
pub(super) fn release(tx: &mut Transaction, part: &Resource) {
    let held = part
        .identity
        .as_ref()
        .and_then(|identity| identity["principalId"].as_str());
    if let Some(held) = held {
        directory::delete_managed_identity(tx, held);
    }
}
