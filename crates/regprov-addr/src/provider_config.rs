//! Configured providers: as a module names them, and as the state does.

use std::fmt;
use std::str::FromStr;

use crate::module::scan_modules;
use crate::scan::Scanner;
use crate::text::serde_as_text;
use crate::{AddressError, ModuleAddress, ProviderSource};

/// A provider configuration as its module names it: `azurerm` or `azurerm.west`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalProvider {
    /// The name in `required_providers`.
    pub name: String,
    /// The `alias`, for all but the default configuration.
    pub alias: Option<String>,
}

impl fmt::Display for LocalProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        write_alias(f, self.alias.as_deref())
    }
}

impl FromStr for LocalProvider {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "a provider reference");
        let name = scanner.identifier("a provider name")?;
        let alias = scan_alias(&mut scanner)?;
        Ok(LocalProvider { name, alias })
    }
}

serde_as_text!(LocalProvider, "a provider reference");

/// A provider configuration in the whole configuration, in the form that states use:
/// `module.a.provider["registry.terraform.io/hashicorp/azurerm"].west`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderConfigAddress {
    /// The module whose `provider` block it is.
    pub module: ModuleAddress,
    /// The provider.
    pub provider: ProviderSource,
    /// The `alias`, for all but the default configuration.
    pub alias: Option<String>,
}

impl fmt::Display for ProviderConfigAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.module.write_prefix(f)?;
        write!(f, "provider[\"{}\"]", self.provider)?;
        write_alias(f, self.alias.as_deref())
    }
}

/// Also reads the form of states older than provider namespaces: `provider.azurerm.west`.
impl FromStr for ProviderConfigAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "a provider configuration address");
        let module = scan_modules(&mut scanner)?;
        let provider = scan_provider(&mut scanner)?;
        let alias = scan_alias(&mut scanner)?;
        Ok(ProviderConfigAddress {
            module,
            provider,
            alias,
        })
    }
}

serde_as_text!(ProviderConfigAddress, "a provider configuration address");

fn scan_provider(scanner: &mut Scanner<'_>) -> Result<ProviderSource, AddressError> {
    if scanner.take_keyword("provider") {
        return Ok(ProviderSource::legacy(scanner.identifier("a provider name")?));
    }
    if !scanner.take("provider[") {
        return Err(scanner.error("expected `provider[\"` and the provider's source"));
    }
    let source = scanner.quoted()?;
    if !scanner.take("]") {
        return Err(scanner.error("expected `]` after the provider's source"));
    }
    source
        .parse()
        .map_err(|error: AddressError| scanner.error(error.to_string()))
}

fn write_alias(f: &mut fmt::Formatter<'_>, alias: Option<&str>) -> fmt::Result {
    match alias {
        Some(alias) => write!(f, ".{alias}"),
        None => Ok(()),
    }
}

fn scan_alias(scanner: &mut Scanner<'_>) -> Result<Option<String>, AddressError> {
    if scanner.is_at_end() {
        return Ok(None);
    }
    scanner.dot("the provider")?;
    let alias = scanner.identifier("an alias")?;
    scanner.end("the alias")?;
    Ok(Some(alias))
}
