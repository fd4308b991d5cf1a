//! Identities: the path of an object in the API, without what precedes it: `/projects/7`.

use regprov_provider::{Error, ErrorKind};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// The form of an identity.
pub(crate) trait Shape: Send + Sync + 'static {
    /// What it is the identity of, with its article: "a project".
    const WHAT: &'static str;
    /// The form: `/projects/{}`. A place `{}` holds a number, a place `{name}` any text.
    const PATTERN: &'static str;
}

/// An identity of a form; parsing what was printed gives it back.
pub(crate) struct Id<S> {
    path: String,
    shape: PhantomData<fn() -> S>,
}

impl<S> Clone for Id<S> {
    fn clone(&self) -> Self {
        Self {
            path: self.path.clone(),
            shape: PhantomData,
        }
    }
}

impl<S: Shape> Id<S> {
    /// The path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The last part, as a number; 0 where it is none.
    pub(crate) fn number(&self) -> i64 {
        number(&self.path)
    }
}

/// The last segment of a path, as a number; 0 where it is none.
pub(crate) fn number(path: &str) -> i64 {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.parse().unwrap_or_default()
}

/// Whether a path is of a form.
fn is_of(pattern: &str, path: &str) -> bool {
    let (pattern, given): (Vec<&str>, Vec<&str>) = (segments(pattern), segments(path));
    pattern.len() == given.len()
        && pattern.iter().zip(&given).all(|(pattern, given)| match *pattern {
            "{}" => !given.is_empty() && given.chars().all(|digit| digit.is_ascii_digit()),
            "{name}" => !given.is_empty(),
            literal => literal == *given,
        })
}

fn segments(text: &str) -> Vec<&str> {
    text.trim_matches('/').split('/').collect()
}

fn parsed(what: &str, pattern: &str, text: &str) -> Result<String, Error> {
    let bare = text.trim().trim_matches('/');
    if is_of(pattern, bare) {
        // The settings of the whole system are no object of the API: their identity does not begin with a slash.
        let root = if pattern.starts_with('/') { "/" } else { "" };
        return Ok(format!("{root}{bare}"));
    }
    let form = pattern.replace("{}", "NUMBER").replace("{name}", "NAME");
    let message = format!("`{}` is not the id of {what}", regprov_http::sanitize(text));
    Err(Error::new(ErrorKind::Invalid(None), message).remedy(format!("Write it as `{form}`.")))
}

impl<S: Shape> FromStr for Id<S> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(Self {
            path: parsed(S::WHAT, S::PATTERN, text)?,
            shape: PhantomData,
        })
    }
}

impl<S> fmt::Display for Id<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl<S> fmt::Debug for Id<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// Declares the form of an identity.
macro_rules! shape {
    ($(#[$doc:meta])* $name:ident, $what:literal, $pattern:literal) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl $crate::id::Shape for $name {
            const WHAT: &'static str = $what;
            const PATTERN: &'static str = $pattern;
        }
    };
}
pub(crate) use shape;

#[cfg(test)]
mod tests {
    use super::*;

    shape!(
        /// Members, for the tests.
        MemberShape,
        "a member of a project",
        "/projects/{}/members/{}"
    );

    #[test]
    fn an_id_is_the_path_of_the_object() {
        let id: Id<MemberShape> = "/projects/7/members/200".parse().unwrap();
        assert_eq!(
            (id.to_string().as_str(), id.number()),
            ("/projects/7/members/200", 200)
        );
        let bare: Id<MemberShape> = "projects/7/members/200".parse().unwrap();
        assert_eq!(bare.to_string(), id.to_string());
    }

    #[test]
    fn a_text_of_another_form_is_told_with_the_right_form() {
        let error = "/projects/app".parse::<Id<MemberShape>>().unwrap_err();
        assert_eq!(
            error.message,
            "`/projects/app` is not the id of a member of a project"
        );
        assert_eq!(
            error.remedy.unwrap(),
            "Write it as `/projects/NUMBER/members/NUMBER`."
        );
    }
}
