//! `docker_org_team`: a team of an organization. It can be renamed in place; its number stays.

use crate::client::{Client, VISIBILITY, attribute};
use crate::data::no_organization;
use crate::id::TeamId;
use regprov_http::sanitize;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A team of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OrgTeam {
    /// The organization.
    #[schema(replaces)]
    pub(crate) org_name: String,
    /// Its name.
    #[schema(rules = &[Rule::Check(check_name)])]
    pub(crate) team_name: String,
    /// What it is for.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) team_description: Option<String>,
    /// Its number.
    pub(crate) id: Computed<i64>,
}

/// A team as the API writes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Wire {
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) uuid: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) member_count: i64,
}

#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    description: &'a str,
}

/// The rule for the name of a team.
pub(crate) fn check_name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if (3..=30).contains(&text.len()) && text.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no name of a team: it is 3 to 30 letters, digits, `_` or `-`.",
        sanitize(text)
    ))
}

/// The team of a name.
pub(crate) async fn get(client: &Client, organization: &str, name: &str) -> Result<Option<Wire>, Error> {
    let path = ["orgs", organization, "groups", name];
    client.api.get(&path, "read the team").await
}

impl OrgTeam {
    fn from_wire(organization: &str, wire: Wire) -> Self {
        Self {
            org_name: organization.to_owned(),
            team_name: wire.name,
            team_description: wire.description.filter(|text| !text.is_empty()),
            id: Computed::known(wire.id),
        }
    }

    fn body(&self) -> Body<'_> {
        Body {
            name: &self.team_name,
            description: self.team_description.as_deref().unwrap_or_default(),
        }
    }
}

/// The team of a name, or, where it was renamed elsewhere, of the number that is recorded.
async fn find(client: &Client, id: &TeamId, number: Option<i64>) -> Result<Option<Wire>, Error> {
    let organization = id.part(0);
    if let Some(wire) = get(client, organization, id.part(1)).await? {
        return Ok(Some(wire));
    }
    let Some(number) = number else {
        return Ok(None);
    };
    let path = ["orgs", organization, "groups"];
    let teams: Option<Vec<Wire>> = client.api.list(&path, "list the teams").await?;
    Ok(teams.into_iter().flatten().find(|wire| wire.id == number))
}

impl Resource for OrgTeam {
    const TYPE: &'static str = "docker_org_team";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = TeamId;

    fn id(object: &Self) -> Option<TeamId> {
        object.id.get()?;
        TeamId::known([Some(&object.org_name), Some(&object.team_name)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let number = request.prior.and_then(|prior| prior.id.get().copied());
        let read = find(request.client, request.id, number).await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::from_wire(request.id.part(0), wire))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        let path = ["orgs", &desired.org_name, "groups"];
        let made: Result<Wire, Error> = request
            .client
            .api
            .create(&path, &desired.body(), "make the team")
            .await;
        let wire = made.map_err(|error| match error.kind {
            ErrorKind::NotYetVisible => no_organization(&desired.org_name),
            ErrorKind::Exists(_) => Error {
                kind: ErrorKind::Exists(Some(format!("{}/{}", desired.org_name, desired.team_name))),
                ..error
            },
            _ => error,
        })?;
        Ok(Created::Done(Self::from_wire(&desired.org_name, wire)))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        // A repeat after a lost answer finds it under its new name.
        let number = request.prior.id.get().copied();
        let known = find(client, request.id, number).await?;
        let name = known.map_or_else(|| request.id.part(1).to_owned(), |wire| wire.name);
        let path = ["orgs", &desired.org_name, "groups", &name];
        let wire: Wire = client
            .api
            .patch(&path, &desired.body(), "change the team")
            .await?;
        Ok(Created::Done(Self::from_wire(&desired.org_name, wire)))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = ["orgs", request.id.part(0), "groups", request.id.part(1)];
        request.client.api.delete(&path, "delete the team").await?;
        Ok(Deleted::Gone)
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<TeamId> {
        TeamId::known([desired.text("org_name"), desired.text("team_name")])
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let (client, desired) = (request.client, request.desired);
        let place = desired.text("org_name").zip(desired.text("team_name"));
        let Some((organization, name)) =
            place.filter(|_| request.prior.is_none() && request.replaced.is_none())
        else {
            return Vec::new();
        };
        match get(client, organization, name).await {
            // That it is there already is told by planning itself.
            Ok(Some(_)) => Vec::new(),
            Ok(None) => crate::data::absent_organization(client, organization)
                .await
                .into_iter()
                .collect(),
            Err(error) if error.kind == ErrorKind::Denied => vec![Finding {
                fatal: true,
                path: attribute("org_name"),
                summary: "Not an owner of the organization".to_owned(),
                detail: format!("Docker Hub would refuse the team: {}.", error.message),
                remedy: error.remedy,
            }],
            Err(_) => Vec::new(),
        }
    }
}
