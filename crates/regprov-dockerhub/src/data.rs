//! Data sources.

mod access_token;
mod hub_repository;
mod hub_repository_tags;
mod org;

pub(crate) use access_token::{AccessToken, AccessTokens, Login};
pub(crate) use hub_repository::{HubRepositories, HubRepository};
pub(crate) use hub_repository_tags::HubRepositoryTags;
pub(crate) use org::{Org, OrgMembers, OrgTeam, OrgTeamMember, Person, absent_organization, no_organization};
