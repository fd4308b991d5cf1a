//! `docker_org_member`: a member of an organization, or an invitation that waits to be accepted.

use crate::client::{Client, VISIBILITY, attribute};
use crate::data::{Person, no_organization};
use crate::id::{Id, shape};
use regprov_http::sanitize;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PlanRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// A member of an organization.
    MemberShape,
    "a member of an organization",
    "org_name/user_name"
);

type MemberId = Id<MemberShape>;

/// A member of an organization, or an invitation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct OrgMember {
    /// The organization.
    #[schema(replaces)]
    pub(crate) org_name: String,
    /// The Docker ID.
    #[schema(optional, replaces)]
    pub(crate) user_name: Computed<String>,
    /// The address that is invited.
    #[schema(optional, replaces)]
    pub(crate) email: Computed<String>,
    /// `member`, `editor` or `owner`.
    #[schema(rules = &[Rule::OneOf(&["member", "editor", "owner"])])]
    pub(crate) role: String,
    /// The invitation, until it is accepted.
    pub(crate) invite_id: Computed<String>,
}

#[derive(Deserialize)]
struct Invites {
    #[serde(default)]
    data: Vec<Invite>,
}

#[derive(Clone, Deserialize)]
struct Invite {
    id: String,
    invitee: String,
    role: String,
}

#[derive(Serialize)]
struct Bulk<'a> {
    org: &'a str,
    team: &'a str,
    role: &'a str,
    invitees: [&'a str; 1],
    dry_run: bool,
}

#[derive(Deserialize)]
struct Invited {
    #[serde(default)]
    invitees: Vec<Status>,
}

#[derive(Deserialize)]
struct Status {
    status: String,
    #[serde(default)]
    invite: Option<Invite>,
}

#[derive(Serialize)]
struct Role<'a> {
    role: &'a str,
}

/// Who was found.
enum Found {
    Member(Box<Person>),
    Invited(Invite),
}

impl OrgMember {
    fn who(&self) -> Option<&str> {
        let name = self.user_name.get().filter(|name| !name.is_empty());
        let email = self.email.get().filter(|email| !email.is_empty());
        name.or(email).map(String::as_str)
    }

    fn from_found(organization: &str, found: Found, like: Option<&Self>) -> Self {
        let written = |pick: fn(&Self) -> &Computed<String>| like.and_then(|like| pick(like).get().cloned());
        let (user_name, email) = (written(|like| &like.user_name), written(|like| &like.email));
        match found {
            Found::Member(person) => Self {
                org_name: organization.to_owned(),
                user_name: Computed::known(user_name.unwrap_or(person.username)),
                email: Computed::known(email.unwrap_or(person.email.unwrap_or_default())),
                role: person.role.unwrap_or_default().to_lowercase(),
                invite_id: Computed::known(String::new()),
            },
            Found::Invited(invite) => {
                let by_email = invite.invitee.contains('@');
                let told = |wanted: bool| {
                    if wanted {
                        invite.invitee.clone()
                    } else {
                        String::new()
                    }
                };
                Self {
                    org_name: organization.to_owned(),
                    user_name: Computed::known(user_name.unwrap_or_else(|| told(!by_email))),
                    email: Computed::known(email.unwrap_or_else(|| told(by_email))),
                    role: invite.role,
                    invite_id: Computed::known(invite.id),
                }
            }
        }
    }
}

/// Looks among members and invitations.
async fn find(client: &Client, organization: &str, who: &str) -> Result<Option<Found>, Error> {
    let path = ["orgs", organization, "members"];
    let members: Option<Vec<Person>> = client
        .api
        .list(&path, "list the members of the organization")
        .await?;
    let same = |text: &str| text.eq_ignore_ascii_case(who);
    let member = members
        .into_iter()
        .flatten()
        .find(|person| same(&person.username) || person.email.as_deref().is_some_and(same));
    if let Some(member) = member {
        return Ok(Some(Found::Member(Box::new(member))));
    }
    let path = ["orgs", organization, "invites"];
    let invites: Option<Invites> = client
        .api
        .get(&path, "list the invitations of the organization")
        .await?;
    let invite = invites
        .into_iter()
        .flat_map(|invites| invites.data)
        .find(|invite| same(&invite.invitee));
    Ok(invite.map(Found::Invited))
}

async fn change_role(client: &Client, organization: &str, person: &str, role: &str) -> Result<(), Error> {
    let path = ["orgs", organization, "members", person];
    client
        .api
        .put(&path, &Role { role }, "change the role of the member")
        .await
}

