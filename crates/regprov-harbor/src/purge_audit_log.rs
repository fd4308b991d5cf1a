//! `harbor_purge_audit_log`: when old entries of the audit log are deleted.

use crate::client::{Client, Version, attribute};
use crate::cron::{self, Schedule};
use crate::fields::filled;
use crate::gates::{Gate, is_zero};
use crate::id::shape;
use crate::schedules::{self, AUDIT_LOG, Body, single_resource};
use crate::selectors::written;
use regprov_provider::{Deleted, Error, Finding, Partial};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

shape!(
    /// `harbor_purge_audit_log`.
    PurgeAuditLogShape,
    "the purge of the audit log",
    "/system/purgeaudit/schedule"
);

const OPERATIONS: &[&str] = &["create", "pull", "delete"];
const EVENTS: &[&str] = &[
    "create",
    "push",
    "pull",
    "delete",
    "create_artifact",
    "delete_artifact",
    "pull_artifact",
    "other",
];

/// When old entries of the audit log are deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct PurgeAuditLog {
    /// `hourly`, `daily`, `weekly`, or six fields.
    #[schema(meaning = Meaning::By(cron::same), rules = &[Rule::Check(cron::check)])]
    pub(crate) schedule: String,
    /// How many hours an entry is kept.
    #[schema(rules = &[Rule::Between(0, 240_000)])]
    pub(crate) audit_retention_hour: i64,
    /// Which entries are deleted, before Harbor 2.13: `create`, `pull`, `delete`, with commas.
    #[schema(meaning = Meaning::By(same_names), rules = &[Rule::Check(check_operations)])]
    pub(crate) include_operations: Option<String>,
    /// Which entries are deleted, since Harbor 2.13: `create_artifact`, `other` and more, with commas.
    #[schema(meaning = Meaning::By(same_names), rules = &[Rule::Check(check_events)])]
    pub(crate) include_event_types: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn names(text: &str) -> BTreeSet<&str> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

fn same_names(left: &Value, right: &Value) -> bool {
    names(left.as_str().unwrap_or_default()) == names(right.as_str().unwrap_or_default())
}

fn checked(value: &Value, known: &[&str]) -> Result<(), String> {
    let wrong = names(value.as_str().unwrap_or_default())
        .into_iter()
        .find(|name| !known.contains(name));
    match wrong {
        Some(name) => Err(format!(
            "`{}` is none of {}",
            regprov_http::sanitize(name),
            known
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        )),
        None => Ok(()),
    }
}

fn check_operations(value: &Value) -> Result<(), String> {
    checked(value, OPERATIONS)
}

fn check_events(value: &Value) -> Result<(), String> {
    checked(value, EVENTS)
}

#[derive(Default, Serialize, Deserialize)]
struct Parameters {
    #[serde(default)]
    audit_retention_hour: i64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    include_operations: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    include_event_types: String,
}

impl PurgeAuditLog {
    const GATES: &'static [Gate] = &[Gate {
        argument: "include_event_types",
        since: Version::new(2, 13),
        idle: is_zero,
    }];

    fn checks(desired: Partial<'_>) -> Vec<Finding> {
        let missing = |name| !desired.is_open(name) && desired.known(name).is_none_or(is_zero);
        if !missing("include_operations") || !missing("include_event_types") {
            return Vec::new();
        }
        vec![Finding {
            fatal: true,
            path: attribute("include_event_types"),
            summary: "Nothing to purge".to_owned(),
            detail: "Neither `include_operations` (before Harbor 2.13) nor `include_event_types` (since 2.13) says which entries \
                     are deleted."
                .to_owned(),
            remedy: Some("Set one of them.".to_owned()),
        }]
    }

    async fn observe(client: &Client, like: Option<&Self>) -> Result<Option<Self>, Error> {
        let Some(wire) = schedules::read(client, AUDIT_LOG, "read the purge of the audit log").await? else {
            return Ok(None);
        };
        let parameters: Parameters = wire.parameters();
        let spelled = like.map(|like| like.schedule.as_str());
        let schedule = wire.schedule.and_then(|schedule| schedule.text(spelled));
        // A newer Harbor does not tell what it does not know any more.
        let kept = |told: String, like: Option<&Option<String>>| filled(Some(told)).or_else(|| like?.clone());
        Ok(Some(Self {
            schedule: schedule.unwrap_or_default(),
            audit_retention_hour: parameters.audit_retention_hour,
            include_operations: kept(
                parameters.include_operations,
                like.map(|like| &like.include_operations),
            ),
            include_event_types: kept(
                parameters.include_event_types,
                like.map(|like| &like.include_event_types),
            ),
            id: Computed::known(AUDIT_LOG.to_owned()),
        }))
    }

    fn parameters(&self) -> Parameters {
        let text = |text: &Option<String>| written(text).unwrap_or_default().to_owned();
        Parameters {
            audit_retention_hour: self.audit_retention_hour,
            include_operations: text(&self.include_operations),
            include_event_types: text(&self.include_event_types),
        }
    }

    async fn write(&self, client: &Client, _prior: Option<&Self>) -> Result<Self, Error> {
        let body = Body {
            schedule: Schedule::of(&self.schedule),
            parameters: self.parameters(),
        };
        schedules::set(client, AUDIT_LOG, "schedule the purge of the audit log", &body).await?;
        Ok(Self {
            id: Computed::known(AUDIT_LOG.to_owned()),
            ..self.clone()
        })
    }

    async fn end(client: &Client) -> Result<Deleted, Error> {
        const WHAT: &str = "end the purge of the audit log";
        // Harbor wants the parameters even of what ends.
        let stands = schedules::read(client, AUDIT_LOG, WHAT).await?;
        let parameters: Parameters = stands.map(|wire| wire.parameters()).unwrap_or_default();
        schedules::end(client, AUDIT_LOG, WHAT, parameters).await
    }
}

single_resource!(PurgeAuditLog, PurgeAuditLogShape, "harbor_purge_audit_log");
