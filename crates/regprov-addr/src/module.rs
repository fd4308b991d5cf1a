//! Where a module stands in the tree of module calls.

use std::fmt;
use std::str::FromStr;

use crate::key::write_key;
use crate::scan::Scanner;
use crate::text::serde_as_text;
use crate::{AddressError, InstanceKey};

/// One module call, and which instance of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The name of the `module` block.
    pub name: String,
    /// The instance, where the call has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl fmt::Display for ModuleStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module.{}", self.name)?;
        write_key(f, self.key.as_ref())
    }
}

/// The way from the root module to a module: `module.a.module.b["x"]`; empty for the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleAddress(pub Vec<ModuleStep>);

impl ModuleAddress {
    /// The root module.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether this is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The module that a call in this one leads to.
    #[must_use]
    pub fn child(&self, name: impl Into<String>, key: Option<InstanceKey>) -> Self {
        let mut steps = self.0.clone();
        steps.push(ModuleStep {
            name: name.into(),
            key,
        });
        ModuleAddress(steps)
    }

    /// The module that calls this one; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_last()?;
        Some(ModuleAddress(parent.to_vec()))
    }

    /// The same way without instance keys: the module as it is written.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        ModuleAddress(
            self.0
                .iter()
                .map(|step| ModuleStep {
                    name: step.name.clone(),
                    key: None,
                })
                .collect(),
        )
    }

    /// Whether no step has an instance key.
    pub fn has_no_keys(&self) -> bool {
        self.0.iter().all(|step| step.key.is_none())
    }

    /// Whether `other` is this module or lies within it.
    pub fn contains(&self, other: &ModuleAddress) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Writes the address and the dot that joins it to what follows; nothing for the root.
    pub(crate) fn write_prefix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_root() {
            true => Ok(()),
            false => write!(f, "{self}."),
        }
    }
}

impl fmt::Display for ModuleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

/// The empty text is the root module.
impl FromStr for ModuleAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "a module address");
        let module = scan_modules(&mut scanner)?;
        match scanner.is_at_end() {
            true => Ok(module),
            false => Err(scanner.error("expected `module.` and a name")),
        }
    }
}

serde_as_text!(ModuleAddress, "a module address");

/// Reads all leading `module.name[key]` steps, and the dot between them and what follows.
pub(crate) fn scan_modules(scanner: &mut Scanner<'_>) -> Result<ModuleAddress, AddressError> {
    let mut steps = Vec::new();
    while scanner.take_keyword("module") {
        let name = scanner.identifier("a module name")?;
        let key = scanner.key()?;
        steps.push(ModuleStep { name, key });
        if scanner.is_at_end() {
            break;
        }
        scanner.dot("the module")?;
        if scanner.is_at_end() {
            return Err(scanner.error("expected something after the dot"));
        }
    }
    Ok(ModuleAddress(steps))
}
