//! Container registries.

mod admin;
mod identity;
mod settings;

use serde_json::{Map, Value, json};

use super::context::{Arm, Reply, invalid, location_for, not_found};
use super::resource::{REGISTRIES, Resource};
use super::{
    container_registry_child, container_registry_token_password, fields, listing, operation, resource_group,
};
use crate::answer::Answer;
use crate::azure::records::{FOREIGN_REGISTRIES, ResourceGroup};
use crate::clock;
use crate::oci;
use crate::service::Service;
use crate::store::Transaction;

pub(crate) use admin::password_matches;
pub(crate) use settings::parse_range;

/// The type.
pub(crate) const KIND: &str = "Microsoft.ContainerRegistry/registries";

/// Ids of registries by lower-case name; names are unique across all tenants.
const NAMES: &str = "_azure_registry_names";

/// An action on registries.
pub(super) fn action(verb: &str) -> String {
    format!("{KIND}/{verb}")
}

/// The registry of a name, which is unique in the world.
pub(crate) fn by_name(tx: &Transaction, name: &str) -> Option<Resource> {
    let key: String = tx.get(NAMES, &name.to_ascii_lowercase())?;
    tx.get(REGISTRIES, &key)
}

/// Reads and writes a registry, or what is below it.
pub(super) fn handle(arm: &mut Arm<'_>, rest: &[&str]) -> Reply {
    let key = super::context::scope_of(&arm.call.segments[..8]).to_ascii_lowercase();
    match (arm.call.method.as_str(), rest) {
        ("GET", [_]) => {
            arm.require(&action("read"), &key)?;
            match find(arm, &key) {
                Ok(registry) => Ok(Answer::json(200, &body(arm, &registry))),
                Err(absent) => arm.gone(&key, absent),
            }
        }
        ("PUT", [_]) => put(arm, &key),
        ("PATCH", [_]) => patch(arm, &key),
        ("DELETE", [_]) => delete(arm, &key),
        ("GET", [_, "operationstatuses", _]) => {
            arm.require(&action("operationStatuses/read"), &key)?;
            operation::status(arm)
        }
        ("POST", [_, "listcredentials"]) => admin::list_credentials(arm, &key),
        ("POST", [_, "regeneratecredential"]) => admin::regenerate_credential(arm, &key),
        ("POST", [_, "generatecredentials"]) => container_registry_token_password::generate(arm, &key),
        ("GET", [_, "listusages"]) => admin::list_usages(arm, &key),
        (_, [_, kind, rest @ ..]) => container_registry_child::handle(arm, &key, kind, rest),
        _ => Err(arm.no_such_method()),
    }
}

/// The registry that a request's path names.
pub(super) fn find(arm: &Arm<'_>, key: &str) -> Result<Resource, Answer> {
    let (group, name) = (&arm.call.segments[3], &arm.call.segments[7]);
    arm.group(&arm.call.segments[1], group)?;
    arm.tx
        .get(REGISTRIES, key)
        .ok_or_else(|| not_found(&format!("{KIND}/{name}"), group))
}

/// The registry that a request's path names, when it is past its creation.
pub(super) fn find_active(arm: &Arm<'_>, key: &str) -> Result<Resource, Answer> {
    let registry = find(arm, key)?;
    if registry.is_creating(arm.tx.now()) {
        let message = format!(
            "The registry '{}' is still being created; wait for its operation.",
            registry.name
        );
        return Err(Answer::arm_error(409, "RegistryStatusConflict", &message));
    }
    Ok(registry)
}

/// The body of a registry.
pub(super) fn body(arm: &Arm<'_>, registry: &Resource) -> Value {
    let lower = registry.name.to_ascii_lowercase();
    let mut properties = registry.properties.clone();
    if registry.sku.as_deref() != Some("Premium") {
        properties.remove("networkRuleSet");
    }
    let preview = arm
        .call
        .query("api-version")
        .is_some_and(|version| version.ends_with("-preview"));
    if !preview {
        settings::PREVIEW
            .iter()
            .for_each(|name| drop(properties.remove(*name)));
    }
    let hosts: Vec<String> = if registry.flag("dataEndpointEnabled") {
        regions(arm, registry)
            .iter()
            .map(|region| format!("{lower}.{region}.data.azurecr.io"))
            .collect()
    } else {
        Vec::new()
    };
    let server = arm.tx.login_server(&lower).unwrap_or_default();
    properties.insert("loginServer".into(), server.into());
    properties.insert("creationDate".into(), clock::ticks(registry.created_at).into());
    properties.insert("dataEndpointHostNames".into(), json!(hosts));
    properties.insert("privateEndpointConnections".into(), json!([]));
    registry.body_with(arm.tx.now(), properties)
}

