//! Identities: the names that lead to an object, joined by slashes, as import ids write them.

use regprov_provider::{Error, ErrorKind};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// The form of an identity.
pub(crate) trait Shape: Send + Sync + 'static {
    /// What it is the identity of, with its article: "a registry".
    const WHAT: &'static str;
    /// Its parts: `service_name/registry_id`.
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
    /// The identity with these parts.
    pub(crate) fn new<const N: usize>(parts: [&str; N]) -> Self {
        debug_assert_eq!(S::FORM.split('/').count(), N, "the form has as many parts");
        Self {
            parts: parts.map(str::to_owned).to_vec(),
            shape: PhantomData,
        }
    }

    /// The identity of these parts, where none is empty.
    pub(crate) fn known<const N: usize>(parts: [Option<&str>; N]) -> Option<Self> {
        let mut all = [""; N];
        for (slot, part) in all.iter_mut().zip(parts) {
            *slot = part.filter(|part| !part.is_empty())?;
        }
        Some(Self::new(all))
    }

    /// The part at a place.
    pub(crate) fn part(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }

    /// Reads an import id; `project` stands in where the first part is left away.
    pub(crate) fn imported(text: &str, project: Option<&str>) -> Result<Self, Error> {
        let places = S::FORM.split('/').count();
        match project {
            Some(project) if text.trim_matches('/').split('/').count() + 1 == places => {
                format!("{project}/{}", text.trim_matches('/')).parse()
            }
            Some(_) | None => text.parse(),
        }
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

shape!(
    /// A managed registry.
    RegistryShape,
    "a registry",
    "service_name/registry_id"
);
shape!(
    /// A user of a managed registry.
    RegistryUserShape,
    "a user of a registry",
    "service_name/registry_id/user_id"
);

shape!(
    /// A user of a project, and its policy.
    UserShape,
    "a user of a project",
    "service_name/user_id"
);
shape!(
    /// An S3 credential.
    S3CredentialShape,
    "an S3 credential",
    "service_name/user_id/access_key_id"
);

shape!(
    /// A bucket.
    BucketShape,
    "a bucket",
    "service_name/region_name/name"
);

/// The identity of a bucket.
pub(crate) type BucketId = Id<BucketShape>;
/// The identity of a user of a project.
pub(crate) type UserId = Id<UserShape>;
/// The identity of an S3 credential.
pub(crate) type S3CredentialId = Id<S3CredentialShape>;
/// The identity of a registry, and of what a registry has once.
pub(crate) type RegistryId = Id<RegistryShape>;
/// The identity of a user of a registry.
pub(crate) type RegistryUserId = Id<RegistryUserShape>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_id_may_leave_the_project_away_where_one_is_set() {
        let id = RegistryId::imported("r", Some("p")).unwrap();
        assert_eq!(id.to_string(), "p/r");
        assert_eq!(RegistryId::imported("q/r", Some("p")).unwrap().part(0), "q");
        let error = RegistryId::imported("r", None).unwrap_err();
        assert_eq!(error.message, "`r` is not the id of a registry");
        assert_eq!(error.remedy.unwrap(), "Write it as `service_name/registry_id`.");
    }
}
