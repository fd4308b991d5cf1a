//! `harbor_project`: what repositories are in.

mod checks;
mod repositories;
mod wire;

use crate::client::{Ask, Client, VISIBILITY};
use crate::configurations;
use crate::fields::{filled, same_texts};
use crate::id::{Id, shape};
use crate::names;
pub(crate) use checks::{no_scanner, scanners, taken};
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Observed, PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
pub(crate) use wire::{Project as WireProject, Scanner};

shape!(
    /// `harbor_project`.
    ProjectShape,
    "a project",
    "/projects/{}"
);

/// The id of a project.
pub(crate) type ProjectId = Id<ProjectShape>;

/// The bytes of a GiB.
pub(crate) const GIB: i64 = 1 << 30;

/// What repositories are in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Project {
    /// Its name.
    #[schema(replaces, rules = &[Rule::Check(names::check_project)])]
    pub(crate) name: String,
    /// The registry whose images it caches.
    #[schema(optional, replaces, meaning = Meaning::ZeroIsNull)]
    pub(crate) registry_id: Computed<i64>,
    /// Whether anyone may pull.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) public: Option<bool>,
    /// Whether images are scanned when they are pushed.
    #[schema(default = true)]
    pub(crate) vulnerability_scanning: Option<bool>,
    /// The scanner, where it is not the default one.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) vulnerability_scanner: Option<String>,
    /// How much it may hold, in GiB; -1: any amount.
    #[schema(default = -1, rules = &[Rule::Check(checks::quota)])]
    pub(crate) storage_quota: Option<i64>,
    /// Vulnerabilities that do not count; none: those that do not count anywhere.
    #[schema(meaning = Meaning::By(same_texts))]
    pub(crate) cve_allowlist: Option<Vec<String>>,
    /// Whether only images with a Notary signature may be pulled.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) enable_content_trust: Option<bool>,
    /// Whether only images with a Cosign signature may be pulled.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) enable_content_trust_cosign: Option<bool>,
    /// Whether a list of what an image holds is made when it is pushed.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) auto_sbom_generation: Option<bool>,
    /// From which severity on an image may not be pulled: `none`, `low`, `medium`, `high`, `critical`.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::OneOf(&["none", "low", "medium", "high", "critical"])])]
    pub(crate) deployment_security: Option<String>,
    /// Whether its repositories are deleted with it.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) force_destroy: Local<bool>,
    /// How fast it caches, in KB per second; -1: as fast as it can.
    #[schema(default = -1)]
    pub(crate) proxy_speed_kb: Option<i64>,
    /// Whether a cached image is served although the registry has it no more.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) proxy_cache_local_on_not_found: Option<bool>,
    /// Its number.
    pub(crate) project_id: Computed<i64>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

impl Project {
    fn has_quota(&self) -> bool {
        self.storage_quota.is_some_and(|quota| quota != -1)
    }

    /// The quota in bytes.
    fn quota_bytes(&self) -> i64 {
        match self.storage_quota {
            Some(quota) if quota > 0 => quota.saturating_mul(GIB),
            Some(_) | None => -1,
        }
    }

    fn allowlist(&self) -> &[String] {
        self.cve_allowlist.as_deref().unwrap_or_default()
    }

    fn scanner(&self) -> Option<&str> {
        self.vulnerability_scanner
            .as_deref()
            .filter(|name| !name.is_empty())
    }

    /// The object with the identity that the service gave.
    fn identified(&self, path: &str) -> Self {
        Self {
            project_id: Computed::known(crate::id::number(path)),
            id: Computed::known(path.to_owned()),
            registry_id: Computed(self.registry_id.get().copied().filter(|id| *id != 0)),
            ..self.clone()
        }
    }

