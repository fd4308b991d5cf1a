//! Resources and their instances.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::key::write_key;
use crate::module::scan_modules;
use crate::scan::Scanner;
use crate::text::serde_as_text;
use crate::{AddressError, InstanceKey, ModuleAddress};

/// Whether a block manages its object or only reads it. Data sources order first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceMode {
    /// A `data` block: read, never changed.
    Data,
    /// A `resource` block.
    Managed,
    /// An `ephemeral` block: opened for one run, never stored.
    Ephemeral,
}

/// One `resource` or `data` block in one instance of its module: `module.a.azurerm_container_registry.main`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddress {
    /// The module that holds the block.
    pub module: ModuleAddress,
    /// Managed or data.
    pub mode: ResourceMode,
    /// The first label: `azurerm_container_registry`.
    pub resource_type: String,
    /// The second label.
    pub name: String,
}

impl ResourceAddress {
    /// A managed resource.
    pub fn managed(module: ModuleAddress, resource_type: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            module,
            mode: ResourceMode::Managed,
            resource_type: resource_type.into(),
            name: name.into(),
        }
    }

    /// A data source.
    pub fn data(module: ModuleAddress, resource_type: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            module,
            mode: ResourceMode::Data,
            resource_type: resource_type.into(),
            name: name.into(),
        }
    }

    /// An instance of this resource.
    pub fn instance(&self, key: Option<InstanceKey>) -> InstanceAddress {
        InstanceAddress {
            resource: self.clone(),
            key,
        }
    }

    /// The block as it is written: the same address without module instance keys.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        Self {
            module: self.module.without_keys(),
            ..self.clone()
        }
    }

    /// The name by which its own module refers to it: without the module.
    #[must_use]
    pub fn within_module(&self) -> Self {
        Self {
            module: ModuleAddress::root(),
            ..self.clone()
        }
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.module.write_prefix(f)?;
        match self.mode {
            ResourceMode::Data => f.write_str("data.")?,
            ResourceMode::Managed => {}
            ResourceMode::Ephemeral => f.write_str("ephemeral.")?,
        }
        write!(f, "{}.{}", self.resource_type, self.name)
    }
}

impl FromStr for ResourceAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "a resource address");
        let module = scan_modules(&mut scanner)?;
        let resource = scan_resource(&mut scanner, module)?;
        if scanner.rest().starts_with('[') {
            return Err(scanner.error("this names one instance; leave the key out"));
        }
        scanner.end("the resource name")?;
        Ok(resource)
    }
}

serde_as_text!(ResourceAddress, "a resource address");

/// Reads `data.type.name` or `type.name` after the module.
pub(crate) fn scan_resource(
    scanner: &mut Scanner<'_>,
    module: ModuleAddress,
) -> Result<ResourceAddress, AddressError> {
    let mode = if scanner.take_keyword("data") {
        ResourceMode::Data
    } else if scanner.take_keyword("ephemeral") {
        ResourceMode::Ephemeral
    } else {
        ResourceMode::Managed
    };
    let resource_type = scanner.identifier("a resource type")?;
    scanner.dot("the resource type")?;
    let name = scanner.identifier("a resource name")?;
    Ok(ResourceAddress {
        module,
        mode,
        resource_type,
        name,
    })
}

/// One instance of a resource: `module.a.harbor_project.base["x"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceAddress {
    /// The resource.
    pub resource: ResourceAddress,
    /// Which instance, where the block has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl fmt::Display for InstanceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.resource.fmt(f)?;
        write_key(f, self.key.as_ref())
    }
}

impl From<ResourceAddress> for InstanceAddress {
    fn from(resource: ResourceAddress) -> Self {
        InstanceAddress { resource, key: None }
    }
}

impl FromStr for InstanceAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "a resource instance address");
        let module = scan_modules(&mut scanner)?;
        let resource = scan_resource(&mut scanner, module)?;
        let key = scanner.key()?;
        scanner.end("the resource instance")?;
        Ok(InstanceAddress { resource, key })
    }
}

serde_as_text!(InstanceAddress, "a resource instance address");
