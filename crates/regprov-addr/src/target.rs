//! What `-target` and `-replace` name.

use std::fmt;
use std::str::FromStr;

use crate::module::scan_modules;
use crate::resource::scan_resource;
use crate::scan::Scanner;
use crate::text::serde_as_text;
use crate::{AddressError, InstanceAddress, ModuleAddress, ResourceAddress};

/// A part of the configuration that the user singles out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetAddress {
    /// Everything in a module, and in the modules within it.
    Module(ModuleAddress),
    /// All instances of a resource.
    Resource(ResourceAddress),
    /// One instance.
    Instance(InstanceAddress),
}

impl TargetAddress {
    /// Whether an instance is meant. As in Terraform, a last module step without a key means all its instances.
    pub fn contains(&self, instance: &InstanceAddress) -> bool {
        match self {
            TargetAddress::Module(module) => module_contains(module, &instance.resource.module),
            TargetAddress::Resource(resource) => *resource == instance.resource,
            TargetAddress::Instance(target) => target == instance,
        }
    }

    /// The module named, or that holds what is named.
    pub fn module(&self) -> &ModuleAddress {
        match self {
            TargetAddress::Module(module) => module,
            TargetAddress::Resource(resource) => &resource.module,
            TargetAddress::Instance(instance) => &instance.resource.module,
        }
    }

    /// The one instance that it names, as `-replace` needs; `None` for a module.
    pub fn into_instance(self) -> Option<InstanceAddress> {
        match self {
            TargetAddress::Module(_) => None,
            TargetAddress::Resource(resource) => Some(resource.into()),
            TargetAddress::Instance(instance) => Some(instance),
        }
    }
}

fn module_contains(target: &ModuleAddress, other: &ModuleAddress) -> bool {
    let Some((last, before)) = target.0.split_last() else {
        return true;
    };
    let Some(step) = other.0.get(before.len()) else {
        return false;
    };
    let same_instance = last.key.is_none() || last.key == step.key;
    other.0.starts_with(before) && last.name == step.name && same_instance
}

impl fmt::Display for TargetAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetAddress::Module(module) => module.fmt(f),
            TargetAddress::Resource(resource) => resource.fmt(f),
            TargetAddress::Instance(instance) => instance.fmt(f),
        }
    }
}

impl FromStr for TargetAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "the address of a module, resource or instance");
        let module = scan_modules(&mut scanner)?;
        if scanner.is_at_end() && !module.is_root() {
            return Ok(TargetAddress::Module(module));
        }
        let resource = scan_resource(&mut scanner, module)?;
        let key = scanner.key()?;
        scanner.end("the address")?;
        Ok(match key {
            None => TargetAddress::Resource(resource),
            Some(key) => TargetAddress::Instance(resource.instance(Some(key))),
        })
    }
}

serde_as_text!(TargetAddress, "the address of a module, resource or instance");