/// The home region and the regions of all replicas.
pub(super) fn regions(arm: &Arm<'_>, registry: &Resource) -> Vec<String> {
    let home = registry.location.clone().unwrap_or_default();
    let replicas = container_registry_child::Child::Replication.of(arm.tx, registry);
    std::iter::once(home)
        .chain(replicas.into_iter().filter_map(|replica| replica.location))
        .collect()
}

/// The registries below a scope.
pub(super) fn list(arm: &mut Arm<'_>, prefix: &str) -> Reply {
    let items = arm
        .tx
        .scan::<Resource>(REGISTRIES, prefix)
        .into_iter()
        .filter(|(key, _)| arm.may(&action("read"), key))
        .map(|(_, registry)| body(arm, &registry))
        .collect();
    Ok(Answer::json(200, &listing::page(arm, items)))
}

/// Why a name cannot be a registry's.
fn name_problem(name: &str) -> Option<String> {
    let well_formed = (5..=50).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    (!well_formed).then(|| {
        format!(
            "The registry name '{name}' is not valid. It may contain alpha numeric characters only and must be between 5 \
             and 50 characters."
        )
    })
}

fn is_taken(tx: &Transaction, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    tx.contains(NAMES, &lower) || tx.contains(FOREIGN_REGISTRIES, &lower)
}

/// Says whether a name is free.
pub(super) fn check_name(arm: &mut Arm<'_>, subscription: &str) -> Reply {
    if arm.call.method != "POST" {
        return Err(arm.no_such_method());
    }
    let scope = format!("/subscriptions/{subscription}");
    arm.require("Microsoft.ContainerRegistry/checkNameAvailability/read", &scope)?;
    let object = arm.object()?;
    let settable = ["name", "autoGeneratedDomainNameLabelScope", "resourceGroupName"];
    fields::check(&object, "", &settable, &[])?;
    let name = fields::required(&object, "name")?;
    if !fields::required(&object, "type")?.eq_ignore_ascii_case(KIND) {
        return Err(invalid(
            "InvalidRequestContent",
            &format!("The type must be '{KIND}'."),
        ));
    }
    let verdict = if let Some(problem) = name_problem(name) {
        json!({ "nameAvailable": false, "reason": "Invalid", "message": problem })
    } else if is_taken(arm.tx, name) {
        let message = format!("The registry {name} is already in use.");
        json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": message })
    } else {
        json!({ "nameAvailable": true })
    };
    Ok(Answer::json(200, &verdict))
}

/// The refusal to move a resource.
pub(super) fn wrong_location(old: &Resource, location: &str, group: &str) -> Answer {
    let message = format!(
        "The resource '{}' already exists in location '{}' in resource group '{group}'. A resource with the same name \
         cannot be created in location '{location}'. Please select a new resource name.",
        old.name,
        old.location.as_deref().unwrap_or_default()
    );
    Answer::arm_error(409, "InvalidResourceLocation", &message)
}

fn put(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("write"), key)?;
    let group = arm.group(&arm.call.segments[1], &arm.call.segments[3])?;
    arm.refuse_lingering(key, "ResourceIsDeprovisioning")?;
    let name = arm.call.segments[7].clone();
    if let Some(problem) = name_problem(&name) {
        return Err(invalid("InvalidResourceName", &problem));
    }
    let object = arm.object()?;
    fields::check(
        &object,
        "",
        &["location", "sku", "tags", "identity", "properties"],
        &[],
    )?;
    let location = location_for(fields::required(&object, "location")?, KIND)?.name;
    let old: Option<Resource> = arm.tx.get(REGISTRIES, key);
    if let Some(old) = &old
        && old.location.as_deref() != Some(location)
    {
        return Err(wrong_location(old, location, &group.name));
    }
    let sku = settings::sku(&object)?.ok_or_else(|| {
        invalid(
            "InvalidRequestContent",
            "The required property 'sku.name' of the registry is missing.",
        )
    })?;
    let mut registry = match &old {
        Some(old) => old.clone(),
        None => create(arm, &group, &name)?,
    };
    registry.location = Some(location.to_owned());
    registry.tags = fields::tags(&object)?.or_else(|| Some(std::collections::BTreeMap::new()));
    registry.sku = Some(sku);
    registry.properties = settings::defaults(arm.tx.now());
    write(arm, (key, &object), (old.as_ref(), registry))
}

