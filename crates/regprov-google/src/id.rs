//! Identities: the full names of objects, and the shorter forms that imports take.

use crate::client::Client;
use regprov_provider::{Error, ErrorKind};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// The form of an identity.
pub(crate) trait Form: Send + Sync + 'static {
    /// What it is the identity of, with its article: "a repository".
    const WHAT: &'static str;
    /// The full name: `projects/{project}/serviceAccounts/{email}`.
    const FORM: &'static str;
    /// Shorter forms of imports, by the same variables; a project that is left away is the provider's.
    const SHORT: &'static [&'static str];
}

/// An identity of a form. Parsing what was printed gives it back.
pub(crate) struct Name<F> {
    parts: Vec<String>,
    form: PhantomData<fn() -> F>,
}

impl<F> Clone for Name<F> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            form: PhantomData,
        }
    }
}

/// The variables of a pattern, in their order.
fn variables(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// The values of a pattern's variables in a text; `None` where the text is not of the pattern.
fn matched<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let (pattern, text): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), text.split('/').collect());
    if pattern.len() != text.len() {
        return None;
    }
    let mut values = Vec::new();
    for (expected, found) in pattern.into_iter().zip(text) {
        if expected.starts_with('{') {
            values.push(found);
        } else if expected != found {
            return None;
        }
    }
    values.iter().all(|value| !value.is_empty()).then_some(values)
}

impl<F: Form> Name<F> {
    /// The identity with these values of its variables.
    pub(crate) fn new<const N: usize>(parts: [&str; N]) -> Self {
        debug_assert_eq!(variables(F::FORM).count(), N, "the form has as many variables");
        Self {
            parts: parts.map(str::to_owned).to_vec(),
            form: PhantomData,
        }
    }

    /// The identity of these values, where all are there.
    pub(crate) fn known<const N: usize>(parts: [Option<&str>; N]) -> Option<Self> {
        let mut all = [""; N];
        for (slot, part) in all.iter_mut().zip(parts) {
            *slot = part.filter(|part| !part.is_empty())?;
        }
        Some(Self::new(all))
    }

    /// The value of the variable at a place.
    pub(crate) fn part(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }

    /// The full name.
    pub(crate) fn path(&self) -> String {
        self.to_string()
    }

    /// Reads an import id in any of its forms.
    pub(crate) fn imported(text: &str, client: &Client) -> Result<Self, Error> {
        let text = text.trim().trim_matches('/');
        if let Ok(full) = text.parse() {
            return Ok(full);
        }
        for short in F::SHORT {
            let Some(values) = matched(short, text) else {
                continue;
            };
            let given: Vec<(&str, &str)> = variables(short).zip(values).collect();
            let mut parts = Vec::new();
            for name in variables(F::FORM) {
                let value = given.iter().find(|(given, _)| *given == name);
                parts.push(match value {
                    Some((_, value)) => (*value).to_owned(),
                    None if name == "location" => client.location()?,
                    None => client.project()?,
                });
            }
            return Ok(Self {
                parts,
                form: PhantomData,
            });
        }
        text.parse()
    }
}

impl<F: Form> FromStr for Name<F> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(values) = matched(F::FORM, text.trim().trim_matches('/')) {
            return Ok(Self {
                parts: values.into_iter().map(str::to_owned).collect(),
                form: PhantomData,
            });
        }
        let mut forms = vec![format!("`{}`", F::FORM)];
        forms.extend(F::SHORT.iter().map(|short| format!("`{short}`")));
        let message = format!("`{}` is not the id of {}", regprov_http::sanitize(text), F::WHAT);
        Err(Error::new(ErrorKind::Invalid(None), message)
            .remedy(format!("Write it as {}.", forms.join(" or "))))
    }
}

impl<F: Form> fmt::Display for Name<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.parts.iter();
        for (index, part) in F::FORM.split('/').enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(if part.starts_with('{') {
                parts.next().map_or("", String::as_str)
            } else {
                part
            })?;
        }
        Ok(())
    }
}

impl<F: Form> fmt::Debug for Name<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Declares the form of an identity and its name.
macro_rules! form {
    ($form:ident, $name:ident, $what:literal, $full:literal, [$($short:literal),* $(,)?]) => {
        #[doc = concat!("The form of the identity of ", $what, ".")]
        #[derive(Debug)]
        pub(crate) enum $form {}
        impl Form for $form {
            const WHAT: &'static str = $what;
            const FORM: &'static str = $full;
            const SHORT: &'static [&'static str] = &[$($short),*];
        }
        #[doc = concat!("The identity of ", $what, ".")]
        pub(crate) type $name = Name<$form>;
    };
}

form!(
    RepositoryForm,
    RepositoryName,
    "a repository",
    "projects/{project}/locations/{location}/repositories/{repository_id}",
    [
        "{project}/{location}/{repository_id}",
        "{location}/{repository_id}"
    ]
);
form!(
    AccountForm,
    AccountName,
    "a service account",
    "projects/{project}/serviceAccounts/{email}",
    ["{project}/{email}"]
);
form!(
    KeyForm,
    KeyName,
    "a key of a service account",
    "projects/{project}/serviceAccounts/{email}/keys/{key}",
    []
);
form!(
    ServiceForm,
    ServiceName,
    "a service of a project",
    "{project}/{service}",
    ["{service}"]
);
form!(
    RoleForm,
    RoleName,
    "a custom role of a project",
    "projects/{project}/roles/{role_id}",
    ["{project}/{role_id}", "{role_id}"]
);
form!(
    PoolForm,
    PoolName,
    "a workload identity pool",
    "projects/{project}/locations/global/workloadIdentityPools/{workload_identity_pool_id}",
    [
        "{project}/{workload_identity_pool_id}",
        "{workload_identity_pool_id}"
    ]
);
form!(
    PoolProviderForm,
    PoolProviderName,
    "a provider of a workload identity pool",
    "projects/{project}/locations/global/workloadIdentityPools/{workload_identity_pool_id}/providers/{provider_id}",
    [
        "{project}/{workload_identity_pool_id}/{provider_id}",
        "{workload_identity_pool_id}/{provider_id}",
    ]
);
form!(
    BucketForm,
    BucketName,
    "the bucket of a Container Registry",
    "{bucket}",
    []
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_it_prints() {
        let text = "projects/p/locations/us/repositories/gcr.io";
        let name: RepositoryName = text.parse().unwrap();
        assert_eq!(name.to_string(), text);
        assert_eq!((name.part(0), name.part(1), name.part(2)), ("p", "us", "gcr.io"));
    }

    #[test]
    fn a_bare_repository_is_no_id() {
        let error = "mybinder".parse::<RepositoryName>().unwrap_err();
        assert!(error.remedy.unwrap().contains("{location}/{repository_id}"));
    }
}
