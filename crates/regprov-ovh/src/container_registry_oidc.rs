//! `ovh_cloud_project_containerregistry_oidc`: an identity provider authenticates a registry's users.

use crate::client::Client;
use crate::container_registry::path;
use crate::container_registry_iam::{of_part, untold_delete_users, users_remain};
use crate::id::RegistryId;
use http::Method;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PlanRequest, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema, Secret, Timeouts};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An identity provider authenticates a registry's users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RegistryOidc {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: String,
    /// The registry.
    #[schema(replaces)]
    pub(crate) registry_id: String,
    /// Whether the registry's own users are deleted. With any of them it cannot be set up.
    #[schema(replaces)]
    pub(crate) delete_users: Local<bool>,
    /// What it is called.
    pub(crate) oidc_name: String,
    /// The URL of the identity provider.
    #[schema(rules = &[Rule::Url])]
    pub(crate) oidc_endpoint: String,
    /// The client id of the registry there.
    pub(crate) oidc_client_id: String,
    /// Its secret. The service never tells it again.
    #[schema(required)]
    pub(crate) oidc_client_secret: Secret<String>,
    /// The scopes that are asked for.
    pub(crate) oidc_scope: String,
    /// Which groups count: a regular expression.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) oidc_group_filter: Option<String>,
    /// The claim that tells the groups.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) oidc_groups_claim: Option<String>,
    /// The group whose members administer.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) oidc_admin_group: Option<String>,
    /// Whether the provider's certificate is verified.
    #[schema(optional)]
    pub(crate) oidc_verify_cert: Computed<bool>,
    /// Whether people become users without choosing a name.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) oidc_auto_onboard: Option<bool>,
    /// The claim that tells the name of a user.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) oidc_user_claim: Option<String>,
    /// Its id: that of the registry.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The configuration as the API writes it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wire {
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) scope: String,
    pub(crate) group_filter: Option<String>,
    pub(crate) groups_claim: Option<String>,
    pub(crate) admin_group: Option<String>,
    pub(crate) verify_cert: Option<bool>,
    pub(crate) auto_onboard: Option<bool>,
    pub(crate) user_claim: Option<String>,
    #[serde(default)]
    pub(crate) status: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct New<'a> {
    delete_users: bool,
    provider: Settings<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings<'a> {
    name: &'a str,
    endpoint: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups_claim: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify_cert: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_onboard: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_claim: Option<&'a str>,
}

/// The configuration of a registry, as the API writes it.
pub(crate) async fn get(client: &Client, id: &RegistryId) -> Result<Option<Wire>, Error> {
    let [a, b, c, d, e] = path(id.part(0), id.part(1));
    let path = [a, b, c, d, e, "openIdConnect"];
    client
        .api()?
        .get(&path, "read the identity provider of the registry")
        .await
}

impl RegistryOidc {
    fn of(id: &RegistryId, wire: Wire, like: Option<&Self>) -> Self {
        Self {
            service_name: id.part(0).to_owned(),
            registry_id: id.part(1).to_owned(),
            delete_users: like.map(|like| like.delete_users.clone()).unwrap_or_default(),
            oidc_name: wire.name,
            oidc_endpoint: wire.endpoint,
            oidc_client_id: wire.client_id,
            oidc_client_secret: like
                .map(|like| like.oidc_client_secret.clone())
                .unwrap_or_default(),
            oidc_scope: wire.scope,
            oidc_group_filter: wire.group_filter,
            oidc_groups_claim: wire.groups_claim,
            oidc_admin_group: wire.admin_group,
            oidc_verify_cert: Computed(wire.verify_cert),
            oidc_auto_onboard: wire.auto_onboard,
            oidc_user_claim: wire.user_claim,
            id: Computed::known(id.to_string()),
        }
    }

