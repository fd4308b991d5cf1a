//! Where a provider comes from.

use std::fmt;
use std::str::FromStr;

use crate::AddressError;
use crate::text::serde_as_text;

/// The registry that a source without hostname means.
pub const DEFAULT_HOSTNAME: &str = "registry.terraform.io";
/// The namespace that a source of one word means.
pub const DEFAULT_NAMESPACE: &str = "hashicorp";
/// OpenTofu's registry, which carries the same providers.
pub const OPENTOFU_HOSTNAME: &str = "registry.opentofu.org";

const EXPECTED: &str = "a provider source";
/// The namespace that Terraform gives to providers of states older than namespaces.
const LEGACY_NAMESPACE: &str = "-";

/// A provider's full name: `registry.terraform.io/hashicorp/azurerm`. Kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderSource {
    /// The registry's host, with its port if it has one.
    pub hostname: String,
    /// Who publishes it.
    pub namespace: String,
    /// What it is called.
    pub name: String,
}

impl ProviderSource {
    /// The provider of this name in the default namespace of the default registry.
    pub fn hashicorp(name: impl Into<String>) -> Self {
        Self::in_default_registry(DEFAULT_NAMESPACE, name)
    }

    /// The provider of this name and namespace in the default registry.
    pub fn in_default_registry(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        ProviderSource {
            hostname: DEFAULT_HOSTNAME.to_owned(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// `terraform.io/builtin/terraform`, which is part of every program and of no registry.
    pub fn builtin() -> Self {
        ProviderSource {
            hostname: "terraform.io".to_owned(),
            namespace: "builtin".to_owned(),
            name: "terraform".to_owned(),
        }
    }

    /// The provider as states older than namespaces name it.
    pub fn legacy(name: impl Into<String>) -> Self {
        Self::in_default_registry(LEGACY_NAMESPACE, name)
    }

    /// The short form for people: `hashicorp/azurerm` where the registry is the default.
    pub fn short(&self) -> String {
        match self.hostname == DEFAULT_HOSTNAME {
            true => format!("{}/{}", self.namespace, self.name),
            false => self.to_string(),
        }
    }
}

/// Whether both name the same provider: Terraform's and OpenTofu's registries count as one.
pub fn same_provider(one: &ProviderSource, other: &ProviderSource) -> bool {
    registry(one) == registry(other) && one.namespace == other.namespace && one.name == other.name
}

fn registry(source: &ProviderSource) -> &str {
    match source.hostname.as_str() {
        OPENTOFU_HOSTNAME => DEFAULT_HOSTNAME,
        other => other,
    }
}

impl fmt::Display for ProviderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.hostname, self.namespace, self.name)
    }
}

impl FromStr for ProviderSource {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (hostname, namespace, name) = match parts.as_slice() {
            [name] => (DEFAULT_HOSTNAME, DEFAULT_NAMESPACE, *name),
            [namespace, name] => (DEFAULT_HOSTNAME, *namespace, *name),
            [hostname, namespace, name] => (*hostname, *namespace, *name),
            _ => {
                return Err(AddressError::new(
                    text,
                    0,
                    EXPECTED,
                    "expected at most three parts",
                ));
            }
        };
        let name_at = text.len() - name.len();
        if name.starts_with("terraform-provider-") {
            let problem = "leave `terraform-provider-` out of the name";
            return Err(AddressError::new(text, name_at, EXPECTED, problem));
        }
        let namespace_at = name_at.saturating_sub(namespace.len() + 1);
        check(
            text,
            namespace_at,
            namespace == LEGACY_NAMESPACE || is_part(namespace),
            "the namespace",
        )?;
        check(text, name_at, is_part(name), "the name")?;
        check(text, 0, is_hostname(hostname), "the hostname")?;
        Ok(ProviderSource {
            hostname: hostname.to_lowercase(),
            namespace: namespace.to_lowercase(),
            name: name.to_lowercase(),
        })
    }
}

fn check(text: &str, at: usize, holds: bool, what: &str) -> Result<(), AddressError> {
    if holds {
        return Ok(());
    }
    let problem = format!("{what} has characters that cannot stand there");
    Err(AddressError::new(text, at, EXPECTED, problem))
}

fn is_part(part: &str) -> bool {
    let edges_hold = !part.starts_with('-') && !part.ends_with('-');
    !part.is_empty()
        && edges_hold
        && part
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

fn is_hostname(hostname: &str) -> bool {
    let (host, port) = hostname.split_once(':').unwrap_or((hostname, "443"));
    port.parse::<u16>().is_ok() && host.split('.').all(is_part)
}

serde_as_text!(ProviderSource, "a provider source");
