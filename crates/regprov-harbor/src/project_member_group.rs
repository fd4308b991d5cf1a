//! `harbor_project_member_group`: a group and what its members may do in a project.

use crate::client::{Ask, Client, attribute};
use crate::fields::filled;
use crate::gates::is_zero;
use crate::group;
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use crate::project_member_user::RoleWrite;
use crate::project_ref;
use crate::roles::{self, Member};
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Finding, Partial};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_project_member_group`.
    MemberGroupShape,
    "a member of a project",
    "/projects/{}/members/{}"
);

/// The types of groups, from the number 1 on.
const TYPES: &[&str] = &["ldap", "internal", "oidc"];

/// A group and what its members may do in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectMemberGroup {
    /// The project.
    #[schema(replaces, meaning = Meaning::By(project_ref::same), rules = &[Rule::Check(project_ref::check)])]
    pub(crate) project_id: String,
    /// The group, by its number.
    #[schema(replaces, meaning = Meaning::ZeroIsNull)]
    pub(crate) group_id: Option<i64>,
    /// The group, by its name.
    #[schema(replaces, meaning = Meaning::ZeroIsNull)]
    pub(crate) group_name: Option<String>,
    /// The group, by its name in the directory.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) ldap_group_dn: Option<String>,
    /// `projectadmin`, `maintainer`, `developer`, `guest` or `limitedguest`.
    #[schema(rules = &[Rule::OneOf(roles::NAMES)])]
    pub(crate) role: String,
    /// `ldap`, `internal` or `oidc`.
    #[schema(rules = &[Rule::OneOf(TYPES)])]
    pub(crate) r#type: String,
    /// Its number.
    pub(crate) member_id: Computed<i64>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// A POST.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    role_id: i64,
    member_group: Group<'a>,
}

#[derive(Serialize)]
struct Group<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    group_name: &'a str,
    group_type: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    ldap_group_dn: &'a str,
}

/// What a group tells of itself.
#[derive(Deserialize)]
struct GroupType {
    group_type: Option<i64>,
}

/// How people sign in at the Harbor.
#[derive(Deserialize)]
struct SignIn {
    auth_mode: Option<String>,
}

/// How people sign in where groups of a type are taken in, by the order of [`TYPES`].
const MODES: &[&str] = &["ldap_auth", "http_auth", "oidc_auth"];

impl ProjectMemberGroup {
    fn name(&self) -> &str {
        self.group_name.as_deref().unwrap_or_default()
    }

    fn number(&self) -> Option<i64> {
        self.group_id.filter(|id| *id != 0)
    }

    fn distinguished(&self) -> &str {
        self.ldap_group_dn.as_deref().unwrap_or_default()
    }

    /// Where it stands among [`TYPES`].
    fn kind(&self) -> Option<usize> {
        TYPES.iter().position(|name| *name == self.r#type)
    }

    /// How people sign in at a Harbor that takes no group of this type in, of which this one is new to it.
    async fn foreign_to(&self, client: &Client) -> Result<Option<String>, Error> {
        let told: Option<SignIn> = client
            .api
            .get(Ask::new("/systeminfo", "read how people sign in"))
            .await?;
        let mode = told.and_then(|told| told.auth_mode);
        let wanted = self.kind().map(|at| MODES[at]);
        let Some(mode) = mode.filter(|mode| wanted.is_some_and(|wanted| wanted != mode)) else {
            return Ok(None);
        };
        let groups: Vec<group::Wire> = client
            .api
            .list(Ask::new("/usergroups", "list the groups"))
            .await?;
        let known = groups.iter().any(|group| match self.distinguished() {
            "" => group.group_name == self.name(),
            name => group.ldap_group_dn.as_deref() == Some(name),
        });
        Ok((!known).then_some(mode))
    }
}

impl Plain for ProjectMemberGroup {
    const WORDS: Words = words!("group of the project", "members of the project");
    const NAME: &'static str = "group_name";
    type Shape = MemberGroupShape;
    type Wire = Member;
    type Body<'a> = Body<'a>;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        format!("{}/members", project_ref::path(&self.project_id))
    }

    fn body(&self, _number: i64) -> Body<'_> {
        Body {
            role_id: roles::number(&self.role),
            member_group: Group {
                id: self.number(),
                group_name: self.name(),
                group_type: self.kind().map_or(0, |at| at + 1),
                ldap_group_dn: self.distinguished(),
            },
        }
    }

    async fn wire(client: &Client, path: &str, like: Option<&Self>) -> Result<Option<Member>, Error> {
        let found: Option<Member> = client.api.get(Ask::new(path, Self::WORDS.read)).await?;
        let Some(mut member) = found else { return Ok(None) };
        if like.is_none() {
            // An import has to know the type, which the member does not tell.
            let path = format!("/usergroups/{}", member.entity_id);
            let group: Option<GroupType> = client.api.get(Ask::new(&path, "read the group")).await?;
            member.group_type = group.and_then(|group| group.group_type);
        }
        Ok(Some(member))
    }

    async fn change(&self, client: &Client, path: &str, _prior: &Self) -> Result<Self, Error> {
        let role_id = roles::number(&self.role);
        client
            .api
            .put(Ask::new(path, Self::WORDS.change), &RoleWrite { role_id })
            .await?;
        Ok(self.identified(path))
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            member_id: Computed::known(crate::id::number(path)),
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Member, path: &str, like: Option<&Self>) -> Option<Self> {
        // A group that Harbor knew by its name in the directory keeps the name that it had.
        let named = like.filter(|like| like.distinguished().is_empty());
        let named = named.map(Self::name).filter(|name| !name.is_empty());
        if named.is_some_and(|name| name != wire.entity_name) {
            return None;
        }
        let told = wire.group_type.and_then(|number| usize::try_from(number).ok());
        let told = told.and_then(|number| TYPES.get(number.checked_sub(1)?));
        Some(Self {
            project_id: project_ref::spelled(wire.project_id, like.map(|like| like.project_id.as_str())),
            group_id: like.and_then(|like| like.group_id),
            group_name: match like {
                Some(like) => like.group_name.clone(),
                None => filled(Some(wire.entity_name)),
            },
            ldap_group_dn: like.and_then(|like| like.ldap_group_dn.clone()),
            role: roles::name(wire.role_id),
            r#type: match like {
                Some(like) => like.r#type.clone(),
                None => told.copied().unwrap_or_default().to_owned(),
            },
            member_id: Computed::known(wire.id),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (self.collection(), Vec::new())
    }

    fn found(&self, wire: &Member) -> Option<String> {
        let same = match self.number() {
            Some(number) => wire.entity_id == number,
            None if self.name().is_empty() => wire.entity_name == self.distinguished(),
            None => wire.entity_name == self.name(),
        };
        (same && wire.entity_type == "g").then(|| format!("{}/{}", self.collection(), wire.id))
    }

    async fn explained(&self, client: &Client, error: Error) -> Error {
        if error.status != Some(500) || self.number().is_some() {
            return error;
        }
        let Ok(Some(mode)) = self.foreign_to(client).await else {
            return error;
        };
        let (kind, wanted) = (&self.r#type, self.kind().map_or("", |at| MODES[at]));
        let message = format!(
            "failed to {}: people sign in at this Harbor by `{}`, and it takes groups of the type `{kind}` in by `{wanted}` \
             alone",
            Self::WORDS.create,
            sanitize(&mode)
        );
        Error::new(ErrorKind::Invalid(attribute("type")), message).remedy(format!(
            "Set `auth_mode = \"{wanted}\"` in a `harbor_config_auth` that this one depends on, or name a group that Harbor \
             knows already."
        ))
    }

    fn checks(desired: Partial<'_>) -> Vec<Finding> {
        let missing = |name| !desired.is_open(name) && desired.known(name).is_none_or(is_zero);
        if !["group_id", "group_name", "ldap_group_dn"]
            .into_iter()
            .all(missing)
        {
            return Vec::new();
        }
        vec![Finding {
            fatal: true,
            path: attribute("group_name"),
            summary: "Group is not named".to_owned(),
            detail: "Neither `group_name` nor `group_id` says which group it is.".to_owned(),
            remedy: Some("Set `group_name`, or `group_id` for a group that Harbor knows already.".to_owned()),
        }]
    }
}

plain_resource!(
    ProjectMemberGroup,
    MemberGroupShape,
    "harbor_project_member_group"
);
