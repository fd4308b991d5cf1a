//! `harbor_user`: a user of the Harbor's own database.

use crate::client::{Ask, Client};
use crate::fields::filled;
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use crate::robot_account::check_secret;
use regprov_provider::{Error, ErrorKind};
use regprov_schema::{Computed, Meaning, Rule, Schema, Secret, WriteOnly};
use regprov_value::Value;
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_user`.
    UserShape,
    "a user",
    "/users/{}"
);

/// A user of the Harbor's own database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct User {
    /// The name to sign in with.
    #[schema(replaces, rules = &[Rule::Check(check_username)])]
    pub(crate) username: String,
    /// The password.
    #[schema(rules = &[Rule::Check(check_secret)], conflicts_with = &["password_wo_version"], exactly_one_of = &["password", "password_wo"])]
    pub(crate) password: Secret<String>,
    /// The password, which is stored nowhere.
    #[schema(rules = &[Rule::Check(check_secret)], exactly_one_of = &["password", "password_wo"], required_with = &["password_wo_version"])]
    pub(crate) password_wo: WriteOnly<String>,
    /// Changes with `password_wo`.
    #[schema(meaning = Meaning::ZeroIsNull, conflicts_with = &["password"], required_with = &["password_wo"])]
    pub(crate) password_wo_version: Option<i64>,
    /// The name of the person.
    #[schema(rules = &[Rule::Length(1, 255)])]
    pub(crate) full_name: String,
    /// The address of the person.
    pub(crate) email: String,
    /// Whether it administers the Harbor.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) admin: Option<bool>,
    /// A remark.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(0, 30)])]
    pub(crate) comment: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_username(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text)
            if text.is_empty()
                || text.chars().count() > 255
                || text.contains([',', '"', '~', '#', '%', '$']) =>
        {
            Err(format!(
                "`{}` is no name of a user: it has 1 to 255 characters, and none of `,` `\"` `~` `#` `%` `$`",
                regprov_http::sanitize(text)
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// A user as Harbor writes it.
#[derive(Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    pub(crate) user_id: i64,
    #[serde(default)]
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) realname: String,
    #[serde(default)]
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) comment: Option<String>,
    #[serde(default)]
    pub(crate) sysadmin_flag: bool,
}

/// A POST, and without name and password a PUT.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    email: &'a str,
    realname: &'a str,
    comment: &'a str,
}

#[derive(Serialize)]
struct AdminWrite {
    sysadmin_flag: bool,
}

#[derive(Serialize)]
struct PasswordWrite<'a> {
    new_password: &'a str,
}

impl User {
    fn given(&self) -> Option<&String> {
        self.password_wo.0.reveal().or_else(|| self.password.reveal())
    }

    async fn set_admin(&self, client: &Client, path: &str) -> Result<(), Error> {
        let path = format!("{path}/sysadmin");
        let ask = Ask::new(&path, "make the user an administrator, or no more");
        let sysadmin_flag = self.admin.unwrap_or(false);
        client.api.put(ask, &AdminWrite { sysadmin_flag }).await
    }

    async fn set_password(&self, client: &Client, path: &str, new_password: &str) -> Result<(), Error> {
        client.services.redactor.register(new_password);
        let path = format!("{path}/password");
        let ask = Ask::new(&path, "set the password of the user").secret();
        match client.api.put(ask, &PasswordWrite { new_password }).await {
            // It was set already, and the answer was lost.
            Err(error)
                if matches!(error.kind, ErrorKind::Invalid(_)) && error.message.contains("identical") =>
            {
                Ok(())
            }
            set => set,
        }
    }
}

impl Plain for User {
    const WORDS: Words = words!("user", "users");
    const NAME: &'static str = "username";
    const COMPLETED: bool = true;
    const SECRET: bool = true;
    type Shape = UserShape;
    type Wire = Wire;
    type Body<'a> = Body<'a>;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        "/users".to_owned()
    }

    fn body(&self, number: i64) -> Body<'_> {
        let first = number == 0;
        Body {
            username: first.then_some(self.username.as_str()),
            password: self.given().map(String::as_str).filter(|_| first),
            email: &self.email,
            realname: &self.full_name,
            comment: self.comment.as_deref().unwrap_or_default(),
        }
    }

    /// Whether a user administers the Harbor is not told when it is made.
    async fn complete(&self, client: &Client, path: &str) -> Result<Self, Error> {
        if self.admin == Some(true) {
            self.set_admin(client, path).await?;
        }
        Ok(self.identified(path))
    }

    async fn change(&self, client: &Client, path: &str, prior: &Self) -> Result<Self, Error> {
        let person = |user: &Self| (user.email.clone(), user.full_name.clone(), user.comment.clone());
        if person(self) != person(prior) {
            let ask = Ask::new(path, Self::WORDS.change);
            client.api.put(ask, &self.body(crate::id::number(path))).await?;
        }
        if self.admin != prior.admin {
            self.set_admin(client, path).await?;
        }
        let mut done = self.identified(path);
        let newer =
            self.password_wo_version != prior.password_wo_version && self.password_wo_version.is_some();
        match (newer, self.password_wo.0.reveal(), self.password.reveal()) {
            (true, Some(password), _) => self.set_password(client, path, password).await?,
            // A run that was cut short knows it no more: the next plan sets it.
            (true, None, _) => done.password_wo_version = prior.password_wo_version,
            (false, _, Some(password)) if prior.password.reveal() != Some(password) => {
                self.set_password(client, path, password).await?;
            }
            (false, _, _) => {}
        }
        Ok(done)
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Option<Self> {
        if like.is_some_and(|like| like.username != wire.username) {
            return None;
        }
        Some(Self {
            username: wire.username,
            password: like.map(|like| like.password.clone()).unwrap_or_default(),
            password_wo: WriteOnly::default(),
            password_wo_version: like.and_then(|like| like.password_wo_version),
            full_name: wire.realname,
            email: wire.email,
            admin: Some(wire.sysadmin_flag),
            comment: filled(wire.comment),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (
            "/users".to_owned(),
            vec![("q", format!("username={}", self.username))],
        )
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        (wire.username == self.username).then(|| format!("/users/{}", wire.user_id))
    }
}

plain_resource!(User, UserShape, "harbor_user");
