//! Resource groups, and their deletion with everything inside.

use serde_json::{Value, json};

use super::authorization;
use super::context::{Arm, Reply, invalid};
use super::filter::{self, Term};
use super::resource::{Resource, TABLES};
use super::{container_registry, fields, listing, operation, user_assigned_identity};
use crate::answer::Answer;
use crate::azure::locations::{self, LOCATIONS};
use crate::azure::records::{
    FOREIGN_RESOURCES, RESOURCE_GROUPS, ROLE_ASSIGNMENTS, ResourceGroup, RoleAssignment,
};
use crate::store::Transaction;

const READ: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";
const WRITE: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";
const DELETE: &str = "Microsoft.Resources/subscriptions/resourceGroups/delete";

fn id_of(group: &ResourceGroup) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{}",
        group.subscription_id, group.name
    )
}

fn body(group: &ResourceGroup) -> Value {
    let mut body = json!({
        "id": id_of(group),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
    });
    if let Some(tags) = &group.tags {
        body["tags"] = json!(tags);
    }
    if let Some(managed_by) = &group.managed_by {
        body["managedBy"] = managed_by.clone().into();
    }
    body["properties"] = json!({ "provisioningState": "Succeeded" });
    body
}

/// One resource group: reads and writes.
pub(super) fn handle(arm: &mut Arm<'_>, subscription: &str, lower_name: &str) -> Reply {
    let key = format!("/subscriptions/{subscription}/resourcegroups/{lower_name}");
    match arm.call.method.as_str() {
        "GET" => {
            arm.require(READ, &key)?;
            match arm.group(subscription, &arm.call.segments[3]) {
                Ok(group) => Ok(Answer::json(200, &body(&group))),
                Err(absent) => arm.gone(&key, absent),
            }
        }
        "HEAD" => {
            arm.require(READ, &key)?;
            let there = arm.group(subscription, lower_name).is_ok() || arm.lingering(&key).is_some();
            Ok(Answer::empty(if there { 204 } else { 404 }))
        }
        "PUT" => put(arm, subscription, &key),
        "PATCH" => patch(arm, subscription, &key),
        "DELETE" => delete(arm, subscription, &key),
        _ => Err(arm.no_such_method()),
    }
}

fn put(arm: &mut Arm<'_>, subscription: &str, key: &str) -> Reply {
    arm.require(WRITE, key)?;
    arm.refuse_lingering(key, "ResourceGroupBeingDeleted")?;
    let name = arm.call.segments[3].clone();
    check_name(&name)?;
    let body_in = arm.object()?;
    fields::check(&body_in, "", &["location", "tags", "managedBy"], &["properties"])?;
    let location = location(fields::required(&body_in, "location")?)?;
    let old = arm.group(subscription, &name).ok();
    if let Some(old) = &old
        && old.location != location
    {
        let message = format!(
            "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
            old.location
        );
        return Err(Answer::arm_error(409, "InvalidResourceGroupLocation", &message));
    }
    let group = ResourceGroup {
        subscription_id: arm.subscription(subscription)?.subscription_id,
        name: old.as_ref().map_or(name, |old| old.name.clone()),
        location,
        managed_by: fields::text(&body_in, "managedBy")?.map(str::to_owned),
        tags: fields::tags(&body_in)?,
        deleted_at: None,
    };
    arm.tx.put(RESOURCE_GROUPS, key, &group);
    Ok(Answer::json(if old.is_some() { 200 } else { 201 }, &body(&group)))
}

fn check_name(name: &str) -> Result<(), Answer> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')');
    if !name.is_empty() && name.chars().count() <= 90 && name.chars().all(allowed) && !name.ends_with('.') {
        return Ok(());
    }
    let message = format!(
        "The provided resource group name '{name}' is not valid. It may hold up to 90 letters, digits, '-', '_', '(', \
         ')' and '.', and may not end with a period."
    );
    Err(invalid("InvalidResourceGroup", &message))
}

fn location(text: &str) -> Result<String, Answer> {
    locations::find(text).map(|location| location.name.to_owned()).ok_or_else(|| {
        let known: Vec<&str> = LOCATIONS.iter().map(|location| location.name).collect();
        let message = format!(
            "The provided location '{text}' is not available for resource group. List of available regions is '{}'.",
            known.join(",")
        );
        invalid("LocationNotAvailableForResourceGroup", &message)
    })
}

fn patch(arm: &mut Arm<'_>, subscription: &str, key: &str) -> Reply {
    arm.require(WRITE, key)?;
    let mut group = arm.group(subscription, &arm.call.segments[3])?;
    let body_in = arm.object()?;
    fields::check(&body_in, "", &["tags", "managedBy"], &["properties"])?;
    if let Some(tags) = fields::tags(&body_in)? {
        group.tags = Some(tags);
    }
    if let Some(managed_by) = fields::text(&body_in, "managedBy")? {
        group.managed_by = Some(managed_by.to_owned()).filter(|text| !text.is_empty());
    }
    arm.tx.put(RESOURCE_GROUPS, key, &group);
    Ok(Answer::json(200, &body(&group)))
}

