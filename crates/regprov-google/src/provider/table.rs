//! What the provider offers: one row per type.

use crate::{data, iam};
use regprov_provider::{AnyDataSource, AnyResource, data_source, resource_with_zeros_as_null as resource};
use std::sync::Arc;

/// The resource types.
pub(super) fn resources() -> Vec<Arc<dyn AnyResource>> {
    vec![
        resource::<crate::container_registry::ContainerRegistry>(),
        resource::<crate::custom_role::CustomRole>(),
        resource::<crate::project_service::ProjectService>(),
        resource::<crate::repository::Repository>(),
        resource::<crate::service_account::ServiceAccount>(),
        resource::<crate::service_account_key::ServiceAccountKey>(),
        resource::<crate::workload_identity_pool::Pool>(),
        resource::<crate::workload_identity_pool_provider::PoolProvider>(),
        resource::<iam::RepositoryMember>(),
        resource::<iam::RepositoryBinding>(),
        resource::<iam::RepositoryPolicy>(),
        resource::<iam::ProjectMember>(),
        resource::<iam::ProjectBinding>(),
        resource::<iam::ProjectPolicy>(),
        resource::<iam::AccountMember>(),
        resource::<iam::AccountBinding>(),
        resource::<iam::AccountPolicy>(),
        resource::<iam::BucketMember>(),
        resource::<iam::BucketBinding>(),
    ]
}

/// The data sources.
pub(super) fn data_sources() -> Vec<Arc<dyn AnyDataSource>> {
    vec![
        data_source::<data::ClientConfig>(),
        data_source::<data::OpenIdUserInfo>(),
        data_source::<data::IamPolicy>(),
        data_source::<data::Project>(),
        data_source::<data::RegistryRepository>(),
        data_source::<data::Repository>(),
        data_source::<data::DockerImage>(),
        data_source::<data::RepositoryIamPolicy>(),
        data_source::<data::ServiceAccount>(),
        data_source::<data::ServiceAccountKey>(),
    ]
}
