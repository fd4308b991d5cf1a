//! `docker_org_team_member`: somebody in a team.

use crate::client::{Client, VISIBILITY, attribute};
use crate::data::Person;
use crate::id::{Id, shape};
use crate::org_team;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest, Observed,
    Partial, ReadManyRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// Somebody in a team.
    TeamMemberShape,
    "a member of a team",
    "org_name/team_name/user_name"
);

type TeamMemberId = Id<TeamMemberShape>;

/// Somebody in a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OrgTeamMember {
    /// The organization.
    #[schema(replaces)]
    pub(crate) org_name: String,
    /// The team.
    #[schema(replaces, rules = &[Rule::Check(org_team::check_name)])]
    pub(crate) team_name: String,
    /// The Docker ID. Its owner is a member of the organization already.
    #[schema(replaces)]
    pub(crate) user_name: String,
    /// Its id: organization, team and Docker ID.
    pub(crate) id: Computed<String>,
}

#[derive(Serialize)]
struct New<'a> {
    member: &'a str,
}

/// The members of a team; `None` where there is no such team.
pub(crate) async fn list(
    client: &Client,
    organization: &str,
    team: &str,
) -> Result<Option<Vec<Person>>, Error> {
    let path = ["orgs", organization, "groups", team, "members"];
    client.api.list(&path, "list the members of the team").await
}

fn of(id: &TeamMemberId, members: Option<&Vec<Person>>) -> Observed<OrgTeamMember> {
    let found = members
        .into_iter()
        .flatten()
        .any(|person| person.username.eq_ignore_ascii_case(id.part(2)));
    if !found {
        return Observed::Absent;
    }
    Observed::Present(OrgTeamMember {
        org_name: id.part(0).to_owned(),
        team_name: id.part(1).to_owned(),
        user_name: id.part(2).to_owned(),
        id: Computed::known(id.to_string()),
    })
}

impl Resource for OrgTeamMember {
    const TYPE: &'static str = "docker_org_team_member";
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = TeamMemberId;

    fn id(object: &Self) -> Option<TeamMemberId> {
        object.id.get()?;
        TeamMemberId::known([
            Some(&object.org_name),
            Some(&object.team_name),
            Some(&object.user_name),
        ])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let id = request.id;
        let members = list(request.client, id.part(0), id.part(1)).await?;
        Ok(of(id, members.as_ref()))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let [(first, _), _, ..] = request.wanted else {
            return None;
        };
        let team = (first.part(0), first.part(1));
        if request
            .wanted
            .iter()
            .any(|(id, _)| (id.part(0), id.part(1)) != team)
        {
            return None;
        }
        let members = list(request.client, team.0, team.1).await;
        Some(members.map(|members| {
            let all = request.wanted.iter();
            all.map(|(id, _)| of(id, members.as_ref())).collect()
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        let path = ["orgs", &desired.org_name, "groups", &desired.team_name, "members"];
        let new = New {
            member: &desired.user_name,
        };
        let added = request
            .client
            .api
            .post(&path, &new, "add the member to the team")
            .await;
        added.map_err(|error| match error.kind {
            ErrorKind::NotYetVisible => {
                let message = format!(
                    "{} is no member of the organization {}, or it has no team {}",
                    regprov_http::sanitize(&desired.user_name),
                    desired.org_name,
                    desired.team_name
                );
                Error::new(ErrorKind::Invalid(attribute("user_name")), message).remedy(
                    "Only members can be in teams: invite them with `docker_org_member`, and add them once they accepted.",
                )
            }
            _ => error,
        })?;
        let id = format!("{}/{}/{}", desired.org_name, desired.team_name, desired.user_name);
        Ok(Created::Done(Self {
            id: Computed::known(id),
            ..desired.clone()
        }))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let id = request.id;
        let path = ["orgs", id.part(0), "groups", id.part(1), "members", id.part(2)];
        request
            .client
            .api
            .delete(&path, "take the member out of the team")
            .await?;
        Ok(Deleted::Gone)
    }

    /// Somebody who is in the team already is taken over, as a repeated request leaves it as it is. Whoever is in a team that is
    /// renamed is in it under its new name at once.
    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<TeamMemberId>, Error> {
        let desired = request.desired;
        let names = [&desired.org_name, &desired.team_name, &desired.user_name];
        let Some(id) = TeamMemberId::known(names.map(|name| Some(name.as_str()))) else {
            return Ok(Vec::new());
        };
        let members = list(request.client, id.part(0), id.part(1)).await?;
        Ok(match of(&id, members.as_ref()) {
            Observed::Present(_) => vec![id],
            Observed::Absent | Observed::Settling(_) => Vec::new(),
        })
    }

    fn foresee(_client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = TeamMemberId::known(["org_name", "team_name", "user_name"].map(|name| desired.text(name)));
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }
}
