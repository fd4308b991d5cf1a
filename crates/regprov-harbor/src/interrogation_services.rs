//! `harbor_interrogation_services`, and its older form `harbor_tasks`: when all artifacts are scanned, and by what.

use crate::client::{Ask, Client};
use crate::cron::{self, Schedule};
use crate::gates::Gate;
use crate::id::shape;
use crate::project::{no_scanner, scanners};
use crate::schedules::{self, Body, SCANS, single_resource};
use crate::selectors::written;
use regprov_provider::{Deleted, Error, Finding, Partial};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_interrogation_services`.
    InterrogationServicesShape,
    "the interrogation services",
    "/system/scanAll/schedule"
);

/// When all artifacts are scanned, and by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct InterrogationServices {
    /// `hourly`, `daily`, `weekly`, or six fields.
    #[schema(meaning = Meaning::By(cron::same), rules = &[Rule::Check(cron::check)])]
    pub(crate) vulnerability_scan_policy: String,
    /// The scanner that is used where a project names none.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) default_scanner: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// When all artifacts are scanned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Tasks {
    /// `hourly`, `daily`, `weekly`, or six fields.
    #[schema(meaning = Meaning::By(cron::same), rules = &[Rule::Check(cron::check)])]
    pub(crate) vulnerability_scan_policy: String,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

shape!(
    /// `harbor_tasks`. The public provider gave it an id of random letters.
    TasksShape,
    "the tasks",
    "{name}"
);

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct DefaultScanner {
    is_default: bool,
}

async fn set(client: &Client, text: &str) -> Result<(), Error> {
    let body = Body {
        schedule: Schedule::of(text),
        parameters: Nothing {},
    };
    schedules::set(client, SCANS, "schedule the scans", &body).await
}

async fn told(client: &Client, spelled: Option<&str>) -> Result<Option<String>, Error> {
    let wire = schedules::read(client, SCANS, "read the schedule of scans").await?;
    Ok(wire.and_then(|wire| wire.schedule?.text(spelled)))
}

impl InterrogationServices {
    const GATES: &'static [Gate] = &[];

    fn checks(_desired: Partial<'_>) -> Vec<Finding> {
        Vec::new()
    }

    async fn observe(client: &Client, like: Option<&Self>) -> Result<Option<Self>, Error> {
        let spelled = like.map(|like| like.vulnerability_scan_policy.as_str());
        let Some(policy) = told(client, spelled).await? else {
            return Ok(None);
        };
        let asked = like.and_then(|like| written(&like.default_scanner));
        let scanner = match asked {
            None => None,
            Some(asked) => {
                let scanners = scanners(client).await?;
                let found = scanners
                    .into_iter()
                    .find(|scanner| scanner.is_default)
                    .map(|scanner| scanner.name);
                found.map(|name| {
                    if name.eq_ignore_ascii_case(asked) {
                        asked.to_owned()
                    } else {
                        name
                    }
                })
            }
        };
        Ok(Some(Self {
            vulnerability_scan_policy: policy,
            default_scanner: scanner,
            id: Computed::known(SCANS.to_owned()),
        }))
    }

    async fn write(&self, client: &Client, _prior: Option<&Self>) -> Result<Self, Error> {
        if let Some(name) = written(&self.default_scanner) {
            let scanners = scanners(client).await?;
            let found = scanners
                .iter()
                .find(|scanner| scanner.name.eq_ignore_ascii_case(name));
            let Some(scanner) = found else {
                return Err(no_scanner(name, &scanners));
            };
            let path = format!("/scanners/{}", scanner.uuid);
            let ask = Ask::new(&path, "set the default scanner");
            client
                .api
                .patch(ask, &DefaultScanner { is_default: true })
                .await?;
        }
        set(client, &self.vulnerability_scan_policy).await?;
        Ok(Self {
            id: Computed::known(SCANS.to_owned()),
            ..self.clone()
        })
    }

    async fn end(client: &Client) -> Result<Deleted, Error> {
        schedules::end(client, SCANS, "end the scans", Nothing {}).await
    }
}

single_resource!(
    InterrogationServices,
    InterrogationServicesShape,
    "harbor_interrogation_services"
);

impl Tasks {
    const GATES: &'static [Gate] = &[];

    fn checks(_desired: Partial<'_>) -> Vec<Finding> {
        vec![Finding {
            fatal: false,
            path: None,
            summary: "Resource type with a successor".to_owned(),
            detail: "`harbor_tasks` does a part of what `harbor_interrogation_services` does, and both set the same schedule."
                .to_owned(),
            remedy: Some("Write `harbor_interrogation_services` in its place.".to_owned()),
        }]
    }

    async fn observe(client: &Client, like: Option<&Self>) -> Result<Option<Self>, Error> {
        let spelled = like.map(|like| like.vulnerability_scan_policy.as_str());
        let id = like
            .and_then(|like| like.id.get().cloned())
            .unwrap_or_else(|| "tasks".to_owned());
        Ok(told(client, spelled).await?.map(|policy| Self {
            vulnerability_scan_policy: policy,
            id: Computed::known(id),
        }))
    }

    async fn write(&self, client: &Client, prior: Option<&Self>) -> Result<Self, Error> {
        set(client, &self.vulnerability_scan_policy).await?;
        let id = prior.and_then(|prior| prior.id.get().cloned());
        Ok(Self {
            id: Computed::known(id.unwrap_or_else(|| "tasks".to_owned())),
            ..self.clone()
        })
    }

    async fn end(client: &Client) -> Result<Deleted, Error> {
        schedules::end(client, SCANS, "end the scans", Nothing {}).await
    }
}

single_resource!(Tasks, TasksShape, "harbor_tasks");
