//! `ovh_cloud_project_containerregistry_iam`: OVHcloud's identity management authenticates a registry's users.

use crate::client::Client;
use crate::container_registry::{get, path};
use crate::id::RegistryId;
use crate::rights;
use http::Method;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PlanRequest, PreflightRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Schema, Timeouts};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// OVHcloud's identity management authenticates a registry's users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RegistryIam {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: String,
    /// The registry.
    #[schema(replaces)]
    pub(crate) registry_id: String,
    /// Whether the registry's own users are deleted. With any of them it cannot be enabled.
    #[schema(replaces)]
    pub(crate) delete_users: Local<bool>,
    /// Whether it is enabled.
    pub(crate) iam_enabled: Computed<bool>,
    /// Its id: that of the registry.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enable {
    delete_users: bool,
}

/// Under what the change is expected.
fn key(registry: &str) -> String {
    format!("{registry}/iam")
}

/// What an imported object does not tell is no change.
pub(crate) fn untold_delete_users(request: &PlanRequest<'_>) -> Advice {
    let mut advice = Advice::default();
    let prior = request.prior.as_ref();
    if prior.is_some_and(|prior| prior.is_unset("delete_users")) {
        advice.suppress.extend(crate::client::attribute("delete_users"));
    }
    advice
}

impl RegistryIam {
    fn of(id: &RegistryId, like: Option<&Self>) -> Self {
        Self {
            service_name: id.part(0).to_owned(),
            registry_id: id.part(1).to_owned(),
            delete_users: like.map(|like| like.delete_users.clone()).unwrap_or_default(),
            iam_enabled: Computed::known(true),
            id: Computed::known(id.to_string()),
        }
    }
}

impl Resource for RegistryIam {
    const TYPE: &'static str = "ovh_cloud_project_containerregistry_iam";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = Duration::from_secs(120);
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(10 * 60),
        read: Duration::from_secs(10 * 60),
        update: Duration::from_secs(10 * 60),
        delete: Duration::from_secs(10 * 60),
    };
    type Client = Client;
    type Id = RegistryId;

    fn id(object: &Self) -> Option<RegistryId> {
        object.id.get()?;
        RegistryId::known([Some(&object.service_name), Some(&object.registry_id)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, id) = (request.client, request.id);
        let Some(registry) = get(client, id).await? else {
            return Ok(Observed::Absent);
        };
        let enabled = registry.iam_enabled.unwrap_or(false);
        if !client.is_as_expected(&key(id.part(1)), if enabled { "on" } else { "off" }) {
            return Ok(Observed::Settling(
                "OVHcloud is changing how the registry authenticates".to_owned(),
            ));
        }
        Ok(if enabled {
            Observed::Present(Self::of(id, request.prior))
        } else {
            Observed::Absent
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let [a, b, c, d, e] = path(&desired.service_name, &desired.registry_id);
        let body = Enable {
            delete_users: desired.delete_users.0.unwrap_or(false),
        };
        let made = client
            .api()?
            .do_once(&[a, b, c, d, e, "iam"], &body, "enable IAM on the registry")
            .await;
        made.map_err(|error| users_remain(error, "IAM"))?;
        client.expect(key(&desired.registry_id), "on");
        let id = RegistryId::new([desired.service_name.as_str(), &desired.registry_id]);
        Ok(Created::Pending {
            object: Self::of(&id, Some(desired)),
            reason: "OVHcloud is enabling IAM on the registry".to_owned(),
            after: None,
        })
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let [a, b, c, d, e] = path(request.id.part(0), request.id.part(1));
        let client = request.client;
        client
            .api()?
            .delete(&[a, b, c, d, e, "iam"], "disable IAM on the registry")
            .await?;
        client.expect(key(e), "off");
        Ok(Deleted::Pending {
            reason: "OVHcloud is disabling IAM on the registry".to_owned(),
            after: None,
        })
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<RegistryId> {
        RegistryId::known([desired.text("service_name"), desired.text("registry_id")])
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        of_part(request.client, request.desired, (Method::POST, "iam")).await
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        untold_delete_users(&request)
    }

    fn parse_import(client: &Client, text: &str) -> Result<RegistryId, Error> {
        RegistryId::imported(text, client.project.as_deref())
    }
}

/// Whether the consumer key may write a part of a registry.
pub(crate) async fn of_part(
    client: &Client,
    desired: Partial<'_>,
    (method, part): (Method, &str),
) -> Vec<Finding> {
    let place = desired.text("service_name").zip(desired.text("registry_id"));
    let Some((project, registry)) = place else {
        return Vec::new();
    };
    let path = format!("/cloud/project/{project}/containerRegistry/{registry}/{part}");
    rights::missing(client, &method, &path)
        .await
        .into_iter()
        .collect()
}

/// What to do where the registry's own users stand in the way.
pub(crate) fn users_remain(error: Error, what: &str) -> Error {
    if error.status != Some(409) || !error.message.contains("users") {
        return error;
    }
    let remedy = format!(
        "{what} cannot be set up on a registry with users of its own. Remove them, or set `delete_users = true`: then OVHcloud \
         deletes them all, those that regprov manages too."
    );
    Error {
        kind: regprov_provider::ErrorKind::Failed,
        ..error
    }
    .remedy(remedy)
}
