//! `harbor_retention_policy`: which tags of a project are kept.
//!
//! A project has one. Harbor keeps it when it is deleted by older versions of its API, and the pages of the project break: so
//! it is emptied, which works with all of them, and taken up again where it is declared anew.

mod rules;

use crate::client::{Ask, Client};
use crate::cron;
use crate::fields::filled;
use crate::id::{Id, shape};
use crate::project_ref;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Observed, PlanRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use rules::RetentionRule;
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_retention_policy`.
    RetentionShape,
    "a retention policy",
    "/retentions/{}"
);

/// Which tags of a project are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RetentionPolicy {
    /// The project.
    #[schema(replaces, meaning = Meaning::By(project_ref::same), rules = &[Rule::Check(project_ref::check)])]
    pub(crate) scope: String,
    /// When the others are deleted: `hourly`, `daily`, `weekly`, or six fields; none: when somebody asks.
    #[schema(meaning = Meaning::By(cron::same), rules = &[Rule::Check(cron::check)])]
    pub(crate) schedule: Option<String>,
    /// What is kept: what any of these is for.
    #[schema(block, min = 1, max = 15)]
    pub(crate) rule: Vec<RetentionRule>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A policy as Harbor writes it, and as it is written.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(default)]
    algorithm: String,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    trigger: Trigger,
    rules: Option<Vec<rules::Wire>>,
}

#[derive(Default, Serialize, Deserialize)]
struct Scope {
    #[serde(default)]
    level: String,
    #[serde(default, rename = "ref")]
    reference: i64,
}

#[derive(Default, Serialize, Deserialize)]
struct Trigger {
    #[serde(default)]
    kind: String,
    settings: Option<Settings>,
}

#[derive(Default, Serialize, Deserialize)]
struct Settings {
    #[serde(default)]
    cron: String,
}

/// What a project tells of its policy.
#[derive(Deserialize)]
struct Project {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    retention_id: Option<String>,
}

impl RetentionPolicy {
    fn wire(&self, id: Option<i64>) -> Wire {
        Wire {
            id,
            algorithm: "or".to_owned(),
            scope: Scope {
                level: "project".to_owned(),
                reference: project_ref::number(&self.scope),
            },
            trigger: Trigger {
                kind: "Schedule".to_owned(),
                settings: Some(Settings {
                    cron: cron::cron(self.schedule.as_deref().unwrap_or_default()),
                }),
            },
            rules: Some(self.rule.iter().map(RetentionRule::wire).collect()),
        }
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Self {
        let cron = wire
            .trigger
            .settings
            .map(|settings| settings.cron)
            .unwrap_or_default();
        let spelled = like.and_then(|like| like.schedule.clone());
        let same = spelled.filter(|spelled| cron::cron(spelled) == cron);
        Self {
            scope: project_ref::spelled(wire.scope.reference, like.map(|like| like.scope.as_str())),
            schedule: same.or_else(|| filled(Some(cron))),
            rule: wire.rules.into_iter().flatten().map(RetentionRule::of).collect(),
            id: Computed::known(path.to_owned()),
        }
    }
}

/// The policy that a project has.
async fn of_project(client: &Client, scope: &str) -> Result<Option<String>, Error> {
    let path = project_ref::path(scope);
    let project: Option<Project> = client
        .api
        .get(Ask::new(&path, "read the retention policy of the project"))
        .await?;
    let id = project.and_then(|project| filled(project.metadata.retention_id));
    Ok(id.map(|id| format!("/retentions/{id}")))
}

/// Reads a policy. One that is not there is told as a failure of the server: then its project is asked.
async fn read(client: &Client, path: &str, like: Option<&RetentionPolicy>) -> Result<Option<Wire>, Error> {
    let error = match client.api.get(Ask::new(path, "read the retention policy")).await {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    let missing = matches!(error.status, Some(400 | 404 | 500..=599));
    if missing
        && let Some(like) = like
        && of_project(client, &like.scope).await?.as_deref() != Some(path)
    {
        return Ok(None);
    }
    Err(error)
}

impl Resource for RetentionPolicy {
    const TYPE: &'static str = "harbor_retention_policy";
    const CREATE: CreateClass = CreateClass::Upsert;
    type Client = Client;
    type Id = Id<RetentionShape>;

    fn id(object: &Self) -> Option<Self::Id> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.path();
        let Some(wire) = read(request.client, path, request.prior).await? else {
            return Ok(Observed::Absent);
        };
        let other = request
            .prior
            .is_some_and(|prior| project_ref::number(&prior.scope) != wire.scope.reference);
        // An emptied policy is what is left of a deleted one.
        if other || wire.rules.as_ref().is_none_or(Vec::is_empty) {
            return Ok(Observed::Absent);
        }
        Ok(Observed::Present(Self::observed(wire, path, request.prior)))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        if let Some(path) = of_project(client, &desired.scope).await? {
            let ask = Ask::new(&path, "change the retention policy");
            client
                .api
                .put(ask, &desired.wire(Some(crate::id::number(&path))))
                .await?;
            return Ok(Created::Done(desired.identified(&path)));
        }
        let ask = Ask::new("/retentions", "create the retention policy");
        let path = client.api.create(ask, &desired.wire(None)).await?;
        Ok(Created::Done(desired.identified(&path)))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let path = request.id.path();
        let ask = Ask::new(path, "change the retention policy");
        let body = request.desired.wire(Some(request.id.number()));
        request.client.api.put(ask, &body).await?;
        Ok(Created::Done(request.desired.identified(path)))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let (client, path) = (request.client, request.id.path());
        let wire = match read(client, path, request.prior).await {
            Ok(Some(wire)) => wire,
            Ok(None) => return Ok(Deleted::Gone),
            // Its project went before it.
            Err(error) if matches!(error.kind, ErrorKind::Denied) || error.status == Some(404) => {
                return Ok(Deleted::Gone);
            }
            Err(error) => return Err(error),
        };
        let empty = Wire {
            id: Some(request.id.number()),
            trigger: Trigger {
                kind: "Schedule".to_owned(),
                settings: Some(Settings::default()),
            },
            rules: Some(Vec::new()),
            ..wire
        };
        client
            .api
            .put(Ask::new(path, "empty the retention policy"), &empty)
            .await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<Self::Id>, Error> {
        let found = of_project(request.client, &request.desired.scope).await?;
        let Some(path) = found else { return Ok(Vec::new()) };
        let wire = read(request.client, &path, Some(request.desired)).await?;
        let stands = wire.is_some_and(|wire| wire.rules.is_some_and(|rules| !rules.is_empty()));
        Ok(path.parse().ok().filter(|_| stands).into_iter().collect())
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        Advice {
            findings: rules::checks(request.desired),
            ..Advice::default()
        }
    }
}