    /// The object as it was read; `like` has the spellings and what the service does not tell.
    fn observed(wire: wire::Project, seen: Seen, like: Option<&Self>) -> Self {
        let metadata = &wire.metadata;
        let is = |text: &Option<String>| text.as_deref() == Some("true");
        let quota = match seen.quota {
            Some(bytes) if bytes < 0 => -1,
            Some(bytes) => bytes / GIB,
            None => like.and_then(|like| like.storage_quota).unwrap_or(-1),
        };
        let allowlist: Vec<String> = wire
            .cve_allowlist
            .into_iter()
            .flat_map(|list| list.items.unwrap_or_default())
            .map(|item| item.cve_id)
            .collect();
        Self {
            name: wire.name,
            registry_id: Computed(wire.registry_id.filter(|id| *id != 0)),
            public: Some(is(&metadata.public)),
            vulnerability_scanning: Some(is(&metadata.auto_scan)),
            vulnerability_scanner: seen.scanner,
            storage_quota: Some(quota),
            cve_allowlist: (!allowlist.is_empty()).then_some(allowlist),
            enable_content_trust: Some(is(&metadata.enable_content_trust)),
            enable_content_trust_cosign: Some(is(&metadata.enable_content_trust_cosign)),
            auto_sbom_generation: Some(is(&metadata.auto_sbom_generation)),
            deployment_security: filled(metadata.severity.clone()).filter(|_| is(&metadata.prevent_vul)),
            force_destroy: like.map(|like| like.force_destroy.clone()).unwrap_or_default(),
            proxy_speed_kb: Some(
                metadata
                    .proxy_speed_kb
                    .as_deref()
                    .and_then(|speed| speed.parse().ok())
                    .unwrap_or(-1),
            ),
            proxy_cache_local_on_not_found: Some(is(&metadata.proxy_cache_local_on_not_found)),
            project_id: Computed::known(wire.project_id),
            id: Computed::known(format!("/projects/{}", wire.project_id)),
        }
    }

    /// What is not in the answer that a project is read from.
    async fn seen(client: &Client, path: &str, like: Option<&Self>) -> Result<Seen, Error> {
        let ask = format!("{path}/summary");
        let summary: Result<Option<wire::Summary>, Error> = client
            .api
            .get(Ask::new(&ask, "read the quota of the project"))
            .await;
        let quota = match summary {
            Ok(summary) => summary.and_then(|summary| summary.quota?.hard?.storage),
            Err(error) if error.kind == ErrorKind::Denied => None,
            Err(error) => return Err(error),
        };
        Ok(Seen {
            quota: Self::told_quota(client, quota, like).await?,
            scanner: Self::told_scanner(client, path, like).await?,
        })
    }

    /// The quota as it counts: one that an administrator gave, where nobody asked for one, is none that we could take away.
    async fn told_quota(
        client: &Client,
        quota: Option<i64>,
        like: Option<&Self>,
    ) -> Result<Option<i64>, Error> {
        let unasked = like.is_some_and(|like| !like.has_quota());
        let differs = quota.is_some_and(|bytes| bytes >= 0);
        if unasked && differs && !client.is_administrator().await? {
            return Ok(None);
        }
        Ok(quota)
    }

    /// The scanner, where one is asked for: else it is the default one of the Harbor, which is no argument.
    async fn told_scanner(client: &Client, path: &str, like: Option<&Self>) -> Result<Option<String>, Error> {
        let Some(asked) = like.and_then(Self::scanner) else {
            return Ok(None);
        };
        let ask = format!("{path}/scanner");
        let scanner: Option<wire::Scanner> = client
            .api
            .get(Ask::new(&ask, "read the scanner of the project"))
            .await?;
        let name = scanner.and_then(|scanner| filled(Some(scanner.name)));
        Ok(name.map(|name| {
            if name.eq_ignore_ascii_case(asked) {
                asked.to_owned()
            } else {
                name
            }
        }))
    }

    /// What a project needs beyond its creation, each of which may be repeated.
    async fn complete(&self, client: &Client, path: &str) -> Result<(), Error> {
        if !self.allowlist().is_empty() {
            let ask = Ask::new(path, "set the CVE allowlist of the project");
            client.api.put(ask, &wire::Write::of(self)).await?;
        }
        if self.has_quota() {
            self.settle_quota(client, path).await?;
        }
        self.settle_scanner(client, path).await
    }

