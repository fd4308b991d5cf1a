//! Registries as ARM writes them.

use super::blocks::Network;
use super::{ContainerRegistry, Georeplication};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Deserialize)]
pub(super) struct Registry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) location: String,
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) sku: Sku,
    pub(super) identity: Option<Identity>,
    pub(super) properties: Properties,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Sku {
    pub(super) name: String,
    #[serde(skip_serializing)]
    pub(super) tier: Option<String>,
}

impl Sku {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tier: None,
        }
    }

    /// The tier; it is the name in all that is not legacy.
    pub(super) fn tier(&self) -> &str {
        self.tier.as_deref().unwrap_or(&self.name)
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(skip_serializing)]
    pub(super) principal_id: Option<String>,
    #[serde(skip_serializing)]
    pub(super) tenant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_assigned_identities: Option<BTreeMap<String, Empty>>,
}

/// `{}`; what the service writes into it is not needed.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Empty {}

impl Identity {
    pub(super) fn wanted(object: &ContainerRegistry) -> Self {
        let Some(identity) = object.identity.first() else {
            return Self {
                kind: "None".to_owned(),
                ..Self::default()
            };
        };
        let ids = identity.identity_ids.as_ref().filter(|ids| !ids.is_empty());
        Self {
            kind: identity.r#type.clone(),
            user_assigned_identities: ids.map(|ids| ids.iter().map(|id| (id.clone(), Empty {})).collect()),
            ..Self::default()
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    pub(super) provisioning_state: Option<String>,
    pub(super) login_server: Option<String>,
    #[serde(default)]
    pub(super) data_endpoint_host_names: Vec<String>,
    #[serde(flatten)]
    pub(super) settings: Settings,
}

/// The settings, as they are read and as they are written.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) admin_user_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) anonymous_pull_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data_endpoint_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network_rule_bypass_options: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network_rule_bypass_allowed_for_tasks: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_network_access: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_assignment_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network_rule_set: Option<NetworkRuleSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policies: Option<Policies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encryption: Option<Encryption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) zone_redundancy: Option<String>,
}

/// `Enabled` or `Disabled`.
pub(super) fn capital(on: bool) -> String {
    if on { "Enabled" } else { "Disabled" }.to_owned()
}

fn small(on: bool) -> String {
    if on { "enabled" } else { "disabled" }.to_owned()
}

/// Whether a status, in any case, is `enabled`.
pub(super) fn is_on(status: &str) -> bool {
    status.eq_ignore_ascii_case("enabled")
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkRuleSet {
    pub(super) default_action: String,
    #[serde(default)]
    pub(super) ip_rules: Vec<IpRule>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct IpRule {
    pub(super) action: Option<String>,
    pub(super) value: String,
}

impl From<Network> for NetworkRuleSet {
    fn from(network: Network) -> Self {
        let rule = |value| IpRule {
            action: Some("Allow".to_owned()),
            value,
        };
        Self {
            default_action: if network.deny { "Deny" } else { "Allow" }.to_owned(),
            ip_rules: network.ranges.into_iter().map(rule).collect(),
        }
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Policies {
    #[serde(rename = "quarantinePolicy", skip_serializing_if = "Option::is_none")]
    pub(super) quarantine: Option<Policy>,
    #[serde(rename = "retentionPolicy", skip_serializing_if = "Option::is_none")]
    pub(super) retention: Option<Retention>,
    #[serde(rename = "exportPolicy", skip_serializing_if = "Option::is_none")]
    pub(super) export: Option<Policy>,
    #[serde(
        rename = "azureADAuthenticationAsArmPolicy",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) arm_tokens: Option<Policy>,
    #[serde(rename = "trustPolicy", skip_serializing_if = "Option::is_none")]
    pub(super) trust: Option<Trust>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Policy {
    #[serde(default)]
    pub(super) status: String,
}

impl Policy {
    pub(super) fn of(on: bool) -> Self {
        Self { status: small(on) }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Retention {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days: Option<i64>,
    #[serde(default)]
    pub(super) status: String,
}

impl Retention {
    pub(super) fn of(days: i64) -> Self {
        Self {
            days: (days > 0).then_some(days),
            status: small(days > 0),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Trust {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default)]
    pub(super) status: String,
}

impl Trust {
    pub(super) fn of(on: bool) -> Self {
        Self {
            kind: Some("Notary".to_owned()),
            status: small(on),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Encryption {
    #[serde(default)]
    pub(super) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_vault_properties: Option<KeyVault>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyVault {
    pub(super) identity: Option<String>,
    pub(super) key_identifier: Option<String>,
}

impl From<Option<(String, String)>> for Encryption {
    fn from(encryption: Option<(String, String)>) -> Self {
        Self {
            status: small(encryption.is_some()),
            key_vault_properties: encryption.map(|(identity, key)| KeyVault {
                identity: Some(identity),
                key_identifier: Some(key),
            }),
        }
    }
}

/// A PATCH.
#[derive(Default, Serialize)]
pub(super) struct Change {
    pub(super) properties: Settings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) identity: Option<Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sku: Option<Sku>,
}

/// A PUT.
#[derive(Serialize)]
pub(super) struct Put {
    pub(super) location: String,
    #[serde(flatten)]
    pub(super) change: Change,
}

/// The admin user.
#[derive(Deserialize)]
pub(super) struct Credentials {
    pub(super) username: String,
    #[serde(default)]
    pub(super) passwords: Vec<Password>,
}

#[derive(Deserialize)]
pub(super) struct Password {
    pub(super) value: zeroize::Zeroizing<String>,
}

/// A replica.
#[derive(Clone, Deserialize)]
pub(super) struct Replication {
    pub(super) name: String,
    pub(super) location: String,
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) properties: ReplicationProperties,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplicationProperties {
    pub(super) provisioning_state: Option<String>,
    pub(super) region_endpoint_enabled: Option<bool>,
    pub(super) zone_redundancy: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ReplicationPut {
    location: String,
    tags: BTreeMap<String, String>,
    properties: ReplicationSettings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplicationSettings {
    region_endpoint_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_redundancy: Option<String>,
}

impl ReplicationPut {
    pub(super) fn new(location: &str, wanted: &Georeplication) -> Self {
        Self {
            location: location.to_owned(),
            tags: wanted.tags.clone().unwrap_or_default(),
            properties: ReplicationSettings {
                region_endpoint_enabled: wanted.routed(),
                zone_redundancy: wanted.zone_redundancy_enabled.map(capital),
            },
        }
    }
}

#[derive(Serialize)]
pub(super) struct ReplicationPatch {
    tags: BTreeMap<String, String>,
    properties: ReplicationSettings,
}

impl ReplicationPatch {
    pub(super) fn new(wanted: &Georeplication) -> Self {
        Self {
            tags: wanted.tags.clone().unwrap_or_default(),
            properties: ReplicationSettings {
                region_endpoint_enabled: wanted.routed(),
                zone_redundancy: None,
            },
        }
    }
}

/// A question whether a name is free.
#[derive(Serialize)]
pub(super) struct NameQuery<'a> {
    pub(super) name: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NameAnswer {
    pub(super) name_available: bool,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// How far a long operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Working,
    Failed,
    Ready,
}

/// The stage that a provisioning state means; an absent one is success.
pub(super) fn stage(state: Option<&str>) -> Stage {
    match state.map(str::to_ascii_lowercase).as_deref() {
        None | Some("succeeded") => Stage::Ready,
        Some("failed" | "canceled" | "cancelled") => Stage::Failed,
        Some(_) => Stage::Working,
    }
}
