//! `ovh_cloud_project_containerregistry_user`: an administrator of a registry's Harbor. Its password is told once.

use crate::client::{Client, attribute};
use crate::container_registry::path;
use crate::id::RegistryUserId;
use crate::rights;
use http::Method;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Finding,
    Observed, PreflightRequest, ReadManyRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Once, Schema};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::Zeroizing;

/// An administrator of a registry's Harbor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RegistryUser {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: String,
    /// The registry.
    #[schema(replaces)]
    pub(crate) registry_id: String,
    /// The name to log in with.
    #[schema(replaces)]
    pub(crate) login: String,
    /// The e-mail address.
    #[schema(replaces)]
    pub(crate) email: String,
    /// The password. It is told when the user is made, and never again.
    pub(crate) password: Once<String>,
    /// The name to log in with, as the registry has it.
    pub(crate) user: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A user as the API writes it.
#[derive(Clone, Deserialize)]
pub(crate) struct Wire {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) user: String,
    #[serde(default)]
    pub(crate) email: String,
    #[serde(default)]
    password: Option<Zeroizing<String>>,
}

#[derive(Serialize)]
struct New<'a> {
    email: &'a str,
    login: &'a str,
}

impl RegistryUser {
    fn from_wire(project: &str, registry: &str, wire: Wire, like: Option<&Self>) -> Self {
        let password = wire.password.filter(|password| !password.is_empty());
        Self {
            service_name: project.to_owned(),
            registry_id: registry.to_owned(),
            login: like.map_or_else(|| wire.user.clone(), |like| like.login.clone()),
            email: wire.email,
            // It is told once: what is recorded stays.
            password: match (password, like) {
                (Some(password), _) => Once::new(password.as_str().to_owned()),
                (None, Some(like)) => like.password.clone(),
                (None, None) => Once::default(),
            },
            user: Computed::known(wire.user),
            id: Computed::known(wire.id),
        }
    }
}

/// The users of a registry; `None` where there is no such registry.
pub(crate) async fn list(client: &Client, project: &str, registry: &str) -> Result<Option<Vec<Wire>>, Error> {
    let [a, b, c, d, e] = path(project, registry);
    client
        .api()?
        .get(&[a, b, c, d, e, "users"], "list the users of the registry")
        .await
}

impl Resource for RegistryUser {
    const TYPE: &'static str = "ovh_cloud_project_containerregistry_user";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = Duration::from_secs(15);
    type Client = Client;
    type Id = RegistryUserId;

    fn id(object: &Self) -> Option<RegistryUserId> {
        RegistryUserId::known([
            Some(&object.service_name),
            Some(&object.registry_id),
            object.id.get().map(String::as_str),
        ])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (project, registry) = (request.id.part(0), request.id.part(1));
        let [a, b, c, d, e] = path(project, registry);
        let path = [a, b, c, d, e, "users", request.id.part(2)];
        let read: Option<Wire> = request
            .client
            .api()?
            .get(&path, "read the user of the registry")
            .await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::from_wire(project, registry, wire, request.prior))
        }))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let [(first, _), _, ..] = request.wanted else {
            return None;
        };
        let (project, registry) = (first.part(0), first.part(1));
        let elsewhere = |id: &RegistryUserId| id.part(0) != project || id.part(1) != registry;
        if request.wanted.iter().any(|(id, _)| elsewhere(id)) {
            return None;
        }
        let listed = list(request.client, project, registry).await;
        Some(listed.map(|listed| {
            let listed = listed.unwrap_or_default();
            let found = request.wanted.iter().map(|(id, prior)| {
                let wire = listed.iter().find(|wire| wire.id == id.part(2)).cloned();
                wire.map_or(Observed::Absent, |wire| {
                    Observed::Present(Self::from_wire(project, registry, wire, prior.as_ref()))
                })
            });
            found.collect()
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let [a, b, c, d, e] = path(&desired.service_name, &desired.registry_id);
        let new = New {
            email: &desired.email,
            login: &desired.login,
        };
        let made: Result<Wire, Error> = client
            .api()?
            .create(&[a, b, c, d, e, "users"], &new, "make the user of the registry")
            .await;
        match made {
            Ok(wire) => Ok(Created::Done(Self::from_wire(
                &desired.service_name,
                &desired.registry_id,
                wire,
                Some(desired),
            ))),
            Err(error) if error.status == Some(409) => Err(taken(client, desired, error).await),
            Err(error) => Err(error),
        }
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let [a, b, c, d, e] = path(request.id.part(0), request.id.part(1));
        let path = [a, b, c, d, e, "users", request.id.part(2)];
        let api = request.client.api()?;
        api.delete(&path, "delete the user of the registry").await?;
        Ok(Deleted::Gone)
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<RegistryUserId>, Error> {
        let desired = request.desired;
        let (project, registry) = (&desired.service_name, &desired.registry_id);
        let listed = list(request.client, project, registry).await?;
        let listed = listed.unwrap_or_default();
        let ours = listed
            .iter()
            .filter(|wire| wire.user == desired.login && wire.email == desired.email);
        Ok(ours
            .map(|wire| RegistryUserId::new([project, registry, &wire.id]))
            .collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let (client, desired) = (request.client, request.desired);
        let place = desired.text("service_name").zip(desired.text("registry_id"));
        let Some((project, registry)) = place.filter(|_| request.prior.is_none()) else {
            return Vec::new();
        };
        let path = format!("/cloud/project/{project}/containerRegistry/{registry}/users");
        let mut findings: Vec<Finding> = rights::missing(client, &Method::POST, &path)
            .await
            .into_iter()
            .collect();
        let replaced = request.replaced.and_then(|replaced| replaced.id.get());
        let listed = list(client, project, registry).await.ok().flatten();
        let login = desired.text("login");
        let other = listed
            .iter()
            .flatten()
            .find(|wire| Some(wire.user.as_str()) == login && Some(&wire.id) != replaced);
        findings.extend(other.map(|other| Finding {
            fatal: true,
            path: attribute("login"),
            summary: "Login taken".to_owned(),
            detail: format!("The registry has a user `{}` already.", other.user),
            remedy: Some(format!(
                "Choose another `login`, or import it: `regprov import ADDRESS {project}/{registry}/{}`. Its password cannot be \
                 read again, so a new user is of more use.",
                other.id
            )),
        }));
        findings
    }

    fn parse_import(client: &Client, text: &str) -> Result<RegistryUserId, Error> {
        RegistryUserId::imported(text, client.project.as_deref())
    }
}

/// A refusal because of the state of things: the login is taken, or the registry cannot have users now.
async fn taken(client: &Client, desired: &RegistryUser, error: Error) -> Error {
    let listed = list(client, &desired.service_name, &desired.registry_id).await;
    let listed = listed.ok().flatten().unwrap_or_default();
    match listed.iter().find(|wire| wire.user == desired.login) {
        Some(other) => {
            let id = format!("{}/{}/{}", desired.service_name, desired.registry_id, other.id);
            Error {
                kind: ErrorKind::Exists(Some(id)),
                ..error
            }
        }
        None => error,
    }
}
