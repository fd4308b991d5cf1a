//! `harbor_robot_accounts`, `harbor_users` and `harbor_groups`.

use crate::client::{Ask, Client};
use crate::fields::{filled, object_types};
use crate::robot_account::listed;
use crate::{group, user};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// Robot accounts.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RobotAccountsData {
    /// `project` or `system`.
    level: Option<String>,
    /// Their short name.
    name: Option<String>,
    /// The number of their project.
    project_id: Option<i64>,
    /// The robot accounts.
    robot_accounts: Computed<Vec<RobotRow>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// One of several robot accounts.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RobotRow {
    /// What it is for.
    description: String,
    /// Whether it is switched off.
    disable: bool,
    /// How many days it lasts.
    duration: i64,
    /// Its id.
    id: String,
    /// `project` or `system`.
    level: String,
    /// The name to log in with.
    name: String,
}

/// Users.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct UsersData {
    /// Their address.
    email: Option<String>,
    /// The name to sign in with.
    username: Option<String>,
    /// The users.
    users: Computed<Vec<UserRow>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// One of several users.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct UserRow {
    /// Whether it administers the Harbor.
    admin: bool,
    /// A remark.
    comment: String,
    /// The address of the person.
    email: String,
    /// The name of the person.
    full_name: String,
    /// Its id.
    id: String,
    /// The name to sign in with.
    username: String,
}

/// Groups.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct GroupsData {
    /// Their name.
    group_name: Option<String>,
    /// Their name in the directory.
    ldap_group_dn: Option<String>,
    /// The groups.
    groups: Computed<Vec<GroupRow>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// One of several groups.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct GroupRow {
    /// Its name.
    group_name: String,
    /// 1 for LDAP, 2 for HTTP, 3 for OIDC.
    group_type: i64,
    /// Its number.
    id: i64,
    /// Its name in the directory.
    ldap_group_dn: String,
}

object_types!(RobotRow, UserRow, GroupRow);

impl DataSource for RobotAccountsData {
    const TYPE: &'static str = "harbor_robot_accounts";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let level = filled(config.level.clone());
        let mut query: Vec<String> = level.iter().map(|level| format!("Level={level}")).collect();
        query.extend(
            config
                .project_id
                .filter(|id| *id != 0)
                .map(|id| format!("ProjectID={id}")),
        );
        let found = listed(request.client, &query.join(",")).await?;
        let prefix = match (&config.name, level.as_deref()) {
            (Some(_), None | Some("system")) => request.client.robot_prefix().await?,
            (_, _) => String::new(),
        };
        let name = filled(config.name.clone());
        let wanted = found.into_iter().filter(|robot| {
            let short = match robot.level.as_str() {
                "project" => robot.name.rsplit('+').next(),
                _ => robot.name.strip_prefix(&prefix),
            };
            name.as_deref().is_none_or(|name| short == Some(name))
        });
        let rows = wanted.map(|robot| RobotRow {
            description: robot.description.unwrap_or_default(),
            disable: robot.disable,
            duration: robot.duration,
            id: format!("/robots/{}", robot.id),
            level: robot.level,
            name: robot.name,
        });
        Ok(Self {
            robot_accounts: Computed::known(rows.collect()),
            id: Computed::known("harbor-robot-accounts".to_owned()),
            ..config
        })
    }
}

impl DataSource for UsersData {
    const TYPE: &'static str = "harbor_users";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let pairs = [
            ("username", filled(config.username.clone())),
            ("email", filled(config.email.clone())),
        ];
        let pairs: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
            .collect();
        let joined = pairs.join(",");
        let query = [("q", joined.as_str())];
        let ask = Ask::new("/users", "list the users");
        let ask = if joined.is_empty() { ask } else { ask.query(&query) };
        let found: Vec<user::Wire> = request.client.api.list(ask).await?;
        let rows = found.into_iter().map(|user| UserRow {
            admin: user.sysadmin_flag,
            comment: user.comment.unwrap_or_default(),
            email: user.email,
            full_name: user.realname,
            id: format!("/users/{}", user.user_id),
            username: user.username,
        });
        Ok(Self {
            users: Computed::known(rows.collect()),
            id: Computed::known("harbor-users".to_owned()),
            ..config
        })
    }
}

impl DataSource for GroupsData {
    const TYPE: &'static str = "harbor_groups";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let found: Vec<group::Wire> = request
            .client
            .api
            .list(Ask::new("/usergroups", "list the groups"))
            .await?;
        let rows = found.into_iter().map(|group| GroupRow {
            group_name: group.group_name,
            group_type: group.group_type,
            id: group.id,
            ldap_group_dn: group.ldap_group_dn.unwrap_or_default(),
        });
        let (name, distinguished) = (
            filled(config.group_name.clone()),
            filled(config.ldap_group_dn.clone()),
        );
        let wanted = rows.filter(|row| {
            name.as_ref().is_none_or(|name| *name == row.group_name)
                && distinguished
                    .as_ref()
                    .is_none_or(|name| *name == row.ldap_group_dn)
        });
        Ok(Self {
            groups: Computed::known(wanted.collect()),
            id: Computed::known("harbor-user-groups".to_owned()),
            ..config
        })
    }
}
