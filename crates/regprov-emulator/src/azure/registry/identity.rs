//! Who a client of a registry is: somebody of the directory, the admin user, a registry token, or nobody.

use super::{Plane, token};
use crate::azure::arm::container_registry;
use crate::azure::arm::container_registry_child::Child;
use crate::azure::arm::container_registry_token::{PASSWORDS, SLOTS, TokenPassword, password_key};
use crate::azure::arm::resource::Resource;
use crate::azure::directory;

/// The user name that goes with a refresh token as password.
const NULL_USER: &str = "00000000-0000-0000-0000-000000000000";

/// A client's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity {
    /// A service principal, a managed identity or a person.
    Principal {
        /// Its object id.
        object_id: String,
    },
    /// The admin user.
    Admin,
    /// A registry token, by name.
    Token(String),
    /// Nobody.
    Anonymous,
}

impl Identity {
    /// The identity as the subject of a token.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Principal { object_id } => object_id.clone(),
            Self::Admin => "admin".to_owned(),
            Self::Token(name) => format!("token/{name}"),
            Self::Anonymous => String::new(),
        }
    }

    /// The identity of a token's subject.
    pub(super) fn from_subject(subject: &str) -> Self {
        match (subject, subject.strip_prefix("token/")) {
            ("", _) => Self::Anonymous,
            ("admin", _) => Self::Admin,
            (_, Some(name)) => Self::Token(name.to_owned()),
            (object_id, None) => Self::Principal {
                object_id: object_id.to_owned(),
            },
        }
    }

    /// Who has these credentials, if anybody.
    pub(super) fn log_in(plane: &Plane<'_>, user: &str, password: &str) -> Option<Self> {
        if user == NULL_USER {
            return token::identity_of_refresh_token(plane, password);
        }
        if user.eq_ignore_ascii_case(&plane.registry.name) {
            return container_registry::password_matches(plane.tx, &plane.registry, password)
                .then_some(Self::Admin);
        }
        if uuid::Uuid::parse_str(user).is_ok() {
            let principal = directory::authenticate(plane.tx, user, password).ok()?;
            return Some(Self::Principal {
                object_id: principal.id,
            });
        }
        let token = registry_token(plane, user)?;
        let matches = SLOTS
            .iter()
            .any(|slot| slot_matches(plane, (&token, slot), password));
        matches.then_some(Self::Token(token.name))
    }

    /// Whether the identity may still act; tokens that it was given before count no more when it may not.
    pub(super) fn is_active(&self, plane: &Plane<'_>) -> bool {
        match self {
            Self::Principal { object_id } => directory::principal_is_active(plane.tx, object_id),
            Self::Admin => plane.registry.flag("adminUserEnabled"),
            Self::Token(name) => registry_token(plane, name).is_some(),
            Self::Anonymous => plane.registry.flag("anonymousPullEnabled"),
        }
    }
}

/// The enabled registry token of a name.
pub(super) fn registry_token(plane: &Plane<'_>, name: &str) -> Option<Resource> {
    let token = Child::Token.named(plane.tx, &plane.registry, name)?;
    (token.text("status") == "enabled").then_some(token)
}

fn slot_matches(plane: &Plane<'_>, (token, slot): (&Resource, &str), text: &str) -> bool {
    let Some(password) = plane
        .tx
        .get::<TokenPassword>(PASSWORDS, &password_key(token, slot))
    else {
        return false;
    };
    let now = plane.tx.now();
    if password.expiry.is_some_and(|expiry| expiry <= now) {
        return false;
    }
    if now >= password.effective_from {
        password.hash.matches(text)
    } else {
        password.previous.is_some_and(|previous| previous.matches(text))
    }
}
