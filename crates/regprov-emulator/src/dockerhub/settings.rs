//! Which images and registries an organization lets its people use.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Organization, Role};
use super::context::{Hub, Reply};
use super::failure::{denied, invalid, unknown};
use super::org;
use crate::answer::Answer;

/// Image access by organization; none where all is allowed.
const IMAGES: &str = "dockerhub/image_access";
/// Registry access by organization; none where all is allowed.
const REGISTRIES: &str = "dockerhub/registry_access";
/// The registry that is known without being named.
const HUB: &str = "DockerHub";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Images {
    enabled: bool,
    allow_official_images: bool,
    allow_verified_publishers: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    restricted_images: Images,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    id: String,
    allowed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    address: String,
    friendly_name: String,
    allowed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registries {
    enabled: bool,
    standard_registries: Vec<Standard>,
    custom_registries: Vec<Custom>,
}

/// Sends a request to who answers it.
pub(super) fn handle(hub: &mut Hub<'_>, organization: &Organization, rest: &[&str]) -> Reply {
    org::at_least(hub, organization, (Role::Owner, "scope-ram-write"))?;
    let name = organization.name.as_str();
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => {
            let restricted_images = hub.tx.get(IMAGES, name).unwrap_or_default();
            Ok(Answer::json(200, &Settings { restricted_images }))
        }
        ("PUT", []) => {
            let asked: Settings = hub.body()?;
            check_plan(organization, asked.restricted_images.enabled)?;
            if asked.restricted_images == Images::default() {
                hub.tx.delete(IMAGES, name);
            } else {
                hub.tx.put(IMAGES, name, &asked.restricted_images);
            }
            Ok(Answer::json(200, &asked))
        }
        ("GET", ["registry-access-management"]) => {
            let kept: Registries = hub.tx.get(REGISTRIES, name).unwrap_or_else(open);
            Ok(Answer::json(200, &kept))
        }
        ("PUT", ["registry-access-management"]) => {
            let asked: Registries = hub.body()?;
            check_plan(organization, asked.enabled)?;
            if asked.standard_registries.iter().any(|known| known.id != HUB) {
                return Err(invalid("standard_registries", "unknown registry id"));
            }
            if asked
                .custom_registries
                .iter()
                .any(|custom| custom.address.is_empty())
            {
                return Err(invalid("custom_registries", "address is required"));
            }
            if !asked.enabled && asked.custom_registries.is_empty() {
                hub.tx.delete(REGISTRIES, name);
            } else {
                hub.tx.put(REGISTRIES, name, &asked);
            }
            Ok(Answer::json(200, &json!(asked)))
        }
        _ => Err(unknown(hub.call)),
    }
}

fn open() -> Registries {
    Registries {
        enabled: false,
        standard_registries: vec![Standard {
            id: HUB.to_owned(),
            allowed: true,
        }],
        custom_registries: Vec::new(),
    }
}

/// Plans without these settings refuse to switch them on.
fn check_plan(organization: &Organization, enabled: bool) -> Result<(), Answer> {
    if enabled && organization.plan == "free" {
        return Err(denied(
            "this setting is not available on the plan of this organization",
        ));
    }
    Ok(())
}
