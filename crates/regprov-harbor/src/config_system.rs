//! `harbor_config_system`: the settings of the whole Harbor.

use crate::client::{Client, Version};
use crate::configurations::{self, Told, value};
use crate::fields::whole;
use crate::gates::{Gate, is_zero};
use crate::id::shape;
use crate::project::GIB;
use crate::schedules::single_resource;
use regprov_provider::{Deleted, Error, Finding, Partial};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_config_system`.
    ConfigSystemShape,
    "the settings of the system",
    "configuration/system"
);

const ID: &str = "configuration/system";

/// The settings of the whole Harbor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ConfigSystem {
    /// Who may make projects: `adminonly` or `everyone`.
    #[schema(default = "adminonly", rules = &[Rule::OneOf(&["adminonly", "everyone"])])]
    pub(crate) project_creation_restriction: Option<String>,
    /// Whether nothing can be changed or pushed.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) read_only: Option<bool>,
    /// How many days robot accounts last where nothing else is said.
    #[schema(default = 30)]
    pub(crate) robot_token_expiration: Option<i64>,
    /// How many minutes a token of the registry lasts.
    #[schema(default = 30)]
    pub(crate) token_expiration: Option<i64>,
    /// How many minutes a session lasts.
    #[schema(default = 60)]
    pub(crate) session_timeout: Option<i64>,
    /// What the names of all robot accounts begin with; a change breaks their logins.
    #[schema(default = "robot$")]
    pub(crate) robot_name_prefix: Option<String>,
    /// Whether a scan does not count as a pull.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) scanner_skip_update_pulltime: Option<bool>,
    /// How much a new project may hold, in GiB; -1: any amount.
    #[schema(default = -1)]
    pub(crate) storage_per_project: Option<i64>,
    /// Where the audit log is sent to.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) audit_log_forward_endpoint: Option<String>,
    /// Whether the audit log is not kept here.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) skip_audit_log_database: Option<bool>,
    /// Whether webhooks are called.
    #[schema(default = true)]
    pub(crate) notification_enable: Option<bool>,
    /// What is not written to the audit log, with commas.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) disabled_audit_log_event_types: Option<String>,
    /// What is shown to everyone.
    #[schema(block, max = 1)]
    pub(crate) banner_message: Vec<Banner>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// What is shown to everyone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Banner {
    /// Whether it can be closed.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) closable: Option<bool>,
    /// The text.
    pub(crate) message: String,
    /// `success`, `info`, `warning` or `danger`.
    #[schema(default = "info", rules = &[Rule::OneOf(&["success", "info", "warning", "danger"])])]
    pub(crate) r#type: Option<String>,
    /// The first day.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) from_date: Option<String>,
    /// The last day.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) to_date: Option<String>,
}

/// The banner as Harbor keeps it: JSON in a text.
#[derive(Serialize, Deserialize)]
struct BannerText {
    #[serde(default)]
    closable: bool,
    #[serde(default)]
    message: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default, rename = "fromDate")]
    from_date: String,
    #[serde(default, rename = "toDate")]
    to_date: String,
}

#[derive(Deserialize)]
struct Settings {
    project_creation_restriction: Option<Told<String>>,
    read_only: Option<Told<bool>>,
    robot_token_duration: Option<Told<i64>>,
    token_expiration: Option<Told<i64>>,
    session_timeout: Option<Told<i64>>,
    robot_name_prefix: Option<Told<String>>,
    scanner_skip_update_pulltime: Option<Told<bool>>,
    storage_per_project: Option<Told<i64>>,
    audit_log_forward_endpoint: Option<Told<String>>,
    skip_audit_log_database: Option<Told<bool>>,
    notification_enable: Option<Told<bool>>,
    disabled_audit_log_event_types: Option<Told<String>>,
    banner_message: Option<Told<String>>,
}

#[derive(Serialize)]
struct Write<'a> {
    project_creation_restriction: &'a str,
    read_only: bool,
    robot_token_duration: i64,
    token_expiration: i64,
    session_timeout: i64,
    quota_per_project_enable: bool,
    robot_name_prefix: &'a str,
    scanner_skip_update_pulltime: bool,
    storage_per_project: i64,
    audit_log_forward_endpoint: &'a str,
    skip_audit_log_database: bool,
    banner_message: String,
    notification_enable: bool,
    disabled_audit_log_event_types: &'a str,
}

fn banner_text(banner: Option<&Banner>) -> String {
    let Some(banner) = banner else {
        return String::new();
    };
    let text = BannerText {
        closable: banner.closable.unwrap_or(false),
        message: banner.message.clone(),
        kind: banner.r#type.clone().unwrap_or_else(|| "info".to_owned()),
        from_date: banner.from_date.clone().unwrap_or_default(),
        to_date: banner.to_date.clone().unwrap_or_default(),
    };
    serde_json::to_string(&text).unwrap_or_default()
}

fn banner(text: Option<String>) -> Vec<Banner> {
    let text: Option<BannerText> = text.and_then(|text| serde_json::from_str(&text).ok());
    let banner = text
        .filter(|banner| !banner.message.is_empty())
        .map(|banner| Banner {
            closable: Some(banner.closable),
            message: banner.message,
            r#type: Some(if banner.kind.is_empty() {
                "info".to_owned()
            } else {
                banner.kind
            }),
            from_date: Some(banner.from_date),
            to_date: Some(banner.to_date),
        });
    banner.into_iter().collect()
}

impl ConfigSystem {
    const GATES: &'static [Gate] = &[
        Gate {
            argument: "banner_message",
            since: Version::new(2, 9),
            idle: is_zero,
        },
        Gate {
            argument: "session_timeout",
            since: Version::new(2, 7),
            idle: |value| whole(value).is_none_or(|minutes| minutes == 60),
        },
        Gate {
            argument: "scanner_skip_update_pulltime",
            since: Version::new(2, 8),
            idle: is_zero,
        },
        Gate {
            argument: "disabled_audit_log_event_types",
            since: Version::new(2, 13),
            idle: is_zero,
        },
    ];

    fn checks(_desired: Partial<'_>) -> Vec<Finding> {
        Vec::new()
    }

    async fn observe(client: &Client, like: Option<&Self>) -> Result<Option<Self>, Error> {
        let Some(told): Option<Settings> = configurations::read(client).await? else {
            return Ok(None);
        };
        // What an older Harbor does not tell stays as it was recorded.
        let storage = value(told.storage_per_project).unwrap_or(-1);
        Ok(Some(Self {
            project_creation_restriction: value(told.project_creation_restriction),
            read_only: Some(value(told.read_only).unwrap_or(false)),
            robot_token_expiration: value(told.robot_token_duration),
            token_expiration: value(told.token_expiration),
            session_timeout: value(told.session_timeout)
                .or_else(|| like.and_then(|like| like.session_timeout)),
            robot_name_prefix: value(told.robot_name_prefix),
            scanner_skip_update_pulltime: Some(value(told.scanner_skip_update_pulltime).unwrap_or(false)),
            storage_per_project: Some(if storage > 0 { storage / GIB } else { storage }),
            audit_log_forward_endpoint: Some(value(told.audit_log_forward_endpoint).unwrap_or_default()),
            skip_audit_log_database: Some(value(told.skip_audit_log_database).unwrap_or(false)),
            notification_enable: Some(value(told.notification_enable).unwrap_or(true)),
            disabled_audit_log_event_types: crate::fields::filled(value(told.disabled_audit_log_event_types)),
            banner_message: banner(value(told.banner_message)),
            id: Computed::known(ID.to_owned()),
        }))
    }

    async fn write(&self, client: &Client, _prior: Option<&Self>) -> Result<Self, Error> {
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let storage = self.storage_per_project.unwrap_or(-1);
        let (restriction, prefix) = (
            text(&self.project_creation_restriction),
            text(&self.robot_name_prefix),
        );
        let (endpoint, events) = (
            text(&self.audit_log_forward_endpoint),
            text(&self.disabled_audit_log_event_types),
        );
        let body = Write {
            project_creation_restriction: &restriction,
            read_only: self.read_only.unwrap_or(false),
            robot_token_duration: self.robot_token_expiration.unwrap_or(30),
            token_expiration: self.token_expiration.unwrap_or(30),
            session_timeout: self.session_timeout.unwrap_or(60),
            quota_per_project_enable: true,
            robot_name_prefix: &prefix,
            scanner_skip_update_pulltime: self.scanner_skip_update_pulltime.unwrap_or(false),
            storage_per_project: if storage > 0 {
                storage.saturating_mul(GIB)
            } else {
                storage
            },
            audit_log_forward_endpoint: &endpoint,
            skip_audit_log_database: self.skip_audit_log_database.unwrap_or(false),
            banner_message: banner_text(self.banner_message.first()),
            notification_enable: self.notification_enable.unwrap_or(true),
            disabled_audit_log_event_types: &events,
        };
        configurations::write(client, &body).await?;
        Ok(Self {
            id: Computed::known(ID.to_owned()),
            ..self.clone()
        })
    }

    /// The settings stay as they are: there is no Harbor without them.
    async fn end(_client: &Client) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}

single_resource!(ConfigSystem, ConfigSystemShape, "harbor_config_system");
