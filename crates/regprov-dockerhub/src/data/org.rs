//! Organizations, their members and teams.

use crate::client::{Client, attribute};
use crate::{org_team, org_team_member};
use regprov_http::sanitize;
use regprov_provider::{DataSource, Error, ErrorKind, Finding, ReadDataRequest};
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// Somebody as the API writes them.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Person {
    pub(crate) username: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    uuid: Option<String>,
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default)]
    primary_email: Option<String>,
    #[serde(default)]
    pub(crate) role: Option<String>,
    #[serde(default)]
    groups: Option<Vec<String>>,
    #[serde(default)]
    is_guest: Option<bool>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    full_name: Option<String>,
    #[serde(default)]
    company: Option<String>,
    #[serde(default)]
    location: Option<String>,
    #[serde(default)]
    date_joined: Option<String>,
    #[serde(default)]
    gravatar_email: Option<String>,
    #[serde(default)]
    gravatar_url: Option<String>,
    #[serde(default)]
    profile_url: Option<String>,
}

/// The error where an organization is not there.
pub(crate) fn no_organization(name: &str) -> Error {
    let message = format!("there is no organization `{}` at Docker Hub", sanitize(name));
    Error::new(ErrorKind::Invalid(attribute("org_name")), message).remedy(
        "Check the name, as https://app.docker.com shows it. Organizations are made there: they have plans and owners, and the \
         API makes none.",
    )
}

/// A finding where an organization is not there.
pub(crate) async fn absent_organization(client: &Client, name: &str) -> Option<Finding> {
    let read: Result<Option<IgnoredAny>, Error> =
        client.api.get(&["orgs", name], "read the organization").await;
    if !matches!(read, Ok(None)) {
        return None;
    }
    let error = no_organization(name);
    Some(Finding {
        fatal: true,
        path: attribute("org_name"),
        summary: "No such organization".to_owned(),
        detail: format!("There is no organization `{}` at Docker Hub.", sanitize(name)),
        remedy: error.remedy,
    })
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Org {
    /// Its name.
    org_name: String,
    /// Its company.
    company: Option<String>,
    /// When it was made.
    date_joined: Option<String>,
    /// Its full name.
    full_name: Option<String>,
    /// Its id.
    id: Computed<String>,
    /// Where it is.
    location: Option<String>,
}

#[derive(Deserialize)]
struct OrgWire {
    id: String,
    #[serde(default)]
    full_name: Option<String>,
    #[serde(default)]
    location: Option<String>,
    #[serde(default)]
    company: Option<String>,
    #[serde(default)]
    date_joined: Option<String>,
}

impl DataSource for Org {
    const TYPE: &'static str = "docker_org";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let org_name = request.config.org_name;
        let read: Option<OrgWire> = request
            .client
            .api
            .get(&["orgs", &org_name], "read the organization")
            .await?;
        let wire = read.ok_or_else(|| no_organization(&org_name))?;
        Ok(Self {
            org_name,
            company: wire.company,
            date_joined: wire.date_joined,
            full_name: wire.full_name,
            id: Computed::known(wire.id),
            location: wire.location,
        })
    }
}

/// The members of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OrgMembers {
    /// The organization.
    org_name: String,
    /// Its members.
    members: Computed<Vec<Member>>,
}

/// A member of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Member {
    company: Computed<String>,
    date_joined: Computed<String>,
    email: Computed<String>,
    full_name: Computed<String>,
    gravatar_email: Computed<String>,
    gravatar_url: Computed<String>,
    groups: Computed<Vec<String>>,
    id: Computed<String>,
    is_guest: Computed<bool>,
    location: Computed<String>,
    profile_url: Computed<String>,
    role: Computed<String>,
    #[serde(rename = "type")]
    r#type: Computed<String>,
    username: Computed<String>,
}

