//! `harbor_replication`: copying between this Harbor and another registry.

mod filters;

use crate::client::{Ask, Client, Version, attribute};
use crate::cron;
use crate::fields::filled;
use crate::gates::{Gate, is_zero};
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use filters::Filter;
use regprov_provider::{Error, Finding, Partial};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

shape!(
    /// `harbor_replication`.
    ReplicationShape,
    "a replication",
    "/replication/policies/{}"
);

/// Copying between this Harbor and another registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Replication {
    /// Its name.
    pub(crate) name: String,
    /// `push` to the other registry, or `pull` from it.
    #[schema(replaces, rules = &[Rule::OneOf(&["push", "pull"])])]
    pub(crate) action: String,
    /// The number of the other registry.
    pub(crate) registry_id: i64,
    /// `manual`, `event_based`, or a schedule of six fields.
    #[schema(default = "manual", rules = &[Rule::Check(check_schedule)])]
    pub(crate) schedule: Option<String>,
    /// Whether it takes place.
    #[schema(default = true)]
    pub(crate) enabled: Option<bool>,
    /// Whether what is deleted here is deleted there.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) deletion: Option<bool>,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Where it is copied to.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) dest_namespace: Option<String>,
    /// How many parts of a name `dest_namespace` takes the place of; -1: all but the last.
    #[schema(default = 0)]
    pub(crate) dest_namespace_replace: Option<i64>,
    /// Whether what is there already is overwritten.
    #[schema(default = true)]
    pub(crate) r#override: Option<bool>,
    /// Whether large images are copied in parts.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) copy_by_chunk: Option<bool>,
    /// Whether a run is left out while the last one goes on.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) single_active_replication: Option<bool>,
    /// How fast it copies, in KB per second; -1: as fast as it can.
    #[schema(default = -1, meaning = Meaning::By(same_speed))]
    pub(crate) speed: Option<i64>,
    /// Whether it takes place at once when it was made or changed.
    #[schema(default = false)]
    pub(crate) execute_on_changed: Local<bool>,
    /// What is copied.
    #[schema(block)]
    pub(crate) filters: BTreeSet<Filter>,
    /// Its number.
    pub(crate) replication_policy_id: Computed<i64>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// Harbor keeps no limit as 0.
fn same_speed(left: &Value, right: &Value) -> bool {
    left == right || (crate::gates::is_unlimited(left) && crate::gates::is_unlimited(right))
}

fn check_schedule(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some("manual" | "event_based") => Ok(()),
        Some(text) if text.split_whitespace().nth(1) == Some("*") => Err(format!(
            "`{}` would copy every minute, which Harbor does not: write a number in the second field, the minutes",
            regprov_http::sanitize(text)
        )),
        Some(text) if text.split_whitespace().count() == 6 => cron::check(value),
        Some(text) => Err(format!(
            "`{}` is neither `manual` nor `event_based` nor a schedule of six fields `0 MINUTE HOUR DAY MONTH WEEKDAY`",
            regprov_http::sanitize(text)
        )),
        None => Ok(()),
    }
}

/// A replication as Harbor writes it.
#[derive(Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    id: i64,
    #[serde(default)]
    name: String,
    description: Option<String>,
    src_registry: Option<Reference>,
    dest_registry: Option<Reference>,
    dest_namespace: Option<String>,
    dest_namespace_replace_count: Option<i64>,
    trigger: Option<Trigger>,
    filters: Option<Vec<filters::Wire>>,
    #[serde(default)]
    deletion: bool,
    #[serde(default)]
    r#override: bool,
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    speed: i64,
    #[serde(default)]
    copy_by_chunk: bool,
    #[serde(default)]
    single_active_replication: bool,
}

/// A registry by its number: 0 is the Harbor itself.
#[derive(Default, Serialize, Deserialize)]
struct Reference {
    #[serde(default)]
    id: i64,
}

#[derive(Serialize, Deserialize)]
struct Trigger {
    #[serde(default, rename = "type")]
    kind: String,
    trigger_settings: Option<TriggerSettings>,
}

#[derive(Serialize, Deserialize)]
struct TriggerSettings {
    #[serde(default)]
    cron: String,
}

/// A POST or PUT.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    name: &'a str,
    description: &'a str,
    src_registry: Reference,
    dest_registry: Reference,
    dest_namespace: &'a str,
    dest_namespace_replace_count: i64,
    trigger: Trigger,
    filters: Vec<filters::Wire>,
    deletion: bool,
    r#override: bool,
    enabled: bool,
    speed: i64,
    copy_by_chunk: bool,
    single_active_replication: bool,
}

#[derive(Serialize)]
struct Execution {
    policy_id: i64,
}

impl Replication {
    fn trigger(&self) -> Trigger {
        let (kind, cron) = match self.schedule.as_deref().unwrap_or("manual") {
            kind @ ("manual" | "event_based") => (kind, String::new()),
            schedule => ("scheduled", cron::cron(schedule)),
        };
        Trigger {
            kind: kind.to_owned(),
            trigger_settings: Some(TriggerSettings { cron }),
        }
    }

