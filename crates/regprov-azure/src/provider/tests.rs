//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor, SeededRandomness};
use regprov_laws::Offline;
use regprov_laws::schemas::{Public, are_committed};

const RESOURCE_MANAGER: Public<'_> = Public {
    files: &["azurerm-5.2.0.json", "azurerm.json"],
    differences: &[
        ("provider", "client_certificate", "a secret is marked as one"),
        (
            "provider",
            "client_certificate_password",
            "a secret is marked as one",
        ),
        ("provider", "client_secret", "a secret is marked as one"),
        ("provider", "oidc_request_token", "a secret is marked as one"),
        ("provider", "oidc_token", "a secret is marked as one"),
        (
            "resource azurerm_container_registry",
            "georeplications.global_endpoint_routing_enabled",
            "required in 5, unknown in 4",
        ),
        (
            "resource azurerm_container_registry",
            "encryption",
            "optional in 5, decided by the service too in 4",
        ),
        (
            "resource azurerm_container_registry_webhook",
            "custom_headers",
            "they hold credentials",
        ),
        (
            "resource azurerm_federated_identity_credential",
            "user_assigned_identity_id",
            "required in 5, one of two in 4",
        ),
    ],
    untold: &[],
    sources_left_out: &[
        "azurerm_container_registry_cache_rule",
        "azurerm_container_registry_scope_map",
        "azurerm_container_registry_token",
    ],
};

const DIRECTORY: Public<'_> = Public {
    files: &["azuread.json"],
    differences: &[
        ("provider", "client_certificate", "a secret is marked as one"),
        (
            "provider",
            "client_certificate_password",
            "a secret is marked as one",
        ),
        ("provider", "client_secret", "a secret is marked as one"),
        ("provider", "oidc_request_token", "a secret is marked as one"),
        ("provider", "oidc_token", "a secret is marked as one"),
    ],
    untold: &[],
    sources_left_out: &[],
};

fn offline() -> Vec<(Arc<dyn Provider>, &'static Public<'static>)> {
    let both = providers(Services {
        transport: Arc::new(Offline),
        clock: Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        randomness: Arc::new(SeededRandomness::new(1)),
        redactor: Redactor::new(),
        run_command: Arc::new(crate::NoCommands),
    });
    let public = |name: &str| match name {
        "azurerm" => &RESOURCE_MANAGER,
        _ => &DIRECTORY,
    };
    both.into_iter()
        .map(|provider| (Arc::clone(&provider), public(provider.name())))
        .collect()
}

#[test]
fn the_schemas_are_those_of_the_committed_table() {
    for (provider, _) in offline() {
        are_committed(&*provider, env!("CARGO_MANIFEST_DIR"));
    }
}

#[test]
fn the_schemas_are_the_union_of_the_public_ones() {
    for (provider, public) in offline() {
        public.are_met_by(&*provider);
    }
}

#[test]
fn every_public_type_is_offered_or_listed_as_left_out() {
    for (provider, public) in offline() {
        public.are_offered_by(&*provider);
    }
}
