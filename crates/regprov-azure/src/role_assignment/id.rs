//! The id of a role assignment: a scope of any depth, a name, and the tenant where it is another.

use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind};
use std::fmt;
use std::str::FromStr;

const MIDDLE: &str = "/providers/Microsoft.Authorization/roleAssignments/";

/// The id of a role assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleAssignmentId {
    scope: String,
    name: String,
    tenant: Option<String>,
}

impl RoleAssignmentId {
    pub(crate) fn new(scope: &str, name: &str) -> Self {
        Self {
            scope: scope.trim_end_matches('/').to_owned(),
            name: name.to_owned(),
            tenant: None,
        }
    }

    pub(super) fn with_tenant(self, tenant: Option<&str>) -> Self {
        Self {
            tenant: tenant.map(str::to_owned),
            ..self
        }
    }

    pub(crate) fn scope(&self) -> &str {
        &self.scope
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The path to ask.
    pub(super) fn path(&self) -> String {
        format!("{}{MIDDLE}{}", self.scope, self.name)
    }
}

impl FromStr for RoleAssignmentId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (path, tenant) = match text.trim().split_once('|') {
            Some((path, tenant)) => (path, Some(tenant)),
            None => (text.trim(), None),
        };
        let at = path.to_ascii_lowercase().rfind(&MIDDLE.to_ascii_lowercase());
        let parts = at.and_then(|at| Some((path.get(..at)?, path.get(at + MIDDLE.len()..)?)));
        match parts {
            Some((scope, name)) if !name.is_empty() && !name.contains('/') => {
                Ok(Self::new(scope, name).with_tenant(tenant))
            }
            Some(_) | None => {
                let message = format!("`{}` is not the id of a role assignment", sanitize(text));
                Err(Error::new(ErrorKind::Invalid(None), message).remedy(format!(
                    "Write it as `SCOPE{MIDDLE}UUID`; `az role assignment list --all` shows it."
                )))
            }
        }
    }
}

impl fmt::Display for RoleAssignmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())?;
        match &self.tenant {
            Some(tenant) => write!(f, "|{tenant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_with_and_without_a_tenant_goes_round() {
        let plain = "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/u";
        for text in [plain.to_owned(), format!("{plain}|t")] {
            assert_eq!(text.parse::<RoleAssignmentId>().unwrap().to_string(), text);
        }
        assert_eq!(
            plain.parse::<RoleAssignmentId>().unwrap().scope(),
            "/subscriptions/s"
        );
        assert!("/subscriptions/s".parse::<RoleAssignmentId>().is_err());
    }
}
