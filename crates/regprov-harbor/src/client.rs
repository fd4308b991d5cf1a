//! The client: one Harbor, who we are there, and what it can do.

mod api;
mod authorization;
mod fault;
mod version;

pub(crate) use api::{Api, Ask};
pub(crate) use authorization::Authorization;
pub(crate) use fault::attribute;
pub(crate) use version::Version;

use crate::Services;
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::OnceCell;
use url::Url;

/// For how long a list may leave out what was just made: Harbor may answer from a cache or a replica.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(5);

/// What Harbor puts before the names of robot accounts where nobody changed it.
const PREFIX: &str = "robot$";

/// A connected provider configuration: what every resource type asks through.
pub struct Client {
    pub(crate) api: Api,
    pub(crate) services: Services,
    /// The version; `None` where the server does not tell it.
    pub(crate) version: Option<Version>,
    /// The prefix of robot accounts that the configuration names.
    pub(crate) robot_prefix: Option<String>,
    /// The prefix of robot accounts that the server told; asked once.
    pub(crate) told_prefix: OnceCell<Option<String>>,
    /// Whether we are a system administrator; asked once.
    pub(crate) administrator: OnceCell<bool>,
}

#[derive(Deserialize)]
struct Configurations {
    robot_name_prefix: Option<Setting>,
}

#[derive(Deserialize)]
struct Setting {
    value: Option<String>,
}

#[derive(Deserialize)]
struct CurrentUser {
    #[serde(default)]
    sysadmin_flag: bool,
    #[serde(default)]
    admin_role_in_auth: bool,
}

impl Client {
    /// What stands before the names of robot accounts. Only a system administrator is told it; for others it is the usual one.
    pub(crate) async fn robot_prefix(&self) -> Result<String, Error> {
        if let Some(prefix) = &self.robot_prefix {
            return Ok(prefix.clone());
        }
        let told = self.told_prefix.get_or_try_init(async || {
            let asked = self
                .api
                .get(Ask::new("/configurations", "read the prefix of robot accounts"));
            match asked.await {
                Ok(found) => {
                    let found: Option<Configurations> = found;
                    let setting = found.and_then(|found| found.robot_name_prefix);
                    Ok(setting.and_then(|setting| setting.value))
                }
                Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Unauthenticated) => {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        });
        let told = told.await?;
        Ok(told.clone().unwrap_or_else(|| PREFIX.to_owned()))
    }

    /// Whether we are a system administrator. A robot account is none.
    pub(crate) async fn is_administrator(&self) -> Result<bool, Error> {
        let known = self.administrator.get_or_try_init(async || {
            let asked = self.api.get(Ask::new("/users/current", "read who regprov is"));
            match asked.await {
                Ok(found) => {
                    let found: Option<CurrentUser> = found;
                    Ok(found.is_some_and(|user| user.sysadmin_flag || user.admin_role_in_auth))
                }
                Err(error) if matches!(error.status, Some(400..=499)) => Ok(false),
                Err(error) => Err(error),
            }
        });
        known.await.copied()
    }

    /// Whether we are a robot account, which may make and delete others but not change them.
    pub(crate) fn is_robot(&self) -> bool {
        let prefix = self.robot_prefix.as_deref().unwrap_or(PREFIX);
        self.api
            .authorization
            .username()
            .is_some_and(|name| name.starts_with(prefix))
    }
}

/// The host of an address, with its port where it is not the usual one.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
