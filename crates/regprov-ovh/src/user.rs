//! `ovh_cloud_project_user`: a user of a Public Cloud project. Its password is told once.

mod openrc;
pub(crate) mod role;
pub(crate) mod wire;

use crate::client::Client;
use crate::id::UserId;
use crate::rights;
use http::Method;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, FindRequest, Finding, Mark, Observed,
    PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Once, Schema};
use regprov_value::Value;
use role::Role;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A user of a Public Cloud project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct User {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: String,
    /// What it is for.
    #[schema(replaces, meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Its one role.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = &["role_names"])]
    pub(crate) role_name: Option<String>,
    /// Its roles.
    #[schema(meaning = Meaning::By(same_roles), conflicts_with = &["role_name"])]
    pub(crate) role_names: Option<Vec<String>>,
    /// A new password is made when this changes.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) password_reset: Local<String>,
    /// When it was made.
    pub(crate) creation_date: Computed<String>,
    /// What OpenStack's clients need.
    #[schema(optional)]
    pub(crate) openstack_rc: Computed<BTreeMap<String, String>>,
    /// The password. It is told when it is made, and never again.
    #[schema(recomputed_by = &["password_reset"])]
    pub(crate) password: Once<String>,
    /// Its roles, described.
    #[schema(recomputed_by = &["role_name", "role_names"])]
    pub(crate) roles: Computed<Vec<Role>>,
    /// `ok` where it can be used.
    pub(crate) status: Computed<String>,
    /// Its name.
    pub(crate) username: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The same roles, in whatever order; none is an empty list.
fn same_roles(left: &Value, right: &Value) -> bool {
    let names = |value: &Value| -> BTreeSet<String> {
        let items = value.as_items().unwrap_or_default().iter();
        items
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    names(left) == names(right)
}

/// The users of a project.
pub(crate) async fn list(client: &Client, project: &str) -> Result<Vec<wire::User>, Error> {
    let path = ["cloud", "project", project, "user"];
    let listed: Option<Vec<wire::User>> = client.api()?.get(&path, "list the users of the project").await?;
    listed.ok_or_else(|| crate::container_registry::plan::no_project(project))
}

/// The user of an id, as the API writes it.
pub(crate) async fn get(client: &Client, id: &UserId) -> Result<Option<wire::User>, Error> {
    let path = ["cloud", "project", id.part(0), "user", id.part(1)];
    client.api()?.get(&path, "read the user").await
}

impl User {
    fn from_wire(project: &str, wire: wire::User, like: Option<&Self>) -> Self {
        let roles: Vec<String> = wire.roles.iter().map(|role| role.name.clone()).collect();
        let (role_name, role_names) = named(roles, like);
        let password = wire.password.filter(|password| !password.is_empty());
        Self {
            service_name: project.to_owned(),
            description: wire.description.filter(|text| !text.is_empty()),
            role_name,
            role_names,
            password_reset: like.map(|like| like.password_reset.clone()).unwrap_or_default(),
            creation_date: Computed(wire.creation_date),
            openstack_rc: like.map(|like| like.openstack_rc.clone()).unwrap_or_default(),
            // It is told once: what is recorded stays.
            password: match (password, like) {
                (Some(password), _) => Once::new(password.as_str().to_owned()),
                (None, Some(like)) => like.password.clone(),
                (None, None) => Once::default(),
            },
            roles: Computed::known(wire.roles.into_iter().map(Role::from).collect()),
            status: Computed::known(wire.status),
            username: Computed::known(wire.username),
            id: Computed::known(wire.id.to_string()),
        }
    }

    async fn observed(
        client: &Client,
        project: &str,
        wire: wire::User,
        like: Option<&Self>,
    ) -> Result<Observed<Self>, Error> {
        match wire.status.as_str() {
            "deleted" => return Ok(Observed::Absent),
            "ok" | "" => {}
            status => {
                return Ok(Observed::Settling(format!(
                    "OVHcloud says that the user is {}",
                    regprov_http::sanitize(status)
                )));
            }
        }
        let mut object = Self::from_wire(project, wire, like);
        if object.openstack_rc.get().is_none_or(BTreeMap::is_empty) {
            let id = object.id.get().cloned().unwrap_or_default();
            object.openstack_rc = Computed::known(openrc::read(client, project, &id).await?);
        }
        Ok(Observed::Present(object))
    }

    fn wanted(&self) -> Vec<&str> {
        let many = self.role_names.iter().flatten().map(String::as_str);
        self.role_name
            .as_deref()
            .into_iter()
            .chain(many)
            .filter(|name| !name.is_empty())
            .collect()
    }
}

/// The roles in the argument that the configuration uses, in its order. Where it uses none, they are not told.
fn named(roles: Vec<String>, like: Option<&User>) -> (Option<String>, Option<Vec<String>>) {
    let Some(like) = like else {
        return match roles.as_slice() {
            [one] => (Some(one.clone()), None),
            _ => (None, Some(roles).filter(|roles| !roles.is_empty())),
        };
    };
    if let Some(names) = like.role_names.as_ref().filter(|names| !names.is_empty()) {
        let same = names.len() == roles.len() && names.iter().all(|name| roles.contains(name));
        return (None, Some(if same { names.clone() } else { roles }));
    }
    match (&like.role_name, roles.as_slice()) {
        (Some(name), [one]) if name == one => (Some(one.clone()), None),
        (Some(_), [one]) => (Some(one.clone()), None),
        (Some(_), []) | (None, _) => (None, None),
        (Some(_), _) => (None, Some(roles)),
    }
}

/// Users that may be of an attempt: as it describes them, no older than it, and of nobody else in this process.
async fn of_attempt(client: &Client, desired: &User, mark: &Mark) -> Result<Vec<wire::User>, Error> {
    let mut found = list(client, &desired.service_name).await?;
    let described = |wire: &wire::User| wire.description.as_deref().unwrap_or_default().to_owned();
    let wanted = desired.description.as_deref().unwrap_or_default();
    found.retain(|wire| {
        described(wire) == wanted
            && !matches!(wire.status.as_str(), "deleting" | "deleted")
            && client.may_be_of(mark, wire.creation_date.as_deref())
            && !client.has_made(&made_key(&desired.service_name, wire.id))
    });
    Ok(found)
}

fn made_key(project: &str, id: u64) -> String {
    format!("{project}/user/{id}")
}

impl Resource for User {
    const TYPE: &'static str = "ovh_cloud_project_user";
    const CREATE: CreateClass = CreateClass::ServerNamed;
    const VISIBILITY: Duration = Duration::from_secs(15);
    type Client = Client;
    type Id = UserId;

    fn id(object: &Self) -> Option<UserId> {
        UserId::known([Some(&object.service_name), object.id.get().map(String::as_str)])
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
            let wire = listed
                .iter()
                .find(|wire| wire.id.to_string() == id.part(1))
                .cloned();
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
        let new = wire::New {
            description: desired.description.as_deref(),
            role: desired.role_name.as_deref().filter(|name| !name.is_empty()),
            roles: desired.role_names.as_deref().filter(|names| !names.is_empty()),
        };
        let path = ["cloud", "project", &desired.service_name, "user"];
        let wire: wire::User = client.api()?.create(&path, &new, "make the user").await?;
        client.made(&made_key(&desired.service_name, wire.id));
        Ok(Created::Pending {
            object: Self::from_wire(&desired.service_name, wire, Some(desired)),
            reason: "OVHcloud is making the user".to_owned(),
            after: None,
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, prior, desired) = (request.client, request.prior, request.desired);
        let (project, id) = (request.id.part(0), request.id.part(1));
        let api = client.api()?;
        if prior.wanted() != desired.wanted() {
            let roles_ids = role::ids(client, project, &desired.wanted()).await?;
            let path = ["cloud", "project", project, "user", id, "role"];
            api.put(&path, &wire::SetRoles { roles_ids }, "set the roles of the user")
                .await?;
        }
        let mut password = Once::default();
        let reset = |user: &Self| user.password_reset.0.clone().filter(|text| !text.is_empty());
        if reset(prior) != reset(desired) {
            // A repeat makes yet another password, and the last one counts.
            let path = ["cloud", "project", project, "user", id, "regeneratePassword"];
            let made: wire::User = api
                .ask(&path, &wire::Empty {}, "make a new password of the user")
                .await?;
            password = made
                .password
                .map_or_else(Once::default, |password| Once::new(password.as_str().to_owned()));
        }
        let wire = get(client, request.id).await?.ok_or_else(|| {
            let kind = regprov_provider::ErrorKind::NotYetVisible;
            Error::new(kind, "failed to read the user: it is not there")
        })?;
        let mut object = Self::from_wire(project, wire, Some(desired));
        object.openstack_rc = prior.openstack_rc.clone();
        object.password = if password.reveal().is_some() {
            password
        } else {
            prior.password.clone()
        };
        Ok(Created::Done(object))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = ["cloud", "project", request.id.part(0), "user", request.id.part(1)];
        request.client.api()?.delete(&path, "delete the user").await?;
        Ok(Deleted::Pending {
            reason: "OVHcloud is deleting the user".to_owned(),
            after: None,
        })
    }

    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<UserId>, Error> {
        let _turn = request.client.turn.lock().await;
        let found = of_attempt(request.client, request.desired, request.mark).await?;
        let project = request.desired.service_name.as_str();
        Ok(found
            .iter()
            .map(|wire| UserId::new([project, &wire.id.to_string()]))
            .collect())
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let (client, desired) = (request.client, request.desired);
        let Some(project) = desired.text("service_name") else {
            return Vec::new();
        };
        let path = format!("/cloud/project/{project}/user");
        let mut findings: Vec<Finding> = match request.prior {
            None => rights::missing(client, &Method::POST, &path).await,
            Some(_) => None,
        }
        .into_iter()
        .collect();
        findings.extend(role::unknown(client, project, desired).await);
        findings
    }

    fn parse_import(client: &Client, text: &str) -> Result<UserId, Error> {
        UserId::imported(text, client.project.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(role_name: Option<&str>, role_names: Option<&[&str]>) -> User {
        let wire = wire::User {
            id: 1,
            username: String::new(),
            description: None,
            status: "ok".into(),
            creation_date: None,
            roles: Vec::new(),
            password: None,
        };
        User {
            role_name: role_name.map(str::to_owned),
            role_names: role_names.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            ..User::from_wire("p", wire, None)
        }
    }

    #[test]
    fn roles_stand_in_the_argument_that_the_configuration_uses() {
        let roles = || vec!["a".to_owned(), "b".to_owned()];
        let many = like(None, Some(&["b", "a"]));
        assert_eq!(named(roles(), Some(&many)).1.unwrap(), ["b", "a"]);
        let one = like(Some("a"), None);
        assert_eq!(named(vec!["a".to_owned()], Some(&one)).0.as_deref(), Some("a"));
        assert_eq!(named(vec!["b".to_owned()], Some(&one)).0.as_deref(), Some("b"));
        assert_eq!(named(roles(), Some(&like(None, None))), (None, None));
    }
}
