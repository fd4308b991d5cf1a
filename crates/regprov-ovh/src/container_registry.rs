//! `ovh_cloud_project_containerregistry`: a managed private registry, which is a Harbor.

mod checks;
pub(crate) mod plan;
pub(crate) mod wire;

use crate::client::Client;
use crate::id::RegistryId;
use plan::Plan;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Observed, PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Rule, Schema, Timeouts};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A managed private registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ContainerRegistry {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: String,
    /// Its name.
    #[schema(rules = &[Rule::Length(1, 63)])]
    pub(crate) name: String,
    /// Its region.
    #[schema(replaces)]
    pub(crate) region: String,
    /// Its plan; the smallest where nothing is said. A registry can grow, never shrink.
    #[schema(optional)]
    pub(crate) plan_id: Computed<String>,
    /// Since when it exists.
    pub(crate) created_at: Computed<String>,
    /// Whether OVHcloud's identity management authenticates its users.
    pub(crate) iam_enabled: Computed<bool>,
    /// Its plan, described.
    #[schema(recomputed_by = &["plan_id"])]
    pub(crate) plan: Computed<Vec<Plan>>,
    /// Its project.
    pub(crate) project_id: Computed<String>,
    /// How much its images take, in bytes.
    pub(crate) size: Computed<u64>,
    /// What it is doing: `READY` and others.
    pub(crate) status: Computed<String>,
    /// When it was last changed.
    #[schema(recomputed_by = &["plan_id", "name"])]
    pub(crate) updated_at: Computed<String>,
    /// Its URL: that of its Harbor, and the host of its images.
    pub(crate) url: Computed<String>,
    /// The version of its Harbor.
    pub(crate) version: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// What a status means.
enum Stage {
    Ready,
    Failed,
    Gone,
    /// Everything else: a status that is new to us is one that passes.
    Working(String),
}

fn stage(status: &str) -> Stage {
    match status {
        "READY" | "SUSPENDED" => Stage::Ready,
        "ERROR" => Stage::Failed,
        "DELETED" => Stage::Gone,
        other => Stage::Working(other.to_owned()),
    }
}

fn waiting(status: &str) -> String {
    format!(
        "OVHcloud says that the registry is {}",
        regprov_http::sanitize(status)
    )
}

/// The path of a registry, and of what is below it.
pub(crate) fn path<'a>(project: &'a str, id: &'a str) -> [&'a str; 5] {
    ["cloud", "project", project, "containerRegistry", id]
}

/// The registries of a project.
pub(crate) async fn list(client: &Client, project: &str) -> Result<Vec<wire::Registry>, Error> {
    let path = ["cloud", "project", project, "containerRegistry"];
    let listed: Option<Vec<wire::Registry>> = client.api()?.get(&path, "list the registries").await?;
    listed.ok_or_else(|| plan::no_project(project))
}

/// The registry of an id, as the API writes it.
pub(crate) async fn get(client: &Client, id: &RegistryId) -> Result<Option<wire::Registry>, Error> {
    let path = path(id.part(0), id.part(1));
    client.api()?.get(&path, "read the registry").await
}

impl ContainerRegistry {
    fn from_wire(project: &str, wire: wire::Registry, like: Option<&Self>) -> Self {
        let url = wire.url.unwrap_or_default();
        // The service leaves the region of some registries away; their URL may tell it.
        let region = match (wire.region.is_empty(), like) {
            (false, _) => wire.region,
            (true, Some(like)) => like.region.clone(),
            (true, None) => region_of(&url).unwrap_or_default(),
        };
        Self {
            service_name: project.to_owned(),
            name: wire.name,
            region,
            plan_id: like.map(|like| like.plan_id.clone()).unwrap_or_default(),
            created_at: Computed(wire.created_at),
            iam_enabled: Computed::known(wire.iam_enabled.unwrap_or(false)),
            plan: like.map(|like| like.plan.clone()).unwrap_or_default(),
            project_id: Computed::known(wire.project_id.unwrap_or_else(|| project.to_owned())),
            size: Computed::known(wire.size.unwrap_or(0)),
            status: Computed::known(wire.status),
            updated_at: Computed(wire.updated_at),
            url: Computed::known(url),
            version: Computed(wire.version),
            id: Computed::known(wire.id),
        }
    }

