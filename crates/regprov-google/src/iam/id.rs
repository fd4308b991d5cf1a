//! Identities of members, bindings and policies, in the form of imports: what has the policy, the role, the rest.

use crate::client::Client;
use crate::policy::{Condition, Holder, HolderKind};
use regprov_provider::{Error, ErrorKind};
use std::fmt;
use std::str::FromStr;

/// An identity. The rest is the member and the title of a condition, the title alone, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IamId {
    pub(crate) holder: Holder,
    pub(crate) role: String,
    pub(crate) rest: String,
}

impl IamId {
    /// The identity of a member.
    pub(crate) fn member(holder: Holder, role: &str, member: &str, condition: Option<&Condition>) -> Self {
        let rest = match condition {
            Some(condition) => format!("{member} {}", condition.title),
            None => member.to_owned(),
        };
        Self {
            holder,
            role: role.to_owned(),
            rest,
        }
    }

    /// The identity of a binding.
    pub(crate) fn binding(holder: Holder, role: &str, condition: Option<&Condition>) -> Self {
        Self {
            holder,
            role: role.to_owned(),
            rest: condition
                .map(|condition| condition.title.clone())
                .unwrap_or_default(),
        }
    }

    /// The identity of a policy.
    pub(crate) fn policy(holder: Holder) -> Self {
        Self {
            holder,
            role: String::new(),
            rest: String::new(),
        }
    }

    /// The member and the title of the condition.
    pub(crate) fn member_and_title(&self) -> (&str, Option<&str>) {
        match self.rest.split_once(' ') {
            Some((member, title)) => (member, Some(title)),
            None => (&self.rest, None),
        }
    }

    /// The title of the condition of a binding.
    pub(crate) fn title(&self) -> Option<&str> {
        Some(self.rest.as_str()).filter(|title| !title.is_empty())
    }

    /// Reads an import id, of which so many words must be there.
    pub(crate) fn imported(
        text: &str,
        client: &Client,
        kind: HolderKind,
        words: usize,
    ) -> Result<Self, Error> {
        let mut parts = text.trim().splitn(3, ' ');
        let (name, role, rest) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let given = [name, role, rest].iter().filter(|word| !word.is_empty()).count();
        let holder = Holder::parse(kind, name).or_else(|| {
            // A repository may be given by less than its full name.
            let (location, repository) = name.split_once('/')?;
            let project = client.defaults.project.as_deref()?;
            (kind == HolderKind::Repository && !repository.contains('/')).then(|| Holder::Repository {
                project: project.to_owned(),
                location: location.to_owned(),
                repository: repository.to_owned(),
            })
        });
        match holder {
            Some(holder) if given >= words => Ok(Self {
                holder,
                role: role.to_owned(),
                rest: rest.to_owned(),
            }),
            Some(_) | None => Err(wrong(text, words)),
        }
    }
}

fn wrong(text: &str, words: usize) -> Error {
    let form = match words {
        1 => "the name of what has the policy",
        2 => "\"NAME ROLE\", or \"NAME ROLE TITLE\" with the title of a condition",
        _ => "\"NAME ROLE MEMBER\", or \"NAME ROLE MEMBER TITLE\" with the title of a condition",
    };
    let message = format!(
        "`{}` is not the id of a part of a policy",
        regprov_http::sanitize(text)
    );
    Error::new(ErrorKind::Invalid(None), message).remedy(format!(
        "Write it as {form}, with spaces between; NAME as in projects/P/locations/L/repositories/R."
    ))
}

impl FromStr for IamId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(3, ' ');
        let name = parts.next().unwrap_or_default();
        let kinds = [
            HolderKind::Repository,
            HolderKind::ServiceAccount,
            HolderKind::Bucket,
            HolderKind::Project,
        ];
        let of_kind = |kind: &HolderKind| match kind {
            HolderKind::Bucket => name
                .starts_with("b/")
                .then(|| Holder::parse(*kind, name))
                .flatten(),
            _ => Holder::parse(*kind, name),
        };
        let holder = kinds.iter().find_map(of_kind).ok_or_else(|| wrong(text, 1))?;
        Ok(Self {
            holder,
            role: parts.next().unwrap_or_default().to_owned(),
            rest: parts.next().unwrap_or_default().to_owned(),
        })
    }
}

impl fmt::Display for IamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.holder.path())?;
        for word in [&self.role, &self.rest] {
            if !word.is_empty() {
                write!(f, " {word}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_what_it_prints() {
        for text in [
            "p roles/x serviceAccount:a@p.iam",
            "p roles/x user:a@b.c a title with spaces",
            "projects/p/locations/l/repositories/r roles/x",
            "projects/p/serviceAccounts/a@p.iam",
            "b/bucket roles/x allUsers",
        ] {
            assert_eq!(text.parse::<IamId>().unwrap().to_string(), text);
        }
    }
}
