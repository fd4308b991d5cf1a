//! What the provider offers: one row per type.

use crate::data;
use regprov_provider::{AnyDataSource, AnyResource, DataSource, Resource, data_source_of, resource_of};
use regprov_schema::Block;
use regprov_value::Value;
use std::sync::Arc;

/// The resource types. `project` is the `service_name` where a configuration has none.
pub(super) fn resources(project: Option<&str>) -> Vec<Arc<dyn AnyResource>> {
    vec![
        resource::<crate::container_registry::ContainerRegistry>(project),
        resource::<crate::container_registry_iam::RegistryIam>(project),
        resource::<crate::container_registry_ip_restrictions::ManagementRestrictions>(project),
        resource::<crate::container_registry_ip_restrictions::RegistryRestrictions>(project),
        resource::<crate::container_registry_oidc::RegistryOidc>(project),
        resource::<crate::container_registry_user::RegistryUser>(project),
        resource::<crate::s3_credential::S3Credential>(project),
        resource::<crate::s3_policy::S3Policy>(project),
        resource::<crate::storage::Storage>(project),
        resource::<crate::user::User>(project),
    ]
}

/// The data sources.
pub(super) fn data_sources(project: Option<&str>) -> Vec<Arc<dyn AnyDataSource>> {
    vec![
        data_source::<data::Capabilities>(project),
        data_source::<data::CapabilitiesFilter>(project),
        data_source::<data::Registry>(project),
        data_source::<data::Registries>(project),
        data_source::<data::ManagementRestrictions>(project),
        data_source::<data::RegistryRestrictions>(project),
        data_source::<data::Oidc>(project),
        data_source::<data::RegistryUsers>(project),
        data_source::<data::S3Credential>(project),
        data_source::<data::S3Credentials>(project),
        data_source::<data::S3Policy>(project),
        data_source::<data::Storage>(project),
        data_source::<data::Storages>(project),
        data_source::<data::User>(project),
        data_source::<data::Users>(project),
    ]
}

fn resource<R: Resource>(project: Option<&str>) -> Arc<dyn AnyResource> {
    resource_of::<R>(within(R::block(), project))
}

fn data_source<D: DataSource>(project: Option<&str>) -> Arc<dyn AnyDataSource> {
    data_source_of::<D>(within(D::block(), project))
}

/// `service_name` may be left away where a default is set.
fn within(mut block: Block, project: Option<&str>) -> Block {
    if let (Some(project), Some(attribute)) = (project, block.attributes.get_mut("service_name")) {
        attribute.required = false;
        attribute.optional = true;
        attribute.default = Some(Value::string(project));
    }
    block
}
