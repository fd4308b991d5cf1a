//! What the provider offers: one row per type.

use crate::data;
use regprov_provider::{AnyDataSource, AnyResource, data_source, resource_with_zeros_as_null as resource};
use std::sync::Arc;

/// The resource types.
pub(super) fn resources() -> Vec<Arc<dyn AnyResource>> {
    vec![
        resource::<crate::config_auth::ConfigAuth>(),
        resource::<crate::config_security::ConfigSecurity>(),
        resource::<crate::config_system::ConfigSystem>(),
        resource::<crate::garbage_collection::GarbageCollection>(),
        resource::<crate::group::Group>(),
        resource::<crate::immutable_tag_rule::ImmutableTagRule>(),
        resource::<crate::interrogation_services::InterrogationServices>(),
        resource::<crate::interrogation_services::Tasks>(),
        resource::<crate::label::Label>(),
        resource::<crate::preheat_instance::PreheatInstance>(),
        resource::<crate::project::Project>(),
        resource::<crate::project_member_group::ProjectMemberGroup>(),
        resource::<crate::project_member_user::ProjectMemberUser>(),
        resource::<crate::project_webhook::ProjectWebhook>(),
        resource::<crate::purge_audit_log::PurgeAuditLog>(),
        resource::<crate::registry::Registry>(),
        resource::<crate::replication::Replication>(),
        resource::<crate::retention_policy::RetentionPolicy>(),
        resource::<crate::robot_account::RobotAccount>(),
        resource::<crate::user::User>(),
    ]
}

/// The data sources.
pub(super) fn data_sources() -> Vec<Arc<dyn AnyDataSource>> {
    vec![
        data_source::<data::GroupsData>(),
        data_source::<data::ProjectData>(),
        data_source::<data::ProjectMemberGroupsData>(),
        data_source::<data::ProjectMemberUsersData>(),
        data_source::<data::ProjectsData>(),
        data_source::<data::RegistryData>(),
        data_source::<data::RobotAccountsData>(),
        data_source::<data::UsersData>(),
    ]
}
