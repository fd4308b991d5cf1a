//! Names of robot accounts: short in the configuration, and in full where they log in.
//!
//! In full it is the prefix of the Harbor, then for an account of one project the project and `+`, then the short name.
//! Neither project nor short name holds a `+`, so that the prefix need not be known for them.

use super::{RobotAccount, WireRobot};
use crate::client::{Ask, Client};
use regprov_provider::{Error, Partial};

/// What tells the short name from the full one.
pub(super) struct Names {
    /// The prefix, where it is needed.
    prefix: String,
}

/// What follows the project in a full name.
fn after_project(full_name: &str) -> &str {
    full_name.rsplit('+').next().unwrap_or(full_name)
}

impl Names {
    #[cfg(test)]
    pub(super) fn with_prefix(prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self { prefix }
    }

    /// Asks for the prefix where the short name does not follow without it.
    pub(super) async fn of(
        client: &Client,
        robot: &WireRobot,
        prior: Option<&RobotAccount>,
    ) -> Result<Self, Error> {
        let needed = robot.level != "project" && prior.is_none_or(|prior| !robot.name.ends_with(&prior.name));
        let prefix = if needed {
            client.robot_prefix().await?
        } else {
            String::new()
        };
        Ok(Self { prefix })
    }

    /// The short name of an account.
    pub(super) fn short(&self, robot: &WireRobot, prior: Option<&RobotAccount>) -> String {
        if robot.level == "project" {
            return after_project(&robot.name).to_owned();
        }
        let prior = prior.filter(|prior| self.prefix.is_empty() && robot.name.ends_with(&prior.name));
        if let Some(prior) = prior {
            return prior.name.clone();
        }
        robot
            .name
            .strip_prefix(&self.prefix)
            .unwrap_or(&robot.name)
            .to_owned()
    }

    /// Whether it is the account that was recorded: names do not change, so another one belongs to another Harbor.
    pub(super) fn is_recorded(&self, robot: &WireRobot, prior: Option<&RobotAccount>) -> bool {
        let Some(prior) = prior else { return true };
        if self.short(robot, Some(prior)) != prior.name || robot.level != prior.level {
            return false;
        }
        prior
            .project()
            .is_none_or(|project| robot.name.ends_with(&format!("{project}+{}", prior.name)))
    }
}

/// The account of the name of a desired one, be it ours or not.
pub(super) async fn named(client: &Client, desired: &RobotAccount) -> Result<Option<WireRobot>, Error> {
    let of = |project| Wanted {
        name: &desired.name,
        project,
    };
    find(client, of(desired.project())).await
}

/// Which account is looked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    /// `None`: an account of the system.
    pub(super) project: Option<&'a str>,
}

/// The account of this name.
pub(super) async fn find(client: &Client, wanted: Wanted<'_>) -> Result<Option<WireRobot>, Error> {
    let mut robots = all_of(client, wanted.project).await?.into_iter();
    if wanted.project.is_some() {
        return Ok(robots.find(|robot| after_project(&robot.name) == wanted.name));
    }
    let full_name = format!("{}{}", client.robot_prefix().await?, wanted.name);
    Ok(robots.find(|robot| robot.name == full_name))
}

/// The accounts of a project, or those of the system.
pub(super) async fn all_of(client: &Client, project: Option<&str>) -> Result<Vec<WireRobot>, Error> {
    let Some(project) = project else {
        return listed(client, "Level=system").await;
    };
    let Some(project) = crate::project::named(client, project).await? else {
        return Ok(Vec::new());
    };
    listed(client, &format!("Level=project,ProjectID={}", project.project_id)).await
}

/// The accounts that a query finds.
pub(crate) async fn listed(client: &Client, query: &str) -> Result<Vec<WireRobot>, Error> {
    let pairs = [("q", query)];
    let ask = Ask::new("/robots", "list the robot accounts");
    let ask = if query.is_empty() { ask } else { ask.query(&pairs) };
    client.api.list(ask).await
}

/// The full name, where the prefix is written in the configuration.
pub(super) fn foreseen(client: &Client, desired: Partial<'_>) -> Option<String> {
    let prefix = client.robot_prefix.as_deref()?;
    let name = desired.text("name")?;
    if desired.text("level")? != "project" {
        return Some(format!("{prefix}{name}"));
    }
    let permission = desired.known("permissions")?.as_items()?.first()?;
    let project = Partial(permission).text("namespace")?;
    Some(format!("{prefix}{project}+{name}"))
}
