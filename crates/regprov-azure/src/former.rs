//! How azuread 2 and azurerm 3 called and wrote what their successors know by other names.

use crate::fields::object_types;
use crate::id::ServicePrincipalId;
use regprov_schema::{Dropped, FieldType, Former, Schema};
use regprov_value::{Type, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// `application_id` was the name of `client_id` in azuread 2.
pub(crate) const CLIENT_ID_BEFORE: &[Former] = &[Former::renamed(
    "application_id",
    "azuread 3 calls it `client_id`; write that name",
)];

/// `name` was the name of `display_name` in azuread 1.
pub(crate) const DISPLAY_NAME_BEFORE: &[Former] = &[Former::renamed(
    "name",
    "azuread 2 calls it `display_name`; write that name",
)];

/// How azuread 2 named an application.
pub(crate) const APPLICATION_BEFORE: &[Former] = &[Former {
    name: "application_object_id",
    instead: "write `application_id = azuread_application.NAME.id`; azuread 3 dropped this name",
    form: None,
    convert: |value| Ok(rooted(value, "/applications/")),
}];

/// How azuread 2 named a service principal.
pub(crate) const PRINCIPAL_BEFORE: &[Former] = &[Former {
    name: "service_principal_id",
    instead: "write `azuread_service_principal.NAME.id`; azuread 3 does not take the object id",
    form: None,
    convert: |value| Ok(rooted(value, "/servicePrincipals/")),
}];

/// The object id that azuread 2 showed as the id of a service principal.
pub(crate) const OBJECT_ID_BEFORE: &[Former] = &[Former {
    name: "principal_id",
    instead: "write `azuread_service_principal.NAME.object_id`; since azuread 3 the `id` is no object id",
    form: None,
    convert: |value| {
        Ok(match value.as_str().map(str::parse::<ServicePrincipalId>) {
            Some(Ok(id)) => Value::string(id.part(0)).marked(value.marks),
            Some(Err(_)) | None => value,
        })
    },
}];

/// What azuread 1 took for an application.
pub(crate) const APPLICATION_DROPPED: &[Dropped] = &[
    Dropped {
        name: "homepage",
        instead: "azuread 2 has it as `homepage_url` in a block `web`",
    },
    Dropped {
        name: "reply_urls",
        instead: "azuread 2 has them as `redirect_uris` in a block `web`, `public_client` or `single_page_application`",
    },
    Dropped {
        name: "logout_url",
        instead: "azuread 2 has it as `logout_url` in a block `web`",
    },
    Dropped {
        name: "available_to_other_tenants",
        instead: "azuread 2 has it as `sign_in_audience`, such as `\"AzureADMultipleOrgs\"`",
    },
    Dropped {
        name: "oauth2_allow_implicit_flow",
        instead: "azuread 2 has it as `access_token_issuance_enabled` in `web { implicit_grant { … } }`",
    },
    Dropped {
        name: "type",
        instead: "azuread 2 has `public_client { … }` for what was `\"native\"`, and `web { … }` for the rest",
    },
    Dropped {
        name: "oauth2_permissions",
        instead: "azuread 2 has them as blocks `oauth2_permission_scope` in a block `api`",
    },
];

/// What azurerm 2 took for a registry.
pub(crate) const REGISTRY_DROPPED: &[Dropped] = &[
    Dropped {
        name: "georeplication_locations",
        instead: "azurerm 3 has a block `georeplications { location = … }` for each",
    },
    Dropped {
        name: "storage_account_id",
        instead: "Azure retired registries that keep images in a storage account of yours; leave it away",
    },
];

/// Content trust, as a block in azurerm 3.
pub(crate) const TRUST_BEFORE: &[Former] = &[Former {
    name: "trust_policy",
    instead: "azurerm 4 has it as `trust_policy_enabled`, true or false",
    form: Some(Vec::<TrustPolicy>::ty),
    convert: |value| {
        Ok(within(&value, Type::Bool, |policy| {
            policy.get("enabled").cloned()
        }))
    },
}];

/// How long untagged manifests are kept, as a block in azurerm 3.
pub(crate) const RETENTION_BEFORE: &[Former] = &[Former {
    name: "retention_policy",
    instead: "azurerm 4 has it as `retention_policy_in_days`, a number; leave that away where it was not enabled",
    form: Some(Vec::<RetentionPolicy>::ty),
    convert: |value| Ok(within(&value, Type::Number, days)),
}];

/// Encryption could be written and yet be off in azurerm 3.
pub(crate) const ENCRYPTION_BEFORE: &[Former] = &[Former {
    name: "encryption",
    instead: "azurerm 4 has no `enabled` in it; leave the block away where there is no key of yours",
    form: Some(Vec::<EncryptionBefore>::ty),
    convert: |value| Ok(encryption(&value)),
}];

/// Networks of Azure had rules too in azurerm 3.
pub(crate) const NETWORK_BEFORE: &[Former] = &[Former {
    name: "network_rule_set",
    instead: "azurerm 4 has no `virtual_network` in it; leave it away",
    form: Some(Vec::<NetworkRuleSetBefore>::ty),
    convert: |value| match sets_networks(&value) {
        true => Err("Azure has no rules for virtual networks any more; give the network a private endpoint"),
        false => Ok(value),
    },
}];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
struct TrustPolicy {
    /// Whether there is content trust.
    enabled: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
struct RetentionPolicy {
    /// After how many days; 7 where nothing is said.
    days: Option<i64>,
    /// Whether untagged manifests are deleted at all.
    enabled: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
struct EncryptionBefore {
    /// Whether there is a key; true where nothing is said.
    enabled: Option<bool>,
    /// As now.
    identity_client_id: Option<String>,
    /// As now.
    key_vault_key_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
struct NetworkRuleSetBefore {
    /// As now.
    default_action: Option<String>,
    /// As now.
    ip_rule: Option<BTreeSet<crate::container_registry::IpRule>>,
    /// Rules for virtual networks.
    virtual_network: Option<BTreeSet<VirtualNetwork>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
struct VirtualNetwork {
    /// `Allow`.
    action: Option<String>,
    /// The subnet.
    subnet_id: Option<String>,
}

object_types!(
    TrustPolicy,
    RetentionPolicy,
    EncryptionBefore,
    NetworkRuleSetBefore,
    VirtualNetwork
);

/// What the only block of a list says; null where there is none.
fn within(blocks: &Value, ty: Type, read: fn(&Value) -> Option<Value>) -> Value {
    let marks = blocks.marks_deep();
    let Some(blocks) = blocks.as_items() else {
        return if blocks.is_null() {
            Value::null(ty)
        } else {
            Value::unknown(ty)
        }
        .marked(marks);
    };
    let said = blocks.first().and_then(read);
    said.unwrap_or_else(|| Value::null(ty)).marked(marks)
}

/// The days of a retention policy; null where it is not enabled.
fn days(policy: &Value) -> Option<Value> {
    let enabled = policy.get("enabled")?;
    match enabled.as_bool() {
        Some(true) => {
            let days = policy.get("days").filter(|days| !days.is_null());
            Some(days.cloned().unwrap_or_else(|| Value::from(7_i64)))
        }
        Some(false) => None,
        None if enabled.is_null() => None,
        None => Some(Value::unknown(Type::Number)),
    }
}

/// Encryption without its blocks that are off.
fn encryption(blocks: &Value) -> Value {
    let Some(items) = blocks.as_items() else {
        return blocks.clone();
    };
    let is_on = |block: &&Value| block.get("enabled").and_then(Value::as_bool) != Some(false);
    let on: Vec<Value> = items.iter().filter(is_on).cloned().collect();
    Value::list(EncryptionBefore::ty(), on).marked(blocks.marks)
}

/// Whether a rule set has a rule for a virtual network.
fn sets_networks(blocks: &Value) -> bool {
    let sets = blocks.as_items().unwrap_or_default().iter();
    let mut networks = sets.filter_map(|set| set.get("virtual_network")?.as_items());
    networks.any(|networks| !networks.is_empty())
}

/// A bare object id with what precedes it now.
fn rooted(value: Value, root: &str) -> Value {
    match value.as_str() {
        Some(text) if Uuid::parse_str(text).is_ok() => {
            Value::string(format!("{root}{text}")).marked(value.marks)
        }
        Some(_) | None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OBJECT: &str = "11111111-2222-3333-4444-555555555555";

    fn now(former: &[Former], written: &str) -> String {
        let value = (former[0].convert)(Value::string(written)).unwrap();
        value.as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn object_ids_get_what_precedes_them_now_and_ids_lose_it_where_an_object_id_is_wanted() {
        let (application, principal) = (
            format!("/applications/{OBJECT}"),
            format!("/servicePrincipals/{OBJECT}"),
        );
        assert_eq!(now(APPLICATION_BEFORE, OBJECT), application);
        assert_eq!(now(APPLICATION_BEFORE, &application), application);
        assert_eq!(now(PRINCIPAL_BEFORE, OBJECT), principal);
        assert_eq!(now(PRINCIPAL_BEFORE, "nonsense"), "nonsense");
        assert_eq!(now(OBJECT_ID_BEFORE, &principal), OBJECT);
        assert_eq!(now(OBJECT_ID_BEFORE, OBJECT), OBJECT);
    }

    /// What blocks of azurerm 3, as JSON, are now.
    fn blocks(former: &[Former], written: &serde_json::Value) -> Result<String, &'static str> {
        let form = former[0].form.unwrap()();
        let value = (former[0].convert)(regprov_value::from_json(written, &form).unwrap())?;
        Ok(regprov_value::to_json(&value).unwrap().to_string())
    }

    #[test]
    fn blocks_of_azurerm_3_become_what_azurerm_4_has_for_them() {
        let trust = |written| blocks(TRUST_BEFORE, &written).unwrap();
        assert_eq!(trust(json!([{ "enabled": true }])), "true");
        assert_eq!(trust(json!([{ "enabled": false }])), "false");
        assert_eq!(trust(json!([])), "null");
        let retention = |written| blocks(RETENTION_BEFORE, &written).unwrap();
        assert_eq!(retention(json!([{ "enabled": true, "days": 30 }])), "30");
        assert_eq!(retention(json!([{ "enabled": true }])), "7");
        assert_eq!(retention(json!([{ "enabled": false, "days": 30 }])), "null");
        assert_eq!(retention(json!([{ "days": 30 }])), "null");
        assert_eq!(retention(json!([])), "null");
        let encryption = |written| blocks(ENCRYPTION_BEFORE, &written).unwrap();
        assert_eq!(encryption(json!([{ "enabled": false }])), "[]");
        assert!(encryption(json!([{ "enabled": true, "key_vault_key_id": "k" }])).contains("\"k\""));
        assert!(encryption(json!([{ "key_vault_key_id": "k" }])).contains("\"k\""));
    }

    #[test]
    fn rules_for_virtual_networks_are_refused_unless_there_are_none() {
        let rules = |written| blocks(NETWORK_BEFORE, &written).is_ok();
        assert!(rules(
            json!([{ "default_action": "Deny", "virtual_network": [] }])
        ));
        assert!(rules(json!([{ "default_action": "Deny" }])));
        assert!(!rules(
            json!([{ "virtual_network": [{ "action": "Allow", "subnet_id": "s" }] }])
        ));
    }

    #[test]
    fn what_is_known_after_apply_stays_so() {
        let open = |former: &[Former]| {
            let value = Value::unknown(former[0].form.unwrap()());
            (former[0].convert)(value).unwrap()
        };
        assert!(!open(TRUST_BEFORE).is_wholly_known());
        assert!(!open(RETENTION_BEFORE).is_wholly_known());
        assert!(!open(ENCRYPTION_BEFORE).is_wholly_known());
        assert!(!open(NETWORK_BEFORE).is_wholly_known());
    }
}