    /// Sets the quota where it is another one.
    async fn settle_quota(&self, client: &Client, path: &str) -> Result<(), Error> {
        let number = crate::id::number(path).to_string();
        let query = [("reference", "project"), ("reference_id", &number)];
        let ask = Ask::new("/quotas", "read the quota of the project").query(&query);
        let quotas: Vec<wire::Quota> = client.api.list(ask).await.map_err(needs_administrator)?;
        let of = |quota: &&wire::Quota| {
            quota
                .reference
                .as_ref()
                .is_some_and(|found| found.id.to_string() == number)
        };
        let Some(quota) = quotas.iter().find(of) else {
            // Where quotas are off, there is none to set.
            return match self.has_quota() {
                true => Err(no_quota(client).await?),
                false => Ok(()),
            };
        };
        let wanted = self.quota_bytes();
        if quota.hard.as_ref().and_then(|hard| hard.storage) == Some(wanted) {
            return Ok(());
        }
        let path = format!("/quotas/{}", quota.id);
        let ask = Ask::new(&path, "set the quota of the project");
        let body = wire::QuotaWrite::of(wanted);
        client.api.put(ask, &body).await.map_err(needs_administrator)
    }

    async fn settle_scanner(&self, client: &Client, path: &str) -> Result<(), Error> {
        let Some(name) = self.scanner() else { return Ok(()) };
        let scanners = checks::scanners(client).await?;
        let found = scanners
            .iter()
            .find(|scanner| scanner.name.eq_ignore_ascii_case(name));
        let Some(scanner) = found else {
            return Err(checks::no_scanner(name, &scanners));
        };
        let path = format!("{path}/scanner");
        let ask = Ask::new(&path, "set the scanner of the project");
        client
            .api
            .put(ask, &wire::ScannerWrite { uuid: &scanner.uuid })
            .await
    }
}

/// What is not in the answer that a project is read from.
#[derive(Default)]
struct Seen {
    /// In bytes; `None` where it is not told.
    quota: Option<i64>,
    scanner: Option<String>,
}

fn needs_administrator(error: Error) -> Error {
    if error.kind != ErrorKind::Denied {
        return error;
    }
    error.remedy(
        "Only a system administrator, or a robot account with the system permission `quota:update` (Harbor 2.12), may set a \
         quota: sign in as one, or leave `storage_quota` away.",
    )
}

/// Whether projects have quotas at all.
#[derive(Deserialize)]
struct Quotas {
    quota_per_project_enable: Option<configurations::Told<bool>>,
}

/// Why a project has no quota: they are switched off, or that of a new project is not visible yet.
async fn no_quota(client: &Client) -> Result<Error, Error> {
    let told: Option<Quotas> = match configurations::read(client).await {
        Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Unauthenticated) => None,
        told => told?,
    };
    let on = told.and_then(|told| configurations::value(told.quota_per_project_enable));
    if on != Some(false) {
        let message = "the quota of the project is not visible yet, or quotas are switched off";
        return Ok(Error::new(ErrorKind::NotYetVisible, message));
    }
    let message = "this Harbor has no quota for the project: quotas are switched off";
    let error = Error::new(
        ErrorKind::Invalid(crate::client::attribute("storage_quota")),
        message,
    );
    Ok(error.remedy(
        "Leave `storage_quota` away, or have an administrator switch quotas on (`quota_per_project_enable`).",
    ))
}

/// The project of this name.
pub(crate) async fn named(client: &Client, name: &str) -> Result<Option<wire::Project>, Error> {
    let query = [("name", name)];
    let ask = Ask::new("/projects", "look for the project").query(&query);
    let found: Vec<wire::Project> = client.api.list(ask).await?;
    // Harbor's search finds names that only hold the text.
    Ok(found.into_iter().find(|project| project.name == name))
}

impl Resource for Project {
    const TYPE: &'static str = "harbor_project";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = VISIBILITY;
    const CARRIED_ON: bool = true;
    type Client = Client;
    type Id = ProjectId;