impl Resource for OrgMember {
    const TYPE: &'static str = "docker_org_member";
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = MemberId;

    fn id(object: &Self) -> Option<MemberId> {
        object.invite_id.get()?;
        MemberId::known([Some(&object.org_name), object.who()])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (organization, who) = (request.id.part(0), request.id.part(1));
        let found = find(request.client, organization, who).await?;
        Ok(found.map_or(Observed::Absent, |found| {
            Observed::Present(Self::from_found(organization, found, request.prior))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let organization = desired.org_name.as_str();
        let who = desired.who().ok_or_else(|| {
            let message = "either `user_name` or `email` must be given";
            Error::new(ErrorKind::Invalid(attribute("user_name")), message)
        })?;
        let like = Self {
            invite_id: Computed(None),
            ..desired.clone()
        };
        if let Some(found) = find(client, organization, who).await? {
            if let Found::Member(person) = &found
                && !person
                    .role
                    .as_deref()
                    .is_some_and(|role| role.eq_ignore_ascii_case(&desired.role))
            {
                change_role(client, organization, &person.username, &desired.role).await?;
            }
            let mut object = Self::from_found(organization, found, Some(&like));
            object.role.clone_from(&desired.role);
            return Ok(Created::Done(object));
        }
        let bulk = Bulk {
            org: organization,
            team: "",
            role: &desired.role,
            invitees: [who],
            dry_run: false,
        };
        // Whoever is invited already is not invited again.
        let asked: Result<Invited, Error> = client
            .api
            .create(&["invites", "bulk"], &bulk, "invite the member")
            .await;
        let invited = asked.map_err(|error| match error.kind {
            ErrorKind::NotYetVisible => no_organization(organization),
            _ => error,
        })?;
        let Some(status) = invited.invitees.into_iter().next() else {
            let message = "failed to invite the member: the answer names nobody";
            return Err(Error::new(ErrorKind::Ambiguous, message));
        };
        let Some(invite) = status.invite else {
            let message = format!(
                "Docker Hub does not invite {}: {}",
                sanitize(who),
                sanitize(&status.status)
            );
            let name = if desired.user_name.get().is_some() {
                "user_name"
            } else {
                "email"
            };
            return Err(Error::new(ErrorKind::Invalid(attribute(name)), message)
                .remedy("Check that there is such a Docker ID, or that the address is one."));
        };
        Ok(Created::Done(Self::from_found(
            organization,
            Found::Invited(invite),
            Some(&like),
        )))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let (organization, who) = (request.id.part(0), request.id.part(1));
        match find(client, organization, who).await? {
            Some(Found::Member(mut person)) => {
                change_role(client, organization, &person.username, &desired.role).await?;
                person.role = Some(desired.role.clone());
                Ok(Created::Done(Self::from_found(
                    organization,
                    Found::Member(person),
                    Some(desired),
                )))
            }
            Some(Found::Invited(_)) => {
                let message = format!(
                    "the role of {} cannot be changed until the invitation is accepted",
                    sanitize(who)
                );
                Err(Error::new(ErrorKind::Invalid(attribute("role")), message)
                    .remedy("Wait for that, or take the invitation back and invite anew: `regprov apply -replace=ADDRESS`."))
            }
            None => {
                let message = "failed to change the role of the member: there is no such member";
                Err(Error::new(ErrorKind::NotYetVisible, message))
            }
        }
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let (client, organization) = (request.client, request.id.part(0));
        match find(client, organization, request.id.part(1)).await? {
            None => {}
            Some(Found::Invited(invite)) => {
                let path = ["invites", &invite.id];
                client.api.delete(&path, "take the invitation back").await?;
            }
            Some(Found::Member(person)) => {
                let path = ["orgs", organization, "members", &person.username];
                client
                    .api
                    .delete(&path, "take the member out of the organization")
                    .await?;
            }
        }
        Ok(Deleted::Gone)
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<MemberId> {
        let who = desired.text("user_name").or_else(|| desired.text("email"));
        MemberId::known([desired.text("org_name"), who])
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let config = request.config;
        let neither = config.is_unset("user_name") && config.is_unset("email");
        let findings = neither.then(|| Finding {
            fatal: true,
            path: attribute("user_name"),
            summary: "Member not named".to_owned(),
            detail: "Either `user_name` or `email` must be given.".to_owned(),
            remedy: Some(
                "Write `user_name` for somebody with a Docker ID, or `email` for anybody else.".to_owned(),
            ),
        });
        Advice {
            findings: findings.into_iter().collect(),
            ..Advice::default()
        }
    }
}
