//! What is read and never managed.

mod accounts;
mod members;
mod projects;
mod registry;

pub(crate) use accounts::{GroupsData, RobotAccountsData, UsersData};
pub(crate) use members::{ProjectMemberGroupsData, ProjectMemberUsersData};
pub(crate) use projects::{ProjectData, ProjectsData};
pub(crate) use registry::RegistryData;
