//! Replicas of a registry in other regions.

use serde_json::{Value, json};

use super::container_registry_child::{Child, Write};
use super::context::{Arm, invalid};
use super::fields;
use super::resource::Resource;
use crate::answer::Answer;
use crate::clock;

/// Applies a write.
pub(super) fn apply(part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    if write.registry.sku.as_deref() != Some("Premium") {
        let sku = write.registry.sku.as_deref().unwrap_or_default();
        let message =
            format!("The resource type 'replications' is not supported for the registry SKU '{sku}'.");
        return Err(invalid("SkuNotSupported", &message));
    }
    if part.location == write.registry.location {
        let message = "A replication cannot be in the home region of its registry.";
        return Err(invalid("InvalidReplicationLocation", message));
    }
    if part.location.as_deref() != Some(part.name.to_ascii_lowercase().as_str()) {
        let message = format!(
            "The replication '{}' must have the name of its location.",
            part.name
        );
        return Err(invalid("InvalidReplicationName", &message));
    }
    let given = &write.properties;
    fields::check(
        given,
        "properties",
        &["regionEndpointEnabled", "zoneRedundancy"],
        &["provisioningState", "status"],
    )?;
    let endpoint = fields::boolean(given, "regionEndpointEnabled")?;
    if endpoint.is_some() || !write.partial {
        part.properties
            .insert("regionEndpointEnabled".into(), endpoint.unwrap_or(true).into());
    }
    let zones = fields::choice(given, "zoneRedundancy", &["Enabled", "Disabled"])?;
    let zones = zones.or_else(|| write.old.map(|old| old.text("zoneRedundancy").to_owned()));
    let zones = zones.unwrap_or_else(|| "Disabled".into());
    if write.old.is_some_and(|old| old.text("zoneRedundancy") != zones) {
        return Err(invalid(
            "InvalidParameter",
            "The zone redundancy of a replication cannot be changed.",
        ));
    }
    part.properties.insert("zoneRedundancy".into(), zones.into());
    Ok(())
}

/// The body; until the replica is ready, its status has a time only.
pub(super) fn body(arm: &Arm<'_>, part: &Resource) -> Value {
    let mut body = part.body(arm.tx.now());
    let at = clock::ticks(part.modified_at);
    body["properties"]["status"] = if part.is_creating(arm.tx.now()) {
        json!({ "timestamp": at })
    } else {
        json!({ "displayStatus": "Ready", "timestamp": at })
    };
    body
}

/// The home region, which is listed once there is a replica.
pub(super) fn home(arm: &Arm<'_>, registry: &Resource) -> Option<Value> {
    if Child::Replication.of(arm.tx, registry).is_empty() {
        return None;
    }
    let name = registry.location.clone()?;
    let mut home = registry.clone();
    home.id = format!("{}/replications/{name}", registry.id);
    home.name.clone_from(&name);
    home.kind = format!("{}/replications", registry.kind);
    home.sku = None;
    home.identity = None;
    home.pending = None;
    home.created_by = "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26".to_owned();
    home.created_by_type = "Application".to_owned();
    home.properties = serde_json::Map::new();
    home.properties
        .insert("regionEndpointEnabled".into(), true.into());
    home.properties.insert(
        "zoneRedundancy".into(),
        registry.properties["zoneRedundancy"].clone(),
    );
    Some(body(arm, &home))
}
