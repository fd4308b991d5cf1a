//! What callers may do with repositories.

use super::account::{self, Role};
use super::caller::Caller;
use super::repository::{self, Repository};
use super::repository_team;
use crate::store::Transaction;

/// What somebody may do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Nothing.
    None,
    /// Look and pull.
    Read,
    /// Push too.
    Write,
    /// Change, delete.
    Admin,
}

impl Level {
    /// The level of a name, as permissions of teams are written.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

/// What a caller may do with a repository, which need not exist.
pub(super) fn on(tx: &Transaction, caller: &Caller, (namespace, name): (&str, &str)) -> Level {
    let known = repository::get(tx, namespace, name);
    let public = known.as_ref().is_some_and(|known| !known.private);
    let floor = if public { Level::Read } else { Level::None };
    match caller {
        Caller::Anonymous => floor,
        Caller::Password(user) => of_user(tx, user, (namespace, name), known.as_ref()).max(floor),
        Caller::Personal(token) => {
            let own = of_user(tx, &token.user, (namespace, name), known.as_ref());
            own.min(of_scopes(&token.scopes)).max(floor)
        }
        Caller::Organization(token) => {
            let held = [
                ("scope-repository-admin", Level::Admin),
                ("scope-image-push", Level::Write),
                ("scope-image-pull", Level::Read),
                ("scope-repository-read", Level::Read),
            ];
            let own = held
                .into_iter()
                .find(|(scope, _)| token.may((namespace, name), public, scope))
                .map_or(Level::None, |(_, level)| level);
            let reads_public = public && token.may((namespace, name), true, "scope-image-pull");
            own.max(if reads_public { Level::Read } else { Level::None })
        }
    }
}

/// What a personal access token may do at most.
pub(super) fn of_scopes(scopes: &[String]) -> Level {
    let level = |scope: &String| match scope.as_str() {
        "repo:admin" => Level::Admin,
        "repo:write" => Level::Write,
        "repo:read" => Level::Read,
        _ => Level::None,
    };
    scopes.iter().map(level).max().unwrap_or(Level::None)
}

/// What a person may do with a repository.
fn of_user(
    tx: &Transaction,
    user: &str,
    (namespace, name): (&str, &str),
    known: Option<&Repository>,
) -> Level {
    if namespace == user {
        return Level::Admin;
    }
    let Some(organization) = account::organization(tx, namespace) else {
        return Level::None;
    };
    match account::role(tx, &organization, user) {
        Some(Role::Owner | Role::Editor) => Level::Admin,
        Some(Role::Member) if known.is_some() => repository_team::level_of(tx, (namespace, name), user),
        Some(Role::Member) | None => Level::None,
    }
}

/// Whether a caller may make repositories in a namespace.
pub(super) fn may_create(tx: &Transaction, caller: &Caller, namespace: &str) -> bool {
    let of_person = |user: &str| {
        let owner = |organization| account::role(tx, &organization, user) >= Some(Role::Editor);
        namespace == user || account::organization(tx, namespace).is_some_and(owner)
    };
    match caller {
        Caller::Anonymous => false,
        Caller::Password(user) => of_person(user),
        Caller::Personal(token) => of_scopes(&token.scopes) == Level::Admin && of_person(&token.user),
        Caller::Organization(token) => {
            token.organization == namespace && token.may_in_organization("scope-repository-create")
        }
    }
}

/// Whether a caller may push to a repository that is not there yet, which makes it.
pub(super) fn may_push_new(tx: &Transaction, caller: &Caller, (namespace, name): (&str, &str)) -> bool {
    match caller {
        Caller::Personal(token) => {
            of_scopes(&token.scopes) >= Level::Write
                && may_create(tx, &Caller::Password(token.user.clone()), namespace)
        }
        Caller::Organization(token) => token.may((namespace, name), false, "scope-image-push"),
        Caller::Anonymous | Caller::Password(_) => may_create(tx, caller, namespace),
    }
}
