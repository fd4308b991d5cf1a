//! `docker_hub_repository_team_permission`: what a team may do with a repository.

use crate::client::{Client, VISIBILITY, attribute};
use crate::id::{Id, RepositoryId, shape};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, Partial,
    ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// A permission of a team.
    PermissionShape,
    "a team permission",
    "namespace/name/team_id"
);

type PermissionId = Id<PermissionShape>;

/// What a team may do with a repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct TeamPermission {
    /// The repository: `namespace/name`.
    #[schema(replaces, rules = &[Rule::Check(check_repository)])]
    pub(crate) repo_id: String,
    /// The number of the team.
    #[schema(replaces)]
    pub(crate) team_id: i64,
    /// `read`, `write` or `admin`.
    #[schema(rules = &[Rule::OneOf(&["read", "write", "admin"])])]
    pub(crate) permission: String,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    #[serde(default)]
    group_id: i64,
    permission: String,
}

fn check_repository(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    match text.parse::<RepositoryId>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!(
            "`{}` is no id of a repository: write `docker_hub_repository.NAME.id`, which is `namespace/name`.",
            regprov_http::sanitize(text)
        )),
    }
}

fn identity(repo_id: Option<&str>, team: Option<String>) -> Option<PermissionId> {
    let (namespace, name) = repo_id?.split_once('/')?;
    PermissionId::known([Some(namespace), Some(name), team.as_deref()])
}

impl TeamPermission {
    async fn set(&self, client: &Client, id: &PermissionId) -> Result<(), Error> {
        let path = ["repositories", id.part(0), id.part(1), "groups"];
        let body = Wire {
            group_id: self.team_id,
            permission: self.permission.clone(),
        };
        let set = client
            .api
            .post(&path, &body, "give the team its permission")
            .await;
        set.map_err(|error| match error.kind {
            ErrorKind::NotYetVisible => {
                let message = format!(
                    "there is no repository {}, or no team {} in its organization",
                    self.repo_id, self.team_id
                );
                Error::new(ErrorKind::Invalid(attribute("team_id")), message)
                    .remedy("Write `docker_org_team.NAME.id` and `docker_hub_repository.NAME.id`. Teams are of organizations: a personal namespace has none.")
            }
            _ => error,
        })
    }
}

impl Resource for TeamPermission {
    const TYPE: &'static str = "docker_hub_repository_team_permission";
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = PermissionId;

    fn id(object: &Self) -> Option<PermissionId> {
        identity(Some(&object.repo_id), Some(object.team_id.to_string()))
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let id = request.id;
        let path = ["repositories", id.part(0), id.part(1), "groups", id.part(2)];
        let read: Option<Wire> = request
            .client
            .api
            .get(&path, "read the permission of the team")
            .await?;
        let team_id = id.part(2).parse().map_err(|_| {
            Error::new(
                ErrorKind::Invalid(None),
                format!("`{id}` does not end with the number of a team"),
            )
        })?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self {
                repo_id: format!("{}/{}", id.part(0), id.part(1)),
                team_id,
                permission: wire.permission,
            })
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        let id = Self::id(desired).ok_or_else(|| {
            let message = "the repository is not written as `namespace/name`";
            Error::new(ErrorKind::Invalid(attribute("repo_id")), message)
        })?;
        desired.set(request.client, &id).await?;
        Ok(Created::Done(desired.clone()))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        request.desired.set(request.client, request.id).await?;
        Ok(Created::Done(request.desired.clone()))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let id = request.id;
        let path = ["repositories", id.part(0), id.part(1), "groups", id.part(2)];
        request
            .client
            .api
            .delete(&path, "take the permission from the team")
            .await?;
        Ok(Deleted::Gone)
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<PermissionId> {
        let team = desired.number("team_id").map(ToString::to_string);
        identity(desired.text("repo_id"), team)
    }
}
