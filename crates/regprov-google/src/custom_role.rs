//! `google_project_iam_custom_role`: a role of a project's own.

use crate::client::{Ask, Client, attribute};
use crate::endpoints::Product;
use crate::fields::{self, DELETION_POLICIES, spelled};
use crate::id::RoleName;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Observed,
    Partial, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// A role of a project's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct CustomRole {
    /// Its id.
    #[schema(replaces, rules = &[Rule::Check(check_id)])]
    pub(crate) role_id: String,
    /// What it is called.
    pub(crate) title: String,
    /// What it may do.
    #[schema(rules = &[Rule::MinItems(1)])]
    pub(crate) permissions: BTreeSet<String>,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// How far it is grown.
    #[schema(default = "GA", rules = &[Rule::OneOf(&["ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP"])])]
    pub(crate) stage: Option<String>,
    /// Its project.
    #[schema(optional, replaces)]
    pub(crate) project: Computed<String>,
    /// Whether it is deleted (`DELETE`), must not be (`PREVENT`), or is only forgotten (`ABANDON`).
    #[schema(computed, rules = &[Rule::OneOf(DELETION_POLICIES)])]
    pub(crate) deletion_policy: Local<String>,
    /// Its full name.
    pub(crate) name: Computed<String>,
    /// Whether it is deleted; it can be had back for a while.
    pub(crate) deleted: Computed<bool>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    included_permissions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(skip_serializing)]
    deleted: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct New<'a> {
    role_id: &'a str,
    role: Wire,
}

#[derive(Serialize)]
struct Empty {}

fn check_id(value: &Value) -> Result<(), String> {
    let Some(id) = value.as_str() else { return Ok(()) };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if (3..=64).contains(&id.len()) && id.chars().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "`{id}` is no id of a role: it has 3 to 64 letters, digits, underscores and dots"
    ))
}

async fn get(client: &Client, name: &RoleName) -> Result<Option<Wire>, Error> {
    let path = name.path();
    client
        .api
        .get(Ask::new(Product::Iam, &path, "read the role"))
        .await
}

impl CustomRole {
    fn of(name: &RoleName, wire: Wire, like: Option<&Self>) -> Self {
        Self {
            role_id: name.part(1).to_owned(),
            title: wire.title.unwrap_or_default(),
            permissions: wire.included_permissions.into_iter().collect(),
            description: spelled(wire.description, like.map(|like| &like.description)),
            stage: Some(wire.stage.unwrap_or_else(|| "ALPHA".to_owned())),
            project: Computed::known(name.part(0).to_owned()),
            deletion_policy: like.map(|like| like.deletion_policy.clone()).unwrap_or_default(),
            name: Computed::known(name.path()),
            deleted: Computed::known(wire.deleted),
            id: Computed::known(name.path()),
        }
    }

    fn wire(&self) -> Wire {
        Wire {
            title: Some(self.title.clone()),
            description: Some(self.description.clone().unwrap_or_default()),
            included_permissions: self.permissions.iter().cloned().collect(),
            stage: self.stage.clone(),
            deleted: false,
        }
    }

    fn place(client: &Client, role_id: &str, project: Option<&str>) -> Result<RoleName, Error> {
        Ok(RoleName::new([&client.project_or(project)?, role_id]))
    }
}

async fn set(client: &Client, name: &RoleName, desired: &CustomRole) -> Result<Created<CustomRole>, Error> {
    let path = name.path();
    let query = [("updateMask", "description,includedPermissions,stage,title")];
    let ask = Ask::new(Product::Iam, &path, "change the role").query(&query);
    let _: Wire = client.api.patch(ask, &desired.wire()).await?;
    Ok(Created::Done(CustomRole::of(name, desired.wire(), Some(desired))))
}

impl Resource for CustomRole {
    const TYPE: &'static str = "google_project_iam_custom_role";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = RoleName;

    fn id(object: &Self) -> Option<RoleName> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        Ok(match get(request.client, request.id).await? {
            Some(wire) if !wire.deleted => Observed::Present(Self::of(request.id, wire, request.prior)),
            Some(_) | None => Observed::Absent,
        })
    }

    /// One that was deleted a while ago is had back, as its id cannot be used anew.
    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let name = Self::place(
            client,
            &desired.role_id,
            desired.project.get().map(String::as_str),
        )?;
        if get(client, &name).await?.is_some_and(|wire| wire.deleted) {
            let path = format!("{}:undelete", name.path());
            let ask = Ask::new(Product::Iam, &path, "have the deleted role back");
            let _: Wire = client.api.post(ask, &Empty {}).await?;
            return set(client, &name, desired).await;
        }
        let path = format!("projects/{}/roles", name.part(0));
        let ask = Ask::new(Product::Iam, &path, "create the role");
        let body = New {
            role_id: &desired.role_id,
            role: desired.wire(),
        };
        let wire: Wire = client
            .api
            .create(ask, &body)
            .await
            .map_err(|error: Error| match error.kind {
                ErrorKind::Exists(None) => Error {
                    kind: ErrorKind::Exists(Some(name.path())),
                    ..error
                },
                _ => error,
            })?;
        Ok(Created::Done(Self::of(&name, wire, Some(desired))))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        set(request.client, request.id, request.desired).await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(kept) = fields::kept(request.prior.map(|prior| &prior.deletion_policy))? {
            return Ok(kept);
        }
        let (client, path) = (request.client, request.id.path());
        match get(client, request.id).await? {
            Some(wire) if !wire.deleted => {
                let ask = Ask::new(Product::Iam, &path, "delete the role");
                client.api.delete::<Wire>(ask).await?;
                Ok(Deleted::Gone)
            }
            Some(_) | None => Ok(Deleted::Gone),
        }
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<RoleName> {
        Self::place(client, desired.text("role_id")?, desired.text("project")).ok()
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<RoleName>, Error> {
        let desired = request.desired;
        let project = desired.project.get().map(String::as_str);
        let name = Self::place(request.client, &desired.role_id, project)?;
        let found = get(request.client, &name).await?;
        let is_written = found.is_some_and(|wire| {
            let permissions: BTreeSet<String> = wire.included_permissions.into_iter().collect();
            !wire.deleted && permissions == desired.permissions
        });
        Ok(if is_written { vec![name] } else { Vec::new() })
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let mut told = vec![fields::deletion_policy(client), ("deleted", false.into())];
        if let Some(name) = Self::identify(client, desired) {
            told.extend([
                ("project", Value::string(name.part(0))),
                ("name", Value::string(name.path())),
                ("id", Value::string(name.path())),
            ]);
        }
        told
    }

    fn parse_import(client: &Client, text: &str) -> Result<RoleName, Error> {
        RoleName::imported(text, client).map_err(|error| Error {
            kind: ErrorKind::Invalid(attribute("role_id")),
            ..error
        })
    }
}