    fn id(object: &Self) -> Option<ProjectId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, path) = (request.client, request.id.path());
        let ask = Ask::new(path, "read the project");
        let Some(wire): Option<wire::Project> = client.api.get(ask).await? else {
            return Ok(Observed::Absent);
        };
        if !wire.is(request.prior) {
            return Ok(Observed::Absent);
        }
        let seen = Self::seen(client, path, request.prior).await?;
        Ok(Observed::Present(Self::observed(wire, seen, request.prior)))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        // Only who sees every quota saves a request for each project.
        read_all(&request).await.transpose()
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        if let Some(path) = request.step.and_then(|step| step.id.get()) {
            desired.complete(client, path).await?;
            return Ok(Created::Done(desired.identified(path)));
        }
        let ask = Ask::new("/projects", "create the project");
        let path = client.api.create(ask, &wire::Write::of(desired)).await?;
        let made = desired.identified(&path);
        let whole = desired.allowlist().is_empty() && desired.scanner().is_none() && !desired.has_quota();
        Ok(if whole {
            Created::Done(made)
        } else {
            Created::Step(made)
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, path, desired) = (request.client, request.id.path(), request.desired);
        let ask = Ask::new(path, "change the project");
        client.api.put(ask, &wire::Write::of(desired)).await?;
        if desired.storage_quota != request.prior.storage_quota {
            desired.settle_quota(client, path).await?;
        }
        if desired.scanner() != request.prior.scanner() {
            desired.settle_scanner(client, path).await?;
        }
        Ok(Created::Done(desired.identified(path)))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let (client, path) = (request.client, request.id.path());
        let forced = request.prior.filter(|prior| prior.force_destroy.0 == Some(true));
        let force = forced.is_some();
        if let Some(project) = forced {
            repositories::delete_all(client, &project.name).await?;
        }
        let deleted = client.api.delete(Ask::new(path, "delete the project")).await;
        deleted.map(|()| Deleted::Gone).map_err(|error| match error.status {
            Some(412) if !force => error.remedy(
                "Set `force_destroy = true` and apply, then destroy: the repositories are deleted with the project. Or delete \
                 them yourself first.",
            ),
            _ => error,
        })
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<ProjectId>, Error> {
        let found = named(request.client, &request.desired.name).await?;
        Ok(found
            .and_then(|project| format!("/projects/{}", project.project_id).parse().ok())
            .into_iter()
            .collect())
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        Advice {
            findings: checks::proxy(request.desired),
            ..Advice::default()
        }
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(&request).await
    }
}

/// All projects by two lists; `None` where that is not possible.
async fn read_all(request: &ReadManyRequest<'_, Project>) -> Result<Option<Vec<Observed<Project>>>, Error> {
    let client = request.client;
    let query = [("reference", "project")];
    let ask = Ask::new("/quotas", "list the quotas of projects").query(&query);
    let quotas: Vec<wire::Quota> = match client.api.list(ask).await {
        Ok(quotas) => quotas,
        Err(error) if error.kind == ErrorKind::Denied => return Ok(None),
        Err(error) => return Err(error),
    };
    let quotas: BTreeMap<i64, i64> = quotas
        .into_iter()
        .filter_map(|quota| Some((quota.reference?.id, quota.hard?.storage?)))
        .collect();
    let ask = Ask::new("/projects", "list the projects");
    let projects: Vec<wire::Project> = client.api.list(ask).await?;
    let projects: BTreeMap<i64, wire::Project> = projects
        .into_iter()
        .map(|project| (project.project_id, project))
        .collect();
    let mut found = Vec::with_capacity(request.wanted.len());
    for (id, prior) in request.wanted {
        let prior = prior.as_ref();
        let project = projects.get(&id.number()).filter(|wire| wire.is(prior)).cloned();
        let Some(wire) = project else {
            found.push(Observed::Absent);
            continue;
        };
        let seen = Seen {
            quota: quotas.get(&id.number()).copied(),
            scanner: Project::told_scanner(client, id.path(), prior).await?,
        };
        found.push(Observed::Present(Project::observed(wire, seen, prior)));
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests;
