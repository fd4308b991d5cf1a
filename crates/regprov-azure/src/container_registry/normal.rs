//! A registry's settings by meaning, and the difference between two of them as a request.

use super::blocks::Network;
use super::{ContainerRegistry, wire};
use crate::location;
use std::collections::{BTreeMap, BTreeSet};

/// The settings by meaning: nulls resolved, spelling gone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent switches of the service"
)]
pub(super) struct Normal {
    admin: bool,
    anonymous: bool,
    data_endpoint: bool,
    bypass: String,
    bypass_for_tasks: bool,
    public: bool,
    mode: String,
    network: Network,
    policies: Policies,
    encryption: Option<(String, String)>,
    identity: Option<(String, BTreeSet<String>)>,
    tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent switches of the service"
)]
struct Policies {
    arm_tokens: bool,
    export: bool,
    quarantine: bool,
    retention: i64,
    trust: bool,
}

impl Normal {
    /// What the service sets where a request says nothing.
    pub(super) fn service_default() -> Self {
        Self {
            admin: false,
            anonymous: false,
            data_endpoint: false,
            bypass: "AzureServices".to_owned(),
            bypass_for_tasks: false,
            public: true,
            mode: "LegacyRegistryPermissions".to_owned(),
            network: Network::OPEN,
            policies: Policies {
                arm_tokens: true,
                export: true,
                quarantine: false,
                retention: 0,
                trust: false,
            },
            encryption: None,
            identity: None,
            tags: BTreeMap::new(),
        }
    }

    pub(super) fn of(object: &ContainerRegistry) -> Self {
        let default = Self::service_default();
        let network = object
            .network_rule_set
            .get()
            .map_or(Network::OPEN, |sets| Network::of(sets));
        let encryption = object.encryption.iter().flatten().next().map(|encryption| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            (
                text(&encryption.identity_client_id),
                text(&encryption.key_vault_key_id),
            )
        });
        let identity = object.identity.first().map(|identity| {
            let ids = identity
                .identity_ids
                .iter()
                .flatten()
                .map(|id| id.to_lowercase())
                .collect();
            (identity.r#type.replace(' ', ""), ids)
        });
        Self {
            admin: object.admin_enabled.unwrap_or(default.admin),
            anonymous: object.anonymous_pull_enabled.unwrap_or(default.anonymous),
            data_endpoint: object.data_endpoint_enabled.unwrap_or(default.data_endpoint),
            bypass: object
                .network_rule_bypass_option
                .clone()
                .unwrap_or(default.bypass),
            bypass_for_tasks: object
                .network_rule_bypass_for_tasks_enabled
                .unwrap_or(default.bypass_for_tasks),
            public: object.public_network_access_enabled.unwrap_or(default.public),
            mode: object.role_assignment_mode.clone().unwrap_or(default.mode),
            network,
            policies: Policies {
                arm_tokens: object
                    .azuread_authentication_as_arm_policy_enabled
                    .unwrap_or(true),
                export: object.export_policy_enabled.unwrap_or(true),
                quarantine: object.quarantine_policy_enabled.unwrap_or(false),
                retention: object.retention_policy_in_days.unwrap_or(0),
                trust: object.trust_policy_enabled.unwrap_or(false),
            },
            encryption,
            identity,
            tags: object.tags.clone().unwrap_or_default(),
        }
    }

    /// The request that leads from one to the other; `None` where they are the same. Settings that do not change are left
    /// out, as the service refuses some of them for some SKUs even where they are the default.
    pub(super) fn difference(from: &Self, to: &ContainerRegistry) -> Option<wire::Change> {
        let want = Self::of(to);
        if *from == want {
            return None;
        }
        let policies = (from.policies != want.policies).then(|| want.policies.wire());
        let properties = wire::Settings {
            admin_user_enabled: changed(&from.admin, &want.admin),
            anonymous_pull_enabled: changed(&from.anonymous, &want.anonymous),
            data_endpoint_enabled: changed(&from.data_endpoint, &want.data_endpoint),
            network_rule_bypass_options: changed(&from.bypass, &want.bypass),
            network_rule_bypass_allowed_for_tasks: changed(&from.bypass_for_tasks, &want.bypass_for_tasks),
            public_network_access: changed(&from.public, &want.public).map(wire::capital),
            role_assignment_mode: changed(&from.mode, &want.mode),
            network_rule_set: changed(&from.network, &want.network).map(wire::NetworkRuleSet::from),
            policies,
            encryption: changed(&from.encryption, &want.encryption).map(wire::Encryption::from),
            zone_redundancy: None,
        };
        Some(wire::Change {
            properties,
            tags: changed(&from.tags, &want.tags),
            identity: (from.identity != want.identity).then(|| wire::Identity::wanted(to)),
            sku: None,
        })
    }
}

fn changed<T: PartialEq + Clone>(from: &T, to: &T) -> Option<T> {
    (from != to).then(|| to.clone())
}

impl Policies {
    fn wire(&self) -> wire::Policies {
        wire::Policies {
            quarantine: Some(wire::Policy::of(self.quarantine)),
            retention: Some(wire::Retention::of(self.retention)),
            export: Some(wire::Policy::of(self.export)),
            arm_tokens: Some(wire::Policy::of(self.arm_tokens)),
            trust: self.trust.then(|| wire::Trust::of(true)),
        }
    }
}

/// The replicas that shall be, by location.
pub(super) fn replicas(object: &ContainerRegistry) -> BTreeMap<String, &super::Georeplication> {
    object
        .georeplications
        .iter()
        .map(|replica| (location::normalize(&replica.location), replica))
        .collect()
}
