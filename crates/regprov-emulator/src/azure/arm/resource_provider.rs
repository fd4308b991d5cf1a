//! Resource providers: registered or not, and the refusal of those that are not.

use serde_json::{Value, json};

use super::context::{Arm, Reply};
use super::listing;
use crate::answer::Answer;
use crate::azure::locations::LOCATIONS;
use crate::azure::records::{PROVIDERS, ProviderRegistration};
use crate::clock;
use crate::store::Transaction;

/// The namespaces that a subscription can use, and the types that the sandbox knows of them.
const NAMESPACES: &[(&str, &[&str])] = &[
    ("Microsoft.Authorization", &["roleAssignments", "roleDefinitions"]),
    ("Microsoft.Compute", &[]),
    ("Microsoft.ContainerInstance", &[]),
    (
        "Microsoft.ContainerRegistry",
        &[
            "registries",
            "registries/cacheRules",
            "registries/credentialSets",
            "registries/replications",
            "registries/scopeMaps",
            "registries/tokens",
            "registries/webhooks",
        ],
    ),
    ("Microsoft.ContainerService", &[]),
    ("Microsoft.CostManagement", &[]),
    ("Microsoft.KeyVault", &["vaults"]),
    ("Microsoft.ManagedIdentity", &["userAssignedIdentities"]),
    ("Microsoft.MarketplaceOrdering", &[]),
    ("Microsoft.Network", &[]),
    ("Microsoft.Resources", &["resourceGroups", "subscriptions"]),
    ("Microsoft.Storage", &[]),
    ("Microsoft.Web", &[]),
];

/// How long a registration takes.
const REGISTRATION_MS: i64 = 2_000;

fn key(subscription: &str, namespace: &str) -> String {
    format!("{subscription}/{namespace}").to_ascii_lowercase()
}

/// The state of a namespace now; one without a record is registered.
fn state(tx: &Transaction, subscription: &str, namespace: &str) -> String {
    let Some(record) = tx.get::<ProviderRegistration>(PROVIDERS, &key(subscription, namespace)) else {
        return "Registered".to_owned();
    };
    match (
        record.settles_at.is_some_and(|at| tx.now() >= at),
        record.state.as_str(),
    ) {
        (true, "Registering") => "Registered".to_owned(),
        (true, "Unregistering") => "NotRegistered".to_owned(),
        _ => record.state,
    }
}

/// Refuses the use of a namespace that is not registered.
pub(super) fn require(tx: &Transaction, subscription: &str, namespace: &str) -> Result<(), Answer> {
    if matches!(
        state(tx, subscription, namespace).as_str(),
        "Registered" | "Unregistering"
    ) {
        return Ok(());
    }
    let namespace = canonical(namespace).map_or(namespace, |(name, _)| name);
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to \
         register subscriptions."
    );
    let code = "MissingSubscriptionRegistration";
    let body = json!({ "error": {
        "code": code, "message": message,
        "details": [{ "code": code, "target": namespace, "message": message }],
    }});
    Err(Answer::json(409, &body).header("x-ms-failure-cause", "gateway"))
}

fn canonical(namespace: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    NAMESPACES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(namespace))
}

fn known(namespace: &str) -> Result<&'static (&'static str, &'static [&'static str]), Answer> {
    canonical(namespace).ok_or_else(|| {
        let message = format!("The resource namespace '{namespace}' is invalid.");
        Answer::arm_error(404, "InvalidResourceNamespace", &message)
    })
}

fn body(tx: &Transaction, subscription: &str, (namespace, types): &(&str, &[&str])) -> Value {
    let locations: Vec<&str> = LOCATIONS.iter().map(|location| location.display_name).collect();
    let types: Vec<Value> = types
        .iter()
        .map(|kind| {
            json!({
                "resourceType": kind, "locations": locations, "capabilities": "SupportsTags, SupportsLocation",
                "apiVersions": ["2025-11-01", "2024-11-30", "2023-07-01", "2022-04-01"],
            })
        })
        .collect();
    let mut body = json!({
        "id": format!("/subscriptions/{subscription}/providers/{namespace}"),
        "namespace": namespace,
        "resourceTypes": types,
        "registrationState": state(tx, subscription, namespace),
        "registrationPolicy": "RegistrationRequired",
    });
    if *namespace == "Microsoft.ContainerRegistry" {
        body["authorizations"] = json!([{
            "applicationId": "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26",
            "roleDefinitionId": "78e18383-93eb-418a-9887-bc9271046576",
        }]);
    }
    body
}

/// All namespaces.
pub(super) fn list(arm: &mut Arm<'_>, subscription: &str) -> Reply {
    arm.require(
        "Microsoft.Resources/subscriptions/providers/read",
        &format!("/subscriptions/{subscription}"),
    )?;
    let items = NAMESPACES
        .iter()
        .map(|namespace| body(arm.tx, subscription, namespace))
        .collect();
    Ok(Answer::json(200, &listing::page(arm, items)))
}

/// One namespace.
pub(super) fn get(arm: &mut Arm<'_>, subscription: &str, namespace: &str) -> Reply {
    arm.require(
        "Microsoft.Resources/subscriptions/providers/read",
        &format!("/subscriptions/{subscription}"),
    )?;
    Ok(Answer::json(200, &body(arm.tx, subscription, known(namespace)?)))
}

/// Registers or unregisters a namespace; it takes a while.
pub(super) fn change(arm: &mut Arm<'_>, subscription: &str, namespace: &str, register: bool) -> Reply {
    if arm.call.method != "POST" {
        return Err(arm.no_such_method());
    }
    let found = known(namespace)?;
    let (verb, doing, done) = if register {
        ("register", "Registering", "Registered")
    } else {
        ("unregister", "Unregistering", "NotRegistered")
    };
    arm.require(
        &format!("{}/{verb}/action", found.0),
        &format!("/subscriptions/{subscription}"),
    )?;
    if state(arm.tx, subscription, namespace) != done {
        let record = ProviderRegistration {
            namespace: found.0.to_owned(),
            state: doing.to_owned(),
            settles_at: Some(clock::add(arm.tx.now(), REGISTRATION_MS)),
        };
        arm.tx.put(PROVIDERS, &key(subscription, namespace), &record);
    }
    Ok(Answer::json(200, &body(arm.tx, subscription, found)))
}