    /// What is sent: an argument that was taken away is emptied.
    fn settings(&self, prior: Option<&Self>) -> Settings<'_> {
        fn text<'a>(now: &'a Option<String>, before: Option<&Option<String>>) -> Option<&'a str> {
            let was_set = before.is_some_and(Option::is_some);
            now.as_deref().or(was_set.then_some(""))
        }
        Settings {
            name: &self.oidc_name,
            endpoint: &self.oidc_endpoint,
            client_id: &self.oidc_client_id,
            client_secret: self.oidc_client_secret.reveal().map(String::as_str),
            scope: &self.oidc_scope,
            group_filter: text(
                &self.oidc_group_filter,
                prior.map(|prior| &prior.oidc_group_filter),
            ),
            groups_claim: text(
                &self.oidc_groups_claim,
                prior.map(|prior| &prior.oidc_groups_claim),
            ),
            admin_group: text(&self.oidc_admin_group, prior.map(|prior| &prior.oidc_admin_group)),
            verify_cert: self.oidc_verify_cert.0,
            auto_onboard: self
                .oidc_auto_onboard
                .or(prior.and_then(|prior| prior.oidc_auto_onboard).map(|_| false)),
            user_claim: text(&self.oidc_user_claim, prior.map(|prior| &prior.oidc_user_claim)),
        }
    }

    fn identified(&self) -> Self {
        Self {
            id: Computed::known(format!("{}/{}", self.service_name, self.registry_id)),
            ..self.clone()
        }
    }
}

impl Resource for RegistryOidc {
    const TYPE: &'static str = "ovh_cloud_project_containerregistry_oidc";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = Duration::from_secs(15);
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(10 * 60),
        read: Duration::from_secs(5 * 60),
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
        let Some(wire) = get(request.client, request.id).await? else {
            return Ok(Observed::Absent);
        };
        Ok(match wire.status.as_deref() {
            None | Some("READY" | "ERROR" | "") => {
                Observed::Present(Self::of(request.id, wire, request.prior))
            }
            Some(status) => Observed::Settling(format!(
                "OVHcloud says that the identity provider of the registry is {}",
                regprov_http::sanitize(status)
            )),
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let [a, b, c, d, e] = path(&desired.service_name, &desired.registry_id);
        let body = New {
            delete_users: desired.delete_users.0.unwrap_or(false),
            provider: desired.settings(None),
        };
        let made = client
            .api()?
            .do_once(
                &[a, b, c, d, e, "openIdConnect"],
                &body,
                "set up the identity provider of the registry",
            )
            .await;
        made.map_err(|error| users_remain(error, "OIDC"))?;
        Ok(Created::Pending {
            object: desired.identified(),
            reason: "OVHcloud is setting up the identity provider".to_owned(),
            after: None,
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let [a, b, c, d, e] = path(request.id.part(0), request.id.part(1));
        let settings = request.desired.settings(Some(request.prior));
        let path = [a, b, c, d, e, "openIdConnect"];
        request
            .client
            .api()?
            .put(&path, &settings, "change the identity provider of the registry")
            .await?;
        Ok(Created::Pending {
            object: request.desired.identified(),
            reason: "OVHcloud is changing the identity provider".to_owned(),
            after: None,
        })
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let [a, b, c, d, e] = path(request.id.part(0), request.id.part(1));
        let path = [a, b, c, d, e, "openIdConnect"];
        request
            .client
            .api()?
            .delete(&path, "remove the identity provider of the registry")
            .await?;
        Ok(Deleted::Pending {
            reason: "OVHcloud is removing the identity provider".to_owned(),
            after: None,
        })
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<RegistryId> {
        RegistryId::known([desired.text("service_name"), desired.text("registry_id")])
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let method = if request.prior.is_some() {
            Method::PUT
        } else {
            Method::POST
        };
        of_part(request.client, request.desired, (method, "openIdConnect")).await
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        untold_delete_users(&request)
    }

    fn parse_import(client: &Client, text: &str) -> Result<RegistryId, Error> {
        RegistryId::imported(text, client.project.as_deref())
    }
}
