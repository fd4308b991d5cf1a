//! `harbor_project_member_user`: a user and what they may do in a project.

use crate::client::{Ask, Client};
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use crate::project_ref;
use crate::roles::{self, Member};
use regprov_provider::Error;
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_project_member_user`.
    MemberUserShape,
    "a member of a project",
    "/projects/{}/members/{}"
);

/// A user and what they may do in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectMemberUser {
    /// The project.
    #[schema(replaces, meaning = Meaning::By(project_ref::same), rules = &[Rule::Check(project_ref::check)])]
    pub(crate) project_id: String,
    /// The user.
    #[schema(replaces)]
    pub(crate) user_name: String,
    /// `projectadmin`, `maintainer`, `developer`, `guest` or `limitedguest`.
    #[schema(rules = &[Rule::OneOf(roles::NAMES)])]
    pub(crate) role: String,
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
    member_user: User<'a>,
}

#[derive(Serialize)]
struct User<'a> {
    username: &'a str,
}

/// A PUT.
#[derive(Serialize)]
pub(crate) struct RoleWrite {
    pub(crate) role_id: i64,
}

impl Plain for ProjectMemberUser {
    const WORDS: Words = words!("member of the project", "members of the project");
    const NAME: &'static str = "user_name";
    type Shape = MemberUserShape;
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
            member_user: User {
                username: &self.user_name,
            },
        }
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
        if like.is_some_and(|like| like.user_name != wire.entity_name) {
            return None;
        }
        Some(Self {
            project_id: project_ref::spelled(wire.project_id, like.map(|like| like.project_id.as_str())),
            user_name: wire.entity_name,
            role: roles::name(wire.role_id),
            member_id: Computed::known(wire.id),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (self.collection(), vec![("entityname", self.user_name.clone())])
    }

    fn found(&self, wire: &Member) -> Option<String> {
        let same = wire.entity_type == "u" && wire.entity_name == self.user_name;
        same.then(|| format!("{}/{}", self.collection(), wire.id))
    }
}

plain_resource!(ProjectMemberUser, MemberUserShape, "harbor_project_member_user");
