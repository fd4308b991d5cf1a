//! User-assigned managed identities.

use serde_json::{Value, json};

use super::context::{Arm, Reply, invalid, location_for, not_found};
use super::resource::{IDENTITIES, Resource};
use super::{federated_identity_credential, fields, listing, resource_group};
use crate::answer::Answer;
use crate::azure::directory;
use crate::store::Transaction;

/// The type.
pub(crate) const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

fn action(verb: &str) -> String {
    format!("{KIND}/{verb}")
}

/// The body of an identity; it has no provisioning state.
fn body(identity: &Resource) -> Value {
    let mut body = identity.envelope();
    body.remove("systemData");
    body.entry("tags").or_insert_with(|| json!({}));
    body.insert("properties".into(), identity.properties.clone().into());
    body.into()
}

/// Reads and writes an identity, or what is below it.
pub(super) fn handle(arm: &mut Arm<'_>, rest: &[&str]) -> Reply {
    let key = super::context::scope_of(&arm.call.segments[..8]).to_ascii_lowercase();
    match (arm.call.method.as_str(), rest) {
        ("GET", [_]) => {
            arm.require(&action("read"), &key)?;
            Ok(Answer::json(200, &body(&find(arm, &key)?)))
        }
        ("PUT", [_]) => put(arm, &key),
        ("PATCH", [_]) => patch(arm, &key),
        ("DELETE", [_]) => {
            arm.require(&action("delete"), &key)?;
            match arm.tx.get::<Resource>(IDENTITIES, &key) {
                Some(identity) => {
                    remove(arm.tx, &identity);
                    Ok(Answer::empty(200))
                }
                None => Ok(Answer::empty(204)),
            }
        }
        (_, [_, "federatedidentitycredentials", rest @ ..]) => {
            let identity = find(arm, &key);
            federated_identity_credential::handle(arm, (&key, identity), rest)
        }
        _ => Err(arm.no_such_method()),
    }
}

fn find(arm: &Arm<'_>, key: &str) -> Result<Resource, Answer> {
    let (group, name) = (&arm.call.segments[3], &arm.call.segments[7]);
    arm.group(&arm.call.segments[1], group)?;
    arm.tx
        .get(IDENTITIES, key)
        .ok_or_else(|| not_found(&format!("{KIND}/{name}"), group))
}

fn put(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("write"), key)?;
    let group = arm.group(&arm.call.segments[1], &arm.call.segments[3])?;
    let name = arm.call.segments[7].clone();
    check_name(&name)?;
    let object = arm.object()?;
    fields::check(&object, "", &["location", "tags", "properties"], &[])?;
    let properties = fields::object(&object, "properties")?;
    fields::check(
        &properties,
        "properties",
        &["isolationScope"],
        &["tenantId", "principalId", "clientId"],
    )?;
    let location = location_for(fields::required(&object, "location")?, KIND)?.name;
    let old: Option<Resource> = arm.tx.get(IDENTITIES, key);
    let new = old.is_none();
    let mut identity = match old {
        Some(old) if old.location.as_deref() != Some(location) => {
            return Err(super::container_registry::wrong_location(
                &old,
                location,
                &group.name,
            ));
        }
        Some(old) => old,
        None => create(arm, (&group.subscription_id, &group.name, &name)),
    };
    identity.location = Some(location.to_owned());
    identity.tags = fields::tags(&object)?;
    if let Some(isolation) = fields::choice(&properties, "isolationScope", &["None", "Regional"])? {
        identity
            .properties
            .insert("isolationScope".into(), isolation.into());
    }
    arm.tx.put(IDENTITIES, key, &identity);
    Ok(Answer::json(if new { 201 } else { 200 }, &body(&identity)))
}

fn create(arm: &mut Arm<'_>, (subscription, group, name): (&str, &str, &str)) -> Resource {
    let id = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{KIND}/{name}");
    let principal = directory::create_managed_identity(arm.tx, name, &id);
    let mut identity = Resource::new(arm.tx, arm.creator(), KIND, id);
    let tenant = directory::tenant(arm.tx).id;
    for (name, value) in [
        ("tenantId", tenant),
        ("principalId", principal.principal_id),
        ("clientId", principal.client_id),
    ] {
        identity.properties.insert(name.into(), value.into());
    }
    identity
}

fn check_name(name: &str) -> Result<(), Answer> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if (3..=128).contains(&name.len()) && starts && name.chars().all(allowed) {
        return Ok(());
    }
    let message = format!(
        "The identity name '{name}' is not valid. It has 3 to 128 letters, digits, '-' and '_', and starts with a letter \
         or a digit."
    );
    Err(invalid("InvalidResourceName", &message))
}

fn patch(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("write"), key)?;
    let mut identity = find(arm, key)?;
    let object = arm.object()?;
    fields::check(&object, "", &["tags", "location"], &["properties"])?;
    if let Some(tags) = fields::tags(&object)? {
        identity.tags = Some(tags);
    }
    arm.tx.put(IDENTITIES, key, &identity);
    Ok(Answer::json(200, &body(&identity)))
}

/// Deletes an identity with its principal, its federated credentials and the role assignments on it.
pub(super) fn remove(tx: &mut Transaction, identity: &Resource) {
    directory::delete_managed_identity(tx, identity.text("principalId"));
    tx.delete(IDENTITIES, &identity.key());
    resource_group::remove_assignments(tx, &identity.id);
}

/// The identities below a scope.
pub(super) fn list(arm: &mut Arm<'_>, prefix: &str) -> Reply {
    let items = arm
        .tx
        .scan::<Resource>(IDENTITIES, prefix)
        .into_iter()
        .filter(|(key, _)| arm.may(&action("read"), key))
        .map(|(_, identity)| body(&identity))
        .collect();
    Ok(Answer::json(200, &listing::page(arm, items)))
}
