use super::*;
use regprov_addr::{InstanceAddress, ModuleAddress, ResourceAddress};
use regprov_value::{Value, from_json_implied};
use serde_json::{Value as Json, json};

const REGISTRY: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/reg";

struct Object(InstanceAddress, &'static str, Value);

fn object(resource_type: &'static str, json: &Json) -> Object {
    let address = ResourceAddress::managed(ModuleAddress::root(), resource_type, "a").instance(None);
    Object(address, resource_type, from_json_implied(json))
}

fn found(objects: &[Object]) -> Vec<PushCredential> {
    let objects: Vec<CredentialObject<'_>> = objects
        .iter()
        .map(|Object(address, resource_type, value)| CredentialObject {
            registry: None,
            address,
            resource_type,
            value,
        })
        .collect();
    push_credentials(&objects)
}

fn registry(mode: &str) -> Object {
    object(
        "azurerm_container_registry",
        &json!({"id": REGISTRY, "login_server": "reg.azurecr.io", "role_assignment_mode": mode, "admin_username": "",
            "admin_password": ""}),
    )
}

fn guide(mode: &str, role: &str, scope: &str) -> Vec<Object> {
    vec![
        registry(mode),
        object(
            "azuread_service_principal",
            &json!({"object_id": "o", "client_id": "c", "id": "/servicePrincipals/o"}),
        ),
        object(
            "azuread_service_principal_password",
            &json!({"service_principal_id": "/servicePrincipals/o", "value": "s3cret-value", "end_date": "2028-01-01T00:00:00Z"}),
        ),
        object(
            "azurerm_role_assignment",
            &json!({"scope": scope, "role_definition_name": role, "principal_id": "O", "condition": null}),
        ),
    ]
}

#[test]
fn the_guides_objects_yield_one_credential_without_warnings() {
    let credentials = found(&guide("LegacyRegistryPermissions", "AcrPush", REGISTRY));
    assert_eq!(credentials.len(), 1);
    let credential = &credentials[0];
    assert_eq!(
        (credential.host.as_str(), credential.username.as_str()),
        ("reg.azurecr.io", "c")
    );
    assert_eq!(credential.secret.reveal().unwrap(), "s3cret-value");
    assert_eq!(
        credential.rights,
        Rights {
            pull: true,
            push: true,
            delete: false
        }
    );
    assert!(credential.expires.is_some());
    assert_eq!(credential.warnings, Vec::<String>::new());
}

#[test]
fn acr_push_counts_for_nothing_in_abac_mode() {
    let credential = &found(&guide("AbacRepositoryPermissions", "AcrPush", REGISTRY))[0];
    assert!(!credential.rights.push);
    assert!(
        credential.warnings[0].contains("Container Registry Repository Writer"),
        "{:?}",
        credential.warnings
    );
}

#[test]
fn a_role_that_is_too_wide_is_told() {
    let credential = &found(&guide(
        "LegacyRegistryPermissions",
        "Contributor",
        "/subscriptions/s",
    ))[0];
    assert!(credential.rights.push && credential.rights.delete);
    assert_eq!(credential.warnings.len(), 2, "{:?}", credential.warnings);
}

#[test]
fn a_role_elsewhere_or_only_to_pull_yields_none() {
    assert!(
        found(&guide(
            "LegacyRegistryPermissions",
            "AcrPush",
            "/subscriptions/s/resourceGroups/other"
        ))
        .is_empty()
    );
    assert!(found(&guide("LegacyRegistryPermissions", "AcrPull", REGISTRY)).is_empty());
}

#[test]
fn a_token_yields_a_credential_for_the_repositories_of_its_scope_map() {
    let map = format!("{REGISTRY}/scopeMaps/m");
    let token = format!("{REGISTRY}/tokens/binder");
    let objects = [
        registry("LegacyRegistryPermissions"),
        object(
            "azurerm_container_registry_scope_map",
            &json!({"id": map, "actions": ["repositories/binder/*/content/read", "repositories/binder/*/content/write"]}),
        ),
        object(
            "azurerm_container_registry_token",
            &json!({"id": token, "scope_map_id": map, "enabled": true}),
        ),
        object(
            "azurerm_container_registry_token_password",
            &json!({"container_registry_token_id": token, "password1": [{"value": "pw", "expiry": null}], "password2": []}),
        ),
    ];
    let credentials = found(&objects);
    assert_eq!(credentials.len(), 1);
    assert_eq!(credentials[0].username, "binder");
    assert_eq!(credentials[0].repository_prefix.as_deref(), Some("binder/"));
    assert!(credentials[0].warnings[0].contains("never ends"));
}

#[test]
fn the_admin_user_yields_a_credential_with_a_warning() {
    let objects = [object(
        "azurerm_container_registry",
        &json!({"id": REGISTRY, "login_server": "reg.azurecr.io", "admin_username": "reg", "admin_password": "pw"}),
    )];
    let credentials = found(&objects);
    assert_eq!(credentials[0].username, "reg");
    assert!(credentials[0].warnings[0].contains("admin_enabled = false"));
}
