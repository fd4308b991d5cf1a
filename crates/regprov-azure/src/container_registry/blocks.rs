//! The nested blocks of a registry.

use crate::fields::object_types;
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A replica of the registry in another region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Georeplication {
    /// The region.
    #[schema(meaning = Meaning::Location)]
    pub(crate) location: String,
    /// Whether the global host may lead to this replica.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) global_endpoint_routing_enabled: Option<bool>,
    /// The same, by its old name.
    #[schema(meaning = Meaning::ZeroIsNull,
        deprecated = "azurerm 5 calls it `global_endpoint_routing_enabled`; write that name")]
    pub(crate) regional_endpoint_enabled: Option<bool>,
    /// Without effect: Azure spreads every replica over the zones of its region.
    #[schema(default = false, meaning = Meaning::By(super::always_same))]
    pub(crate) zone_redundancy_enabled: Option<bool>,
    /// Tags.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) tags: Option<BTreeMap<String, String>>,
}

impl Georeplication {
    /// Whether the global host may lead there, by either name.
    pub(super) fn routed(&self) -> bool {
        self.global_endpoint_routing_enabled
            .or(self.regional_endpoint_enabled)
            .unwrap_or(false)
    }
}

/// The identity of the registry itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Identity {
    /// `SystemAssigned`, `UserAssigned` or both.
    #[schema(rules = &[Rule::OneOf(&["SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"])])]
    pub(crate) r#type: String,
    /// The user-assigned identities.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) identity_ids: Option<BTreeSet<String>>,
    /// The object id of the system-assigned identity.
    pub(crate) principal_id: Computed<String>,
    /// Its tenant.
    pub(crate) tenant_id: Computed<String>,
}

/// Encryption with a key of yours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Encryption {
    /// The client id of the user-assigned identity that reads the key.
    pub(crate) identity_client_id: Option<String>,
    /// The address of the key, with or without its version.
    pub(crate) key_vault_key_id: Option<String>,
}

/// Which addresses may connect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct NetworkRuleSet {
    /// What happens to addresses without a rule: `Allow` or `Deny`.
    pub(crate) default_action: Option<String>,
    /// The rules.
    pub(crate) ip_rule: Option<BTreeSet<IpRule>>,
}

/// A rule for a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct IpRule {
    /// `Allow`.
    pub(crate) action: Option<String>,
    /// The range, in CIDR form.
    pub(crate) ip_range: Option<String>,
}

object_types!(Encryption, NetworkRuleSet, IpRule);

/// Network rules by meaning: the default action, and the allowed ranges without `/32`. No rules at all allow everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Network {
    pub(super) deny: bool,
    pub(super) ranges: BTreeSet<String>,
}

impl Network {
    pub(super) const OPEN: Self = Self {
        deny: false,
        ranges: BTreeSet::new(),
    };

    pub(super) fn of(sets: &[NetworkRuleSet]) -> Self {
        let Some(set) = sets.first() else {
            return Self::OPEN;
        };
        let ranges = set
            .ip_rule
            .iter()
            .flatten()
            .filter_map(|rule| rule.ip_range.as_deref());
        Self {
            deny: set.default_action.as_deref() == Some("Deny"),
            ranges: ranges.map(bare).collect(),
        }
    }
}

/// A range as the service writes it.
fn bare(range: &str) -> String {
    range.strip_suffix("/32").unwrap_or(range).to_owned()
}

/// Whether two values of `network_rule_set` mean the same.
pub(super) fn same_network(prior: &Value, new: &Value) -> bool {
    let network = |value: &Value| {
        let json = regprov_value::to_json(value).ok()?;
        let sets: Option<Vec<NetworkRuleSet>> = serde_json::from_value(json).ok()?;
        Some(Network::of(&sets.unwrap_or_default()))
    };
    match (network(prior), network(new)) {
        (Some(prior), Some(new)) => prior == new,
        (_, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regprov_schema::FieldType;
    use regprov_value::from_json;
    use serde_json::json;

    fn value(json: &serde_json::Value) -> Value {
        from_json(json, &Vec::<NetworkRuleSet>::ty()).unwrap()
    }

    #[test]
    fn network_rules_are_compared_by_meaning() {
        let open = value(&json!([{"default_action": "Allow", "ip_rule": []}]));
        assert!(same_network(&open, &value(&json!([]))));
        assert!(same_network(&open, &Value::null(Vec::<NetworkRuleSet>::ty())));
        let rule = |range: &str| value(&json!([{"ip_rule": [{"action": "Allow", "ip_range": range}]}]));
        assert!(same_network(&rule("1.2.3.4/32"), &rule("1.2.3.4")));
        assert!(!same_network(&rule("1.2.3.4/32"), &rule("1.2.3.0/24")));
        assert!(!same_network(&open, &value(&json!([{"default_action": "Deny"}]))));
    }
}