fn delete(arm: &mut Arm<'_>, subscription: &str, key: &str) -> Reply {
    arm.require(DELETE, key)?;
    let group = match arm.group(subscription, &arm.call.segments[3]) {
        Ok(group) => group,
        Err(_) if arm.lingering(key).is_some() => {
            let (until, happens) = operation::deletion(arm);
            return Ok(answer_delete(arm, subscription, until, happens));
        }
        Err(absent) => return Err(absent),
    };
    let (until, happens) = operation::deletion(arm);
    if happens {
        remove_contents(arm, key);
        arm.tx.delete(RESOURCE_GROUPS, key);
        arm.linger(key, body(&group), until);
    }
    Ok(answer_delete(arm, subscription, until, happens))
}

fn answer_delete(arm: &mut Arm<'_>, subscription: &str, until: jiff::Timestamp, happens: bool) -> Answer {
    let path = format!("/subscriptions/{subscription}/operationresults/delete");
    operation::deleting(arm, &path, until, happens)
}

/// Deletes everything below a group, and the role assignments there.
fn remove_contents(arm: &mut Arm<'_>, key: &str) {
    let below = format!("{key}/");
    for table in TABLES {
        for (_, resource) in arm.tx.scan::<Resource>(table, &below) {
            match resource.kind.as_str() {
                container_registry::KIND => container_registry::remove(arm.tx, &resource),
                user_assigned_identity::KIND => user_assigned_identity::remove(arm.tx, &resource),
                _ => {
                    arm.tx.delete(table, &resource.key());
                }
            }
        }
    }
    for (foreign, _) in arm.tx.scan::<Value>(FOREIGN_RESOURCES, &below) {
        arm.tx.delete(FOREIGN_RESOURCES, &foreign);
    }
    remove_assignments(arm.tx, key);
}

/// Deletes the role assignments at and below a scope.
pub(super) fn remove_assignments(tx: &mut Transaction, scope: &str) {
    for (key, assignment) in tx.scan::<RoleAssignment>(ROLE_ASSIGNMENTS, "") {
        if authorization::contains(scope, &assignment.scope) {
            tx.delete(ROLE_ASSIGNMENTS, &key);
        }
    }
}

/// The resource groups of a subscription.
pub(super) fn list(arm: &mut Arm<'_>, subscription: &str) -> Reply {
    let terms = match arm.call.query("$filter") {
        None | Some("") => Vec::new(),
        Some(text) => filter::parse(text).ok_or_else(|| listing::bad_filter(text))?,
    };
    let wanted = |name: &str| {
        terms.iter().find_map(|term| match term {
            Term::Equals(found, value) if found.eq_ignore_ascii_case(name) => Some(value.clone()),
            Term::Equals(..) | Term::Call(..) => None,
        })
    };
    let (tag_name, tag_value) = (wanted("tagName"), wanted("tagValue"));
    let items = arm
        .tx
        .scan::<ResourceGroup>(RESOURCE_GROUPS, &format!("/subscriptions/{subscription}/"))
        .into_iter()
        .filter(|(key, _)| arm.may(READ, key))
        .filter(|(_, group)| {
            let Some(name) = &tag_name else { return true };
            let tag = group.tags.as_ref().and_then(|tags| tags.get(name));
            tag.is_some_and(|tag| tag_value.as_ref().is_none_or(|value| value == tag))
        })
        .map(|(_, group)| body(&group))
        .collect();
    Ok(Answer::json(200, &listing::page(arm, items)))
}

/// The resources of a group.
pub(super) fn contents(arm: &mut Arm<'_>, subscription: &str, name: &str) -> Reply {
    let group = arm.group(subscription, name)?;
    let scope = id_of(&group);
    arm.require(
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
        &scope,
    )?;
    listing::resources(arm, &scope)
}

/// Whether a scope names something that is there.
pub(super) fn scope_exists(tx: &Transaction, scope: &str) -> bool {
    let key = scope.trim_end_matches('/').to_ascii_lowercase();
    let segments: Vec<&str> = key.split('/').skip(1).collect();
    match segments.as_slice() {
        [] | ["providers", "microsoft.management", "managementgroups", _] => true,
        ["subscriptions", id] => tx.contains(crate::azure::records::SUBSCRIPTIONS, id),
        ["subscriptions", _, "resourcegroups", _] => tx.contains(RESOURCE_GROUPS, &key),
        _ => super::resource::find(tx, &key).is_some() || tx.contains(FOREIGN_RESOURCES, &key),
    }
}