fn create(arm: &mut Arm<'_>, group: &ResourceGroup, name: &str) -> Result<Resource, Answer> {
    if is_taken(arm.tx, name) {
        let message = format!(
            "The registry name {name} is already in use. You can check if the name is already claimed using following \
             API: https://aka.ms/acr/check-name-availability"
        );
        let error = json!({ "code": "RegistryNameAlreadyInUse", "message": message });
        return Err(Answer::json(409, &json!({ "error": error, "status": "Failed" })));
    }
    let scope = format!("/subscriptions/{}/", group.subscription_id).to_ascii_lowercase();
    let count = arm.tx.scan::<Resource>(REGISTRIES, &scope).len();
    if u64::try_from(count).unwrap_or(u64::MAX) >= arm.tx.knobs().quota_registries {
        let message = format!("The subscription has reached its quota of {count} registries.");
        return Err(Answer::arm_error(409, "QuotaExceeded", &message));
    }
    let lower = name.to_ascii_lowercase();
    arm.tx
        .allocate_port(&Service::Registry(lower.clone()))
        .map_err(|error| {
            let message = format!("The sandbox has no loopback port left for this registry: {error}.");
            Answer::arm_error(500, "SandboxPortUnavailable", &message)
        })?;
    let id = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/{KIND}/{name}",
        group.subscription_id, group.name
    );
    arm.tx.put(NAMES, &lower, &id.to_ascii_lowercase());
    Ok(Resource::new(arm.tx, arm.creator(), KIND, id))
}

fn patch(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("write"), key)?;
    let old = find_active(arm, key)?;
    let object = arm.object()?;
    fields::check(
        &object,
        "",
        &["sku", "tags", "identity", "properties"],
        &["location"],
    )?;
    let given = fields::object(&object, "properties")?;
    let zones = fields::choice(&given, "zoneRedundancy", &["Enabled", "Disabled"])?;
    if zones.is_some_and(|zones| zones != old.text("zoneRedundancy")) {
        let message = "The property 'zoneRedundancy' of a registry cannot be updated.";
        return Err(invalid("InvalidRequestContent", message));
    }
    let mut registry = old.clone();
    if let Some(sku) = settings::sku(&object)? {
        registry.sku = Some(sku);
    }
    if let Some(tags) = fields::tags(&object)? {
        registry.tags = Some(tags);
    }
    write(arm, (key, &object), (Some(&old), registry))
}

/// Applies the properties and the identity of a body, checks the whole, and keeps it.
fn write(
    arm: &mut Arm<'_>,
    (key, object): (&str, &Map<String, Value>),
    (old, mut registry): (Option<&Resource>, Resource),
) -> Reply {
    let given = fields::object(object, "properties")?;
    settings::apply(&mut registry, &given, old, arm.tx.now())?;
    let has_replicas = !container_registry_child::Child::Replication
        .of(arm.tx, &registry)
        .is_empty();
    settings::check_gates(old, &registry, has_replicas)?;
    if old.is_none() || arm.call.method == "PUT" || object.contains_key("identity") {
        identity::apply(arm, &mut registry, object)?;
    }
    settings::check_encryption(&registry)?;
    admin::ensure_passwords(arm.tx, &mut registry);
    arm.begin(&mut registry, if old.is_none() { "Creating" } else { "Updating" });
    arm.tx.put(REGISTRIES, key, &registry);
    let answer = body(arm, &registry);
    Ok(operation::begun(arm, &registry, &answer))
}

fn delete(arm: &mut Arm<'_>, key: &str) -> Reply {
    arm.require(&action("delete"), key)?;
    let Some(registry) = arm.tx.get::<Resource>(REGISTRIES, key) else {
        return Ok(Answer::empty(204));
    };
    let (until, happens) = operation::deletion(arm);
    let last = body(arm, &registry);
    if happens {
        remove(arm.tx, &registry);
        arm.linger(key, last, until);
    }
    let subscription = arm.call.segments[1].clone();
    let region = registry.location.clone().unwrap_or_default();
    let path = format!(
        "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/locations/{region}/operationResults/registries"
    );
    Ok(operation::deleting(arm, &path, until, happens))
}

/// Deletes a registry with its content, its parts, its identity, its port and the role assignments on it.
pub(super) fn remove(tx: &mut Transaction, registry: &Resource) {
    let lower = registry.name.to_ascii_lowercase();
    identity::release(tx, registry);
    for child in container_registry_child::Child::ALL {
        for part in child.of(tx, registry) {
            container_registry_child::remove(tx, *child, &part);
        }
    }
    oci::forget_registry(tx, &lower);
    tx.release_port(&Service::Registry(lower.clone()));
    tx.delete(NAMES, &lower);
    tx.delete(REGISTRIES, &registry.key());
    resource_group::remove_assignments(tx, &registry.id);
}