    /// What a registry is now; its plan is asked for where it can be used.
    async fn observed(
        client: &Client,
        project: &str,
        wire: wire::Registry,
        like: Option<&Self>,
    ) -> Result<Observed<Self>, Error> {
        match stage(&wire.status) {
            Stage::Gone => return Ok(Observed::Absent),
            Stage::Working(status) => return Ok(Observed::Settling(waiting(&status))),
            Stage::Failed
                if client.give_up(&install_key(&wire.id)) || client.give_up(&plan_key(&wire.id)) =>
            {
                return Err(Error::new(
                    ErrorKind::Failed,
                    format!(
                        "OVHcloud could not finish the registry {}: its status is ERROR",
                        wire.id
                    ),
                )
                .remedy("Look at it in the Control Panel; OVHcloud's support can mend it."));
            }
            Stage::Ready | Stage::Failed => {}
        }
        let id = wire.id.clone();
        client.give_up(&install_key(&id));
        let [a, b, c, d, e] = path(project, &id);
        let plan: Option<wire::Plan> = client
            .api()?
            .get(&[a, b, c, d, e, "plan"], "read the plan of the registry")
            .await?;
        let mut object = Self::from_wire(project, wire, like);
        if let Some(plan) = plan {
            if !client.is_as_expected(&plan_key(&id), &plan.id) {
                return Ok(Observed::Settling(
                    "the registry does not have its new plan yet".to_owned(),
                ));
            }
            object.plan = Computed::known(vec![Plan::from(&plan)]);
            object.plan_id = Computed::known(plan.id);
        }
        Ok(Observed::Present(object))
    }
}

/// Under what the end of an installation is expected.
fn install_key(id: &str) -> String {
    format!("{id}/install")
}

/// Under what a new plan is expected.
fn plan_key(id: &str) -> String {
    format!("{id}/plan")
}

/// `https://x.c1.gra9.container-registry.ovh.net` tells `GRA`.
fn region_of(url: &str) -> Option<String> {
    let host = url
        .strip_prefix("https://")?
        .split(".container-registry.")
        .next()?;
    let last = host.rsplit('.').next()?;
    let letters = last.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let plain = !letters.is_empty() && letters.chars().all(|letter| letter.is_ascii_alphabetic());
    plain.then(|| letters.to_ascii_uppercase())
}

