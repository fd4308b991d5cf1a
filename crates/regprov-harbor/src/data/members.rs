//! `harbor_project_member_users` and `harbor_project_member_groups`.

use crate::client::{Ask, Client};
use crate::fields::object_types;
use crate::project_ref;
use crate::roles::{self, Member};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Rule, Schema};
use serde::{Deserialize, Serialize};

/// The users of a project.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectMemberUsersData {
    /// The project.
    #[schema(rules = &[Rule::Check(project_ref::check)])]
    project_id: String,
    /// Its users.
    project_member_users: Computed<Vec<UserRow>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// One of the users of a project.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct UserRow {
    /// Its id.
    id: String,
    /// The project.
    project_id: String,
    /// What they may do.
    role: String,
    /// The user.
    user_name: String,
}

/// The groups of a project.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectMemberGroupsData {
    /// The project.
    #[schema(rules = &[Rule::Check(project_ref::check)])]
    project_id: String,
    /// Its groups.
    project_member_groups: Computed<Vec<GroupRow>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// One of the groups of a project.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct GroupRow {
    /// The group.
    group_name: String,
    /// Its id.
    id: String,
    /// The project.
    project_id: String,
    /// What they may do.
    role: String,
}

object_types!(UserRow, GroupRow);

/// The members of a project, each with its id.
async fn members(client: &Client, project: &str, entity: &str) -> Result<Vec<(String, Member)>, Error> {
    let path = format!("{}/members", project_ref::path(project));
    let listed: Vec<Member> = client
        .api
        .list(Ask::new(&path, "list the members of the project"))
        .await?;
    let wanted = listed.into_iter().filter(|member| member.entity_type == entity);
    Ok(wanted
        .map(|member| (format!("{path}/{}", member.id), member))
        .collect())
}

impl DataSource for ProjectMemberUsersData {
    const TYPE: &'static str = "harbor_project_member_users";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let found = members(request.client, &config.project_id, "u").await?;
        let rows = found.into_iter().map(|(id, member)| UserRow {
            id,
            project_id: format!("/projects/{}", member.project_id),
            role: roles::name(member.role_id),
            user_name: member.entity_name,
        });
        Ok(Self {
            project_member_users: Computed::known(rows.collect()),
            id: Computed::known("harbor-project-member-users".to_owned()),
            ..config
        })
    }
}

impl DataSource for ProjectMemberGroupsData {
    const TYPE: &'static str = "harbor_project_member_groups";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let found = members(request.client, &config.project_id, "g").await?;
        let rows = found.into_iter().map(|(id, member)| GroupRow {
            group_name: member.entity_name,
            id,
            project_id: format!("/projects/{}", member.project_id),
            role: roles::name(member.role_id),
        });
        Ok(Self {
            project_member_groups: Computed::known(rows.collect()),
            id: Computed::known("harbor-project-member-groups".to_owned()),
            ..config
        })
    }
}
