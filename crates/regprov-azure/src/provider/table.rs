//! What each provider offers: one row per type.

use crate::data;
use regprov_provider::{AnyDataSource, AnyResource, data_source, resource_with_zeros_as_null as resource};
use std::sync::Arc;

/// The resource types of `azurerm`.
pub(super) fn azurerm_resources() -> Vec<Arc<dyn AnyResource>> {
    vec![
        resource::<crate::cache_rule::CacheRule>(),
        resource::<crate::container_registry::ContainerRegistry>(),
        resource::<crate::credential_set::CredentialSet>(),
        resource::<crate::federated_identity_credential::FederatedIdentityCredential>(),
        resource::<crate::resource_group::ResourceGroup>(),
        resource::<crate::role_assignment::RoleAssignment>(),
        resource::<crate::scope_map::ScopeMap>(),
        resource::<crate::token::Token>(),
        resource::<crate::token_password::TokenPassword>(),
        resource::<crate::user_assigned_identity::UserAssignedIdentity>(),
        resource::<crate::webhook::Webhook>(),
    ]
}

/// The data sources of `azurerm`.
pub(super) fn azurerm_data_sources() -> Vec<Arc<dyn AnyDataSource>> {
    vec![
        data_source::<data::ClientConfig>(),
        data_source::<data::ContainerRegistryData>(),
        data_source::<data::ResourceGroupData>(),
        data_source::<data::RoleDefinitionData>(),
        data_source::<data::SubscriptionData>(),
        data_source::<data::UserAssignedIdentityData>(),
    ]
}

/// The resource types of `azuread`.
pub(super) fn azuread_resources() -> Vec<Arc<dyn AnyResource>> {
    vec![
        resource::<crate::application::Application>(),
        resource::<crate::application_federated_identity_credential::ApplicationFederatedIdentityCredential>(
        ),
        resource::<crate::application_password::ApplicationPassword>(),
        resource::<crate::application_registration::ApplicationRegistration>(),
        resource::<crate::service_principal::ServicePrincipal>(),
        resource::<crate::service_principal_password::ServicePrincipalPassword>(),
    ]
}

/// The data sources of `azuread`.
pub(super) fn azuread_data_sources() -> Vec<Arc<dyn AnyDataSource>> {
    vec![
        data_source::<data::ApplicationData>(),
        data_source::<data::DirectoryClientConfig>(),
        data_source::<data::ServicePrincipalData>(),
    ]
}

/// Types of `azurerm` that touch registries and are left out, with what to do.
pub(super) const AZURERM_LEFT_OUT: &[(&str, &str)] = &[
    (
        "azurerm_container_registry_task",
        "Build images in CI, or keep this type in Terraform and run regprov with `-skip-unsupported`.",
    ),
    (
        "azurerm_role_definition",
        "Use a built-in role, or keep this type in Terraform and read it with the data source of the same name.",
    ),
];

/// Types of `azuread` that are left out, with what to do.
pub(super) const AZUREAD_LEFT_OUT: &[(&str, &str)] = &[];
