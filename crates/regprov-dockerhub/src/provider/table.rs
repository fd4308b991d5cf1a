//! What the provider offers: one row per type.

use crate::data;
use regprov_provider::{AnyDataSource, AnyResource, DataSource, Resource, data_source_of, resource_of};
use std::sync::Arc;

/// The resource types.
pub(super) fn resources() -> Vec<Arc<dyn AnyResource>> {
    vec![
        resource::<crate::access_token::AccessToken>(),
        resource::<crate::hub_repository::HubRepository>(),
        resource::<crate::hub_repository_team_permission::TeamPermission>(),
        resource::<crate::org_access_token::OrgAccessToken>(),
        resource::<crate::org_member::OrgMember>(),
        resource::<crate::org_setting_image_access_management::ImageAccess>(),
        resource::<crate::org_setting_registry_access_management::RegistryAccess>(),
        resource::<crate::org_team::OrgTeam>(),
        resource::<crate::org_team_member::OrgTeamMember>(),
    ]
}

/// The data sources.
pub(super) fn data_sources() -> Vec<Arc<dyn AnyDataSource>> {
    vec![
        data_source::<data::AccessToken>(),
        data_source::<data::AccessTokens>(),
        data_source::<data::HubRepositories>(),
        data_source::<data::HubRepository>(),
        data_source::<data::HubRepositoryTags>(),
        data_source::<data::Login>(),
        data_source::<data::Org>(),
        data_source::<data::OrgMembers>(),
        data_source::<data::OrgTeam>(),
        data_source::<data::OrgTeamMember>(),
    ]
}

fn resource<R: Resource>() -> Arc<dyn AnyResource> {
    resource_of::<R>(R::block())
}

fn data_source<D: DataSource>() -> Arc<dyn AnyDataSource> {
    data_source_of::<D>(D::block())
}
