//! Identities: what a remote calls its objects, as a pattern of segments.

use regprov_provider::{Error, ErrorKind};
use regprov_schema::Timeouts;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

/// The form of an identity.
pub(crate) trait Shape: Send + Sync + 'static {
    /// What it is the identity of, with its article: "a resource group".
    const WHAT: &'static str;
    /// The form: `/subscriptions/{}/resourceGroups/{}`. Literal segments are read in any case and written as here.
    const PATTERN: &'static str;
}

/// An identity of a form. It prints in canonical case; parsing what was printed gives it back.
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
    /// The identity with these parts in the places of the pattern.
    pub(crate) fn new<const N: usize>(parts: [&str; N]) -> Self {
        debug_assert_eq!(
            S::PATTERN.matches("{}").count(),
            N,
            "the pattern has as many places"
        );
        Self {
            parts: parts.map(str::to_owned).to_vec(),
            shape: PhantomData,
        }
    }

    /// The part at a place of the pattern.
    pub(crate) fn part(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }

    /// Whether two identities name one object; letters' case does not matter.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.to_string().eq_ignore_ascii_case(&other.to_string())
    }
}

impl<S: Shape> FromStr for Id<S> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (pattern, given) = (segments(S::PATTERN), segments(text.trim()));
        let mut parts = Vec::new();
        let fits = pattern.len() == given.len()
            && pattern.iter().zip(&given).all(|(pattern, given)| {
                if *pattern == "{}" {
                    parts.push((*given).to_owned());
                    !given.is_empty()
                } else {
                    pattern.eq_ignore_ascii_case(given)
                }
            });
        if fits {
            return Ok(Self {
                parts,
                shape: PhantomData,
            });
        }
        let form = S::PATTERN.replace("{}", "NAME");
        let message = format!("`{}` is not the id of {}", regprov_http::sanitize(text), S::WHAT);
        Err(Error::new(ErrorKind::Invalid(None), message).remedy(format!("Write it as `{form}`.")))
    }
}

fn segments(text: &str) -> Vec<&str> {
    text.trim_start_matches('/')
        .trim_end_matches('/')
        .split('/')
        .collect()
}

impl<S: Shape> fmt::Display for Id<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pieces = S::PATTERN.split("{}");
        f.write_str(pieces.next().unwrap_or_default())?;
        for (part, piece) in self.parts.iter().zip(pieces) {
            write!(f, "{part}{piece}")?;
        }
        Ok(())
    }
}

impl<S: Shape> fmt::Debug for Id<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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

shape!(
    /// `azurerm_resource_group`.
    ResourceGroupShape,
    "a resource group",
    "/subscriptions/{}/resourceGroups/{}"
);
shape!(
    /// `azurerm_container_registry`.
    RegistryShape,
    "a container registry",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}"
);
shape!(
    /// `azurerm_user_assigned_identity`.
    UserAssignedIdentityShape,
    "a user-assigned identity",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{}"
);
shape!(
    /// `azuread_application`.
    ApplicationShape,
    "an application",
    "/applications/{}"
);
shape!(
    /// `azuread_service_principal`.
    ServicePrincipalShape,
    "a service principal",
    "/servicePrincipals/{}"
);

/// Older versions of the public provider kept the bare object id.
pub(crate) fn upgrade_directory_id(attributes: &mut serde_json::Value, prefix: &str) {
    let Some(id) = attributes.get_mut("id") else {
        return;
    };
    if let Some(bare) = id.as_str().filter(|id| !id.contains('/')).map(str::to_owned) {
        *id = format!("{prefix}{bare}").into();
    }
}

/// How long operations on directory objects may take.
pub(crate) const DIRECTORY_TIMEOUTS: Timeouts = Timeouts {
    create: Duration::from_secs(10 * 60),
    read: Duration::from_secs(5 * 60),
    update: Duration::from_secs(10 * 60),
    delete: Duration::from_secs(5 * 60),
};

/// The id of a resource group.
pub(crate) type ResourceGroupId = Id<ResourceGroupShape>;
/// The id of a registry.
pub(crate) type RegistryId = Id<RegistryShape>;
/// The id of a user-assigned identity.
pub(crate) type UserAssignedIdentityId = Id<UserAssignedIdentityShape>;
/// The id of an application: its object id.
pub(crate) type ApplicationId = Id<ApplicationShape>;
/// The id of a service principal: its object id.
pub(crate) type ServicePrincipalId = Id<ServicePrincipalShape>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_any_case_and_written_in_one() {
        let id: RegistryId =
            "/SUBSCRIPTIONS/s/resourcegroups/g/providers/microsoft.containerregistry/Registries/r"
                .parse()
                .unwrap();
        let text = id.to_string();
        assert_eq!(
            text,
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r"
        );
        assert!(id.same(&text.to_uppercase().parse().unwrap()));
        assert_eq!(text.parse::<RegistryId>().unwrap().to_string(), text);
    }

    #[test]
    fn another_form_is_refused_with_the_right_one() {
        let error = "/subscriptions/s/resourceGroups/g"
            .parse::<RegistryId>()
            .unwrap_err();
        assert!(error.message.contains("is not the id of a container registry"));
        assert!(error.remedy.unwrap().contains("/registries/NAME"));
        assert!(
            "/subscriptions//resourceGroups/g"
                .parse::<ResourceGroupId>()
                .is_err()
        );
    }
}