    async fn execute(&self, client: &Client, path: &str) -> Result<(), Error> {
        if self.execute_on_changed.0 != Some(true) {
            return Ok(());
        }
        let policy_id = crate::id::number(path);
        let ask = Ask::new("/replication/executions", "start the replication");
        client.api.act(ask, &Execution { policy_id }).await
    }
}

impl Plain for Replication {
    const WORDS: Words = words!("replication", "replications");
    const COMPLETED: bool = true;
    const GATES: &'static [Gate] = &[
        Gate {
            argument: "copy_by_chunk",
            since: Version::new(2, 7),
            idle: is_zero,
        },
        Gate {
            argument: "single_active_replication",
            since: Version::new(2, 14),
            idle: is_zero,
        },
    ];
    const SHELF: Option<&'static str> = Some("/replication/policies");
    type Shape = ReplicationShape;
    type Wire = Wire;
    type Body<'a> = Body<'a>;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        "/replication/policies".to_owned()
    }

    fn body(&self, _number: i64) -> Body<'_> {
        let other = Reference { id: self.registry_id };
        let (src_registry, dest_registry) = match self.action.as_str() {
            "pull" => (other, Reference::default()),
            _ => (Reference::default(), other),
        };
        Body {
            name: &self.name,
            description: self.description.as_deref().unwrap_or_default(),
            src_registry,
            dest_registry,
            dest_namespace: self.dest_namespace.as_deref().unwrap_or_default(),
            dest_namespace_replace_count: self.dest_namespace_replace.unwrap_or(0),
            trigger: self.trigger(),
            filters: self.filters.iter().filter_map(Filter::wire).collect(),
            deletion: self.deletion.unwrap_or(false),
            r#override: self.r#override.unwrap_or(true),
            enabled: self.enabled.unwrap_or(true),
            speed: self.speed.unwrap_or(-1),
            copy_by_chunk: self.copy_by_chunk.unwrap_or(false),
            single_active_replication: self.single_active_replication.unwrap_or(false),
        }
    }

    async fn complete(&self, client: &Client, path: &str) -> Result<Self, Error> {
        self.execute(client, path).await?;
        Ok(self.identified(path))
    }

    async fn change(&self, client: &Client, path: &str, _prior: &Self) -> Result<Self, Error> {
        let ask = Ask::new(path, Self::WORDS.change);
        client.api.put(ask, &self.body(crate::id::number(path))).await?;
        self.execute(client, path).await?;
        Ok(self.identified(path))
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            replication_policy_id: Computed::known(crate::id::number(path)),
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Option<Self> {
        let number = |reference: Option<Reference>| reference.map_or(0, |reference| reference.id);
        let (source, target) = (number(wire.src_registry), number(wire.dest_registry));
        let (action, registry_id) = if target == 0 {
            ("pull", source)
        } else {
            ("push", target)
        };
        let schedule = match wire.trigger {
            Some(Trigger {
                kind,
                trigger_settings: Some(settings),
            }) if kind == "scheduled" => {
                let spelled = like.and_then(|like| like.schedule.clone());
                let same = spelled.filter(|spelled| cron::cron(spelled) == cron::cron(&settings.cron));
                same.unwrap_or(settings.cron)
            }
            Some(trigger) if trigger.kind == "event_based" => trigger.kind,
            Some(_) | None => "manual".to_owned(),
        };
        let recorded = like.map(|like| &like.filters);
        Some(Self {
            name: wire.name,
            action: action.to_owned(),
            registry_id,
            schedule: Some(schedule),
            enabled: Some(wire.enabled),
            deletion: Some(wire.deletion),
            description: filled(wire.description),
            dest_namespace: filled(wire.dest_namespace),
            dest_namespace_replace: Some(wire.dest_namespace_replace_count.unwrap_or(0)),
            r#override: Some(wire.r#override),
            copy_by_chunk: Some(wire.copy_by_chunk),
            single_active_replication: Some(wire.single_active_replication),
            speed: Some(if wire.speed > 0 { wire.speed } else { -1 }),
            execute_on_changed: like
                .map(|like| like.execute_on_changed.clone())
                .unwrap_or_default(),
            filters: filters::observed(wire.filters, recorded),
            replication_policy_id: Computed::known(wire.id),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (
            "/replication/policies".to_owned(),
            vec![("name", self.name.clone())],
        )
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        (wire.name == self.name).then(|| format!("/replication/policies/{}", wire.id))
    }

    fn checks(desired: Partial<'_>) -> Vec<Finding> {
        let mut findings = filters::checks(desired);
        let single = desired.truth("single_active_replication") == Some(true);
        if single && desired.text("schedule") == Some("event_based") {
            findings.push(Finding {
                fatal: true,
                path: attribute("single_active_replication"),
                summary: "One run at a time, on events".to_owned(),
                detail:
                    "Harbor refuses `single_active_replication` for a replication that takes place on events."
                        .to_owned(),
                remedy: Some("Leave it away, or give a schedule.".to_owned()),
            });
        }
        findings
    }
}

plain_resource!(Replication, ReplicationShape, "harbor_replication");
