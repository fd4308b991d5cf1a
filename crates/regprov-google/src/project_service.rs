//! `google_project_service`: an API that is enabled for a project.

use crate::client::{Ask, Client, NO_SERVICE, Operation, WireOperation, attribute};
use crate::endpoints::Product;
use crate::fields::{self, DELETION_POLICIES};
use crate::id::ServiceName;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Observed, Partial, PlanRequest, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An API that is enabled for a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectService {
    /// The service: `artifactregistry.googleapis.com`.
    #[schema(replaces, rules = &[Rule::Check(check_service)])]
    pub(crate) service: String,
    /// Its project.
    #[schema(optional, replaces)]
    pub(crate) project: Computed<String>,
    /// Whether services that need it are disabled with it.
    pub(crate) disable_dependent_services: Local<bool>,
    /// Whether it is disabled when it is no longer declared. With versions before 7 of the provider it is, unless this says
    /// otherwise.
    pub(crate) disable_on_destroy: Local<bool>,
    /// Whether it is disabled (`DELETE`), must not be (`PREVENT`), or is only forgotten (`ABANDON`).
    #[schema(computed, rules = &[Rule::OneOf(DELETION_POLICIES)])]
    pub(crate) deletion_policy: Local<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    state: String,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Disable {
    disable_dependent_services: bool,
}

/// The rule for services.
fn check_service(value: &Value) -> Result<(), String> {
    let Some(service) = value.as_str() else {
        return Ok(());
    };
    if service.contains('.') && !service.contains('/') && !service.contains(' ') {
        return Ok(());
    }
    let guess = service.rsplit('/').next().unwrap_or_default();
    Err(format!(
        "`{service}` is no service: write its whole name, such as `{}.googleapis.com`",
        guess.split('.').next().unwrap_or_default()
    ))
}

fn path(name: &ServiceName) -> String {
    format!("projects/{}/services/{}", name.part(0), name.part(1))
}

fn about(name: &ServiceName) -> String {
    format!("service {name}")
}

/// Whether a service is enabled.
async fn is_enabled(client: &Client, name: &ServiceName) -> Result<bool, Error> {
    let path = path(name);
    let ask = Ask::new(Product::ServiceUsage, &path, "read the service");
    let wire: Wire = client.api.get(ask).await?.unwrap_or_default();
    let enabled = wire.state == "ENABLED";
    if enabled {
        client.api.enabled().note(name.part(1));
    }
    Ok(enabled)
}

impl ProjectService {
    fn of(name: &ServiceName, like: Option<&Self>) -> Self {
        Self {
            service: name.part(1).to_owned(),
            project: Computed::known(name.part(0).to_owned()),
            disable_dependent_services: like
                .map(|like| like.disable_dependent_services.clone())
                .unwrap_or_default(),
            disable_on_destroy: like
                .map(|like| like.disable_on_destroy.clone())
                .unwrap_or_default(),
            deletion_policy: like.map(|like| like.deletion_policy.clone()).unwrap_or_default(),
            id: Computed::known(name.to_string()),
        }
    }

    fn place(client: &Client, desired: &Self) -> Result<ServiceName, Error> {
        let project = client.project_or(desired.project.get().map(String::as_str))?;
        Ok(ServiceName::new([&project, &desired.service]))
    }
}

/// What an operation of this product is asked by.
fn begin(client: &Client, name: &ServiceName, operation: WireOperation) {
    if !operation.done && !operation.name.is_empty() {
        let product = Product::ServiceUsage;
        let operation = Operation {
            product,
            name: operation.name,
        };
        client.begin(about(name), operation);
    }
}

impl Resource for ProjectService {
    const TYPE: &'static str = "google_project_service";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(60);
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(20 * 60),
        read: Duration::from_secs(10 * 60),
        update: Duration::from_secs(20 * 60),
        delete: Duration::from_secs(20 * 60),
    };
    type Client = Client;
    type Id = ServiceName;

    fn id(object: &Self) -> Option<ServiceName> {
        ServiceName::known([object.project.get().map(String::as_str), Some(&object.service)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, name) = (request.client, request.id);
        if let Some(why) = client
            .working(&about(name), "enabling or disabling the service")
            .await?
        {
            return Ok(Observed::Settling(why));
        }
        Ok(if is_enabled(client, name).await? {
            Observed::Present(Self::of(name, request.prior))
        } else {
            Observed::Absent
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let name = Self::place(client, desired)?;
        let object = Self::of(&name, Some(desired));
        if is_enabled(client, &name).await? {
            return Ok(Created::Done(object));
        }
        let path = format!("{}:enable", path(&name));
        let ask = Ask::new(Product::ServiceUsage, &path, "enable the service");
        let operation: WireOperation = client.api.post(ask, &Empty {}).await?;
        begin(client, &name, operation);
        client.api.enabled().note(name.part(1));
        Ok(Created::Pending {
            object,
            reason: format!("Google is enabling {}", name.part(1)),
            after: client.defaults.poll_interval,
        })
    }

    /// Only what is ours alone changes in place.
    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        Ok(Created::Done(Self::of(request.id, Some(request.desired))))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(kept) = fields::kept(request.prior.map(|prior| &prior.deletion_policy))? {
            return Ok(kept);
        }
        let (client, name) = (request.client, request.id);
        let told = request.prior.and_then(|prior| prior.disable_on_destroy.0);
        if !told.unwrap_or(client.major < 7) {
            return Ok(Deleted::Gone);
        }
        if !is_enabled(client, name).await? {
            return Ok(Deleted::Gone);
        }
        let dependent = request.prior.and_then(|prior| prior.disable_dependent_services.0);
        let path = format!("{}:disable", path(name));
        let ask = Ask::new(Product::ServiceUsage, &path, "disable the service");
        let body = Disable {
            disable_dependent_services: dependent.unwrap_or(false),
        };
        let operation: WireOperation = client.api.post(ask, &body).await.map_err(depended_on)?;
        begin(client, name, operation);
        Ok(Deleted::Pending {
            reason: format!("Google is disabling {}", name.part(1)),
            after: client.defaults.poll_interval,
        })
    }

    /// A service that is enabled already is taken over.
    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<ServiceName>, Error> {
        let name = Self::place(request.client, request.desired)?;
        Ok(if is_enabled(request.client, &name).await? {
            vec![name]
        } else {
            Vec::new()
        })
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let mut told = vec![fields::deletion_policy(client)];
        if let Some(project) = fields::project_known(client, desired) {
            if let Some(service) = desired.text("service") {
                told.push(("id", Value::string(format!("{project}/{service}"))));
            }
            told.push(("project", Value::string(project)));
        }
        told
    }

    /// A service that there is not.
    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let (client, desired) = (request.client, request.desired);
        let project = fields::project_known(client, desired);
        let (None, Some(project), Some(service)) = (request.prior, project, desired.text("service")) else {
            return Vec::new();
        };
        let error = match is_enabled(client, &ServiceName::new([&project, service])).await {
            Err(error) if error.code.as_deref() == Some(NO_SERVICE) => error,
            Ok(_) | Err(_) => return Vec::new(),
        };
        vec![Finding {
            fatal: true,
            path: attribute("service"),
            summary: "Unknown service".to_owned(),
            detail: error.message,
            remedy: error.remedy,
        }]
    }

    /// What a state says that was written by a version with another default is no change.
    fn plan(request: PlanRequest<'_>) -> Advice {
        let mut advice = Advice::default();
        if request.prior.is_some() && request.config.is_unset("disable_on_destroy") {
            advice.suppress.extend(attribute("disable_on_destroy"));
        }
        advice
    }

    fn parse_import(client: &Client, text: &str) -> Result<ServiceName, Error> {
        ServiceName::imported(text, client)
    }
}

/// Services that others need are not disabled by themselves.
fn depended_on(error: Error) -> Error {
    if error.message.contains("depended on by") {
        return Error {
            kind: ErrorKind::Failed,
            ..error
        }
        .remedy(
            "Set `disable_on_destroy = false` and apply, so that it stays enabled; or `disable_dependent_services = true` to disable \
             those too.",
        );
    }
    error
}
