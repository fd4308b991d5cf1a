//! Who calls the API: nobody, a person by password or by a token of theirs, an organization by a token.

use serde::{Deserialize, Serialize};

use super::access_token::{self, PersonalToken};
use super::account;
use super::failure::{self, refuse};
use super::org_access_token::{self, OrganizationToken};
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// The audience of the API's tokens.
pub(super) const AUDIENCE: &str = "https://hub.docker.com";

/// A verified caller.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// Nobody.
    Anonymous,
    /// A person, by password.
    Password(String),
    /// A person, by a token of theirs.
    Personal(PersonalToken),
    /// An organization, by a token of its own.
    Organization(OrganizationToken),
}

/// How a session began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    /// By password.
    Password,
    /// By the personal access token of this id.
    Pat(String),
    /// By the organization access token of this id.
    Oat(String),
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    username: String,
    source: Source,
}

impl Caller {
    /// The person, where it is one.
    pub(super) fn user(&self) -> Option<&str> {
        match self {
            Self::Password(name) => Some(name),
            Self::Personal(token) => Some(&token.user),
            Self::Anonymous | Self::Organization(_) => None,
        }
    }

    /// The person, who proved it by password: tokens do not manage tokens.
    pub(super) fn by_password(&self) -> Result<&str, Answer> {
        match self {
            Self::Password(name) => Ok(name),
            Self::Personal(_) => Err(failure::of_token("personal")),
            Self::Organization(_) => Err(failure::of_token("organization")),
            Self::Anonymous => Err(failure::unauthenticated()),
        }
    }
}

/// The caller of a request.
pub(super) fn verify(tx: &Transaction, call: &Call) -> Result<Caller, Answer> {
    let Some(header) = call.header("authorization").filter(|text| !text.is_empty()) else {
        return Ok(Caller::Anonymous);
    };
    let token = match header.trim().split_once(' ') {
        Some((kind, token)) if kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case("jwt") => {
            token.trim()
        }
        _ => return Err(refuse(401, "Invalid authorization header")),
    };
    of_token(tx, token).ok_or_else(|| refuse(401, "Could not validate the token: it is wrong or has expired"))
}

/// Who holds a token of the API.
fn of_token(tx: &Transaction, token: &str) -> Option<Caller> {
    let claims: Claims = serde_json::from_value(tx.keys().verify_jwt(token)?).ok()?;
    if claims.aud != AUDIENCE || claims.exp <= tx.now().as_second() {
        return None;
    }
    match claims.source {
        Source::Password => account::user(tx, &claims.username).map(|user| Caller::Password(user.name)),
        Source::Pat(id) => access_token::live(tx, &id).map(Caller::Personal),
        Source::Oat(id) => org_access_token::live(tx, &claims.username, &id).map(Caller::Organization),
    }
}