impl Resource for ContainerRegistry {
    const TYPE: &'static str = "ovh_cloud_project_containerregistry";
    const CREATE: CreateClass = CreateClass::ServerNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(60 * 60),
        read: Duration::from_secs(5 * 60),
        update: Duration::from_secs(60 * 60),
        delete: Duration::from_secs(60 * 60),
    };
    type Client = Client;
    type Id = RegistryId;

    fn id(object: &Self) -> Option<RegistryId> {
        RegistryId::known([Some(&object.service_name), object.id.get().map(String::as_str)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let project = request.id.part(0);
        match get(request.client, request.id).await? {
            Some(wire) => Self::observed(request.client, project, wire, request.prior).await,
            None => Ok(Observed::Absent),
        }
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let [(first, _), _, ..] = request.wanted else {
            return None;
        };
        let project = first.part(0);
        if request.wanted.iter().any(|(id, _)| id.part(0) != project) {
            return None;
        }
        let listed = match list(request.client, project).await {
            Ok(listed) => listed,
            Err(error) => return Some(Err(error)),
        };
        let mut found = Vec::with_capacity(request.wanted.len());
        for (id, prior) in request.wanted {
            let wire = listed.iter().find(|wire| wire.id == id.part(1)).cloned();
            let observed = match wire {
                Some(wire) => Self::observed(request.client, project, wire, prior.as_ref()).await,
                None => Ok(Observed::Absent),
            };
            match observed {
                Ok(observed) => found.push(observed),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(found))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let _turn = client.turn.lock().await;
        // A registry costs money: what an earlier request of this attempt made is taken over, not ordered again.
        let found = of_attempt(client, desired, request.mark).await?;
        // One that OVHcloud could not finish is of no use; it may be the one that is being replaced.
        let wire = match found.into_iter().find(|wire| wire.status != "ERROR") {
            Some(wire) => wire,
            None => {
                let order = wire::Order {
                    name: &desired.name,
                    region: &desired.region,
                    plan_id: desired
                        .plan_id
                        .get()
                        .map(String::as_str)
                        .filter(|id| !id.is_empty()),
                };
                let path = ["cloud", "project", &desired.service_name, "containerRegistry"];
                client.api()?.create(&path, &order, "order the registry").await?
            }
        };
        client.made(&wire.id);
        client.expect(install_key(&wire.id), "READY");
        let reason = waiting(&wire.status);
        Ok(Created::Pending {
            object: Self::from_wire(&desired.service_name, wire, Some(desired)),
            reason,
            after: None,
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, prior, desired) = (request.client, request.prior, request.desired);
        let api = client.api()?;
        let [a, b, c, d, e] = path(request.id.part(0), request.id.part(1));
        if prior.name != desired.name {
            let body = wire::Rename { name: &desired.name };
            api.put(&[a, b, c, d, e], &body, "rename the registry").await?;
        }
        let wanted = desired.plan_id.get().filter(|id| !id.is_empty());
        if let Some(plan) = wanted.filter(|plan| Some(*plan) != prior.plan_id.get()) {
            let current: Option<wire::Plan> = api
                .get(&[a, b, c, d, e, "plan"], "read the plan of the registry")
                .await?;
            // A repeat of the change after a lost answer is none.
            if current.is_none_or(|current| current.id != *plan) {
                let body = wire::Scale { plan_id: plan };
                api.put(&[a, b, c, d, e, "plan"], &body, "change the plan of the registry")
                    .await?;
                client.expect(plan_key(e), plan);
            }
        }
        Ok(Created::Pending {
            object: Self {
                id: prior.id.clone(),
                ..desired.clone()
            },
            reason: "OVHcloud is changing the registry".to_owned(),
            after: None,
        })
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = path(request.id.part(0), request.id.part(1));
        let api = request.client.api()?;
        api.delete(&path, "delete the registry").await?;
        Ok(Deleted::Pending {
            reason: "OVHcloud is deleting the registry".to_owned(),
            after: None,
        })
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<RegistryId>, Error> {
        let _turn = request.client.turn.lock().await;
        let found = of_attempt(request.client, request.desired, request.mark).await?;
        let project = request.desired.service_name.as_str();
        Ok(found
            .iter()
            .map(|wire| RegistryId::new([project, &wire.id]))
            .collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(request).await
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        checks::advice(&request)
    }

    fn parse_import(client: &Client, text: &str) -> Result<RegistryId, Error> {
        RegistryId::imported(text, client.project.as_deref())
    }
}

/// Registries that may be of an attempt: of its name and region, no older than it, and of nobody else in this process.
async fn of_attempt(
    client: &Client,
    desired: &ContainerRegistry,
    mark: &regprov_provider::Mark,
) -> Result<Vec<wire::Registry>, Error> {
    let mut found = list(client, &desired.service_name).await?;
    found.retain(|wire| {
        wire.name == desired.name
            && (wire.region == desired.region || wire.region.is_empty())
            && !matches!(wire.status.as_str(), "DELETING" | "DELETED")
            && client.may_be_of(mark, wire.created_at.as_deref())
            && !client.has_made(&wire.id)
    });
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_is_new_to_us_is_one_that_passes() {
        for status in ["INSTALLING", "DELIVERING", "PATCHING", "TELEPORTING", ""] {
            assert!(matches!(stage(status), Stage::Working(_)), "{status}");
        }
        assert!(matches!(stage("READY"), Stage::Ready));
    }

    #[test]
    fn a_url_tells_a_region_that_is_left_away() {
        let of = |url| region_of(url);
        assert_eq!(
            of("https://8a2c.c1.gra9.container-registry.ovh.net").as_deref(),
            Some("GRA")
        );
        assert_eq!(of("https://localhost:4000"), None);
        assert_eq!(of(""), None);
    }
}
