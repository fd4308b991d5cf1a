//! Identities: the names that lead to an object, joined by slashes, as import ids write them.

use regprov_provider::{Error, ErrorKind};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// The form of an identity.
pub(crate) trait Shape: Send + Sync + 'static {
    /// What it is the identity of, with its article: "a repository".
    const WHAT: &'static str;
    /// Its parts: `namespace/name`.
    const FORM: &'static str;
}

/// An identity of a form. Parsing what was printed gives it back.
pub(crate) struct Id<S> {
    parts: Vec<String>,
    shape: PhantomData<fn() -> S>,
}

impl<S> Clone for Id<S> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            shape: PhantomData,
        }
    }
}

impl<S: Shape> Id<S> {
    /// The identity of these parts, where none is empty.
    pub(crate) fn known<const N: usize>(parts: [Option<&str>; N]) -> Option<Self> {
        debug_assert_eq!(S::FORM.split('/').count(), N, "the form has as many parts");
        let mut all = Vec::with_capacity(N);
        for part in parts {
            all.push(part.filter(|part| !part.is_empty())?.to_owned());
        }
        Some(Self {
            parts: all,
            shape: PhantomData,
        })
    }

    /// The part at a place.
    pub(crate) fn part(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }
}

impl<S: Shape> FromStr for Id<S> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<String> = text
            .trim()
            .trim_matches('/')
            .split('/')
            .map(str::to_owned)
            .collect();
        if parts.len() == S::FORM.split('/').count() && parts.iter().all(|part| !part.is_empty()) {
            return Ok(Self {
                parts,
                shape: PhantomData,
            });
        }
        let message = format!("`{}` is not the id of {}", regprov_http::sanitize(text), S::WHAT);
        Err(Error::new(ErrorKind::Invalid(None), message).remedy(format!("Write it as `{}`.", S::FORM)))
    }
}

impl<S> fmt::Display for Id<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("/"))
    }
}

impl<S> fmt::Debug for Id<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Declares the form of an identity.
macro_rules! shape {
    ($(#[$doc:meta])* $name:ident, $what:literal, $form:literal) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl $crate::id::Shape for $name {
            const WHAT: &'static str = $what;
            const FORM: &'static str = $form;
        }
    };
}
pub(crate) use shape;

shape!(
    /// A repository.
    RepositoryShape,
    "a repository",
    "namespace/name"
);
shape!(
    /// An organization, and what it has once.
    OrganizationShape,
    "an organization",
    "org_name"
);
shape!(
    /// A team.
    TeamShape,
    "a team",
    "org_name/team_name"
);

/// The identity of a repository.
pub(crate) type RepositoryId = Id<RepositoryShape>;
/// The identity of an organization.
pub(crate) type OrganizationId = Id<OrganizationShape>;
/// The identity of a team.
pub(crate) type TeamId = Id<TeamShape>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_form_is_refused_with_the_form() {
        let id: RepositoryId = "acme/app".parse().unwrap();
        assert_eq!((id.part(0), id.to_string().as_str()), ("acme", "acme/app"));
        let error = "app".parse::<RepositoryId>().unwrap_err();
        assert_eq!(error.message, "`app` is not the id of a repository");
        assert_eq!(error.remedy.unwrap(), "Write it as `namespace/name`.");
    }
}