impl FieldType for Member {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

fn text(value: Option<String>) -> Computed<String> {
    Computed::known(value.unwrap_or_default())
}

impl From<Person> for Member {
    fn from(person: Person) -> Self {
        Self {
            company: text(person.company),
            date_joined: text(person.date_joined),
            email: text(person.email),
            full_name: text(person.full_name),
            gravatar_email: text(person.gravatar_email),
            gravatar_url: text(person.gravatar_url),
            groups: Computed::known(person.groups.unwrap_or_default()),
            id: text(person.id),
            is_guest: Computed::known(person.is_guest.unwrap_or(false)),
            location: text(person.location),
            profile_url: text(person.profile_url),
            role: text(person.role),
            r#type: text(person.kind),
            username: Computed::known(person.username),
        }
    }
}

impl DataSource for OrgMembers {
    const TYPE: &'static str = "docker_org_members";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let org_name = request.config.org_name;
        let listed: Option<Vec<Person>> = request
            .client
            .api
            .list(
                &["orgs", &org_name, "members"],
                "list the members of the organization",
            )
            .await?;
        let listed = listed.ok_or_else(|| no_organization(&org_name))?;
        Ok(Self {
            org_name,
            members: Computed::known(listed.into_iter().map(Member::from).collect()),
        })
    }
}

/// A team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OrgTeam {
    /// The organization.
    org_name: String,
    /// Its name.
    team_name: String,
    /// What it is for.
    description: Computed<String>,
    /// Its number.
    id: Computed<i64>,
    /// How many are in it.
    member_count: Computed<i64>,
    /// Its other id.
    uuid: Computed<String>,
}

fn no_team(organization: &str, team: &str) -> Error {
    let message = format!(
        "the organization {} has no team `{}`, or is not there",
        sanitize(organization),
        sanitize(team)
    );
    Error::new(ErrorKind::Invalid(attribute("team_name")), message)
}

impl DataSource for OrgTeam {
    const TYPE: &'static str = "docker_org_team";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let wire = org_team::get(request.client, &config.org_name, &config.team_name)
            .await?
            .ok_or_else(|| no_team(&config.org_name, &config.team_name))?;
        Ok(Self {
            description: text(wire.description),
            id: Computed::known(wire.id),
            member_count: Computed::known(wire.member_count),
            uuid: Computed::known(wire.uuid),
            ..config
        })
    }
}

/// The members of a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OrgTeamMember {
    /// The organization.
    org_name: String,
    /// The team.
    team_name: String,
    /// Its members.
    members: Computed<Vec<TeamMember>>,
}

/// A member of a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct TeamMember {
    company: Computed<String>,
    date_joined: Computed<String>,
    email: Computed<String>,
    full_name: Computed<String>,
    gravatar_email: Computed<String>,
    gravatar_url: Computed<String>,
    groups: Computed<Vec<String>>,
    id: Computed<String>,
    is_guest: Computed<bool>,
    location: Computed<String>,
    primary_email: Computed<String>,
    profile_url: Computed<String>,
    role: Computed<String>,
    #[serde(rename = "type")]
    r#type: Computed<String>,
    username: Computed<String>,
    uuid: Computed<String>,
}

impl FieldType for TeamMember {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl From<Person> for TeamMember {
    fn from(person: Person) -> Self {
        let (primary_email, uuid) = (text(person.primary_email.clone()), text(person.uuid.clone()));
        let member = Member::from(person);
        Self {
            company: member.company,
            date_joined: member.date_joined,
            email: member.email,
            full_name: member.full_name,
            gravatar_email: member.gravatar_email,
            gravatar_url: member.gravatar_url,
            groups: member.groups,
            id: member.id,
            is_guest: member.is_guest,
            location: member.location,
            primary_email,
            profile_url: member.profile_url,
            role: member.role,
            r#type: member.r#type,
            username: member.username,
            uuid,
        }
    }
}

impl DataSource for OrgTeamMember {
    const TYPE: &'static str = "docker_org_team_member";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let listed = org_team_member::list(request.client, &config.org_name, &config.team_name)
            .await?
            .ok_or_else(|| no_team(&config.org_name, &config.team_name))?;
        Ok(Self {
            members: Computed::known(listed.into_iter().map(TeamMember::from).collect()),
            ..config
        })
    }
}
