//! Which providers a configuration needs.

use crate::Schemas;
use crate::planner::providers::source_of;
use regprov_addr::ProviderSource;
use regprov_lang::{Configuration, Constraints, Module};
use std::collections::BTreeMap;

/// What one module needs, and the modules that it calls.
#[derive(Clone, Debug, Default)]
pub struct ModuleRequirements {
    /// Providers by source, with the constraints on their versions; empty: any version.
    pub providers: BTreeMap<ProviderSource, String>,
    /// Called modules by the name of the call.
    pub children: BTreeMap<String, ModuleRequirements>,
}

impl ModuleRequirements {
    /// Everything that a configuration needs.
    #[must_use]
    pub fn of(configuration: &Configuration, schemas: &Schemas) -> Self {
        let mut root = Self::default();
        for (path, module) in &configuration.modules {
            let place = path.iter().fold(&mut root, |place, name| {
                place.children.entry(name.clone()).or_default()
            });
            place.providers = providers(module, schemas);
        }
        root
    }

    /// The sources of all providers, those of called modules included.
    #[must_use]
    pub fn all(&self) -> Vec<ProviderSource> {
        let children = self.children.values().flat_map(Self::all);
        let mut all: Vec<_> = self.providers.keys().cloned().chain(children).collect();
        all.sort();
        all.dedup();
        all
    }
}

fn providers(module: &Module, schemas: &Schemas) -> BTreeMap<ProviderSource, String> {
    let mut found: BTreeMap<ProviderSource, Vec<String>> = BTreeMap::new();
    for (name, required) in &module.required_providers {
        let constraints = found.entry(source_of(module, schemas, name)).or_default();
        constraints.extend(required.version.as_ref().map(|version| normal(&version.text)));
    }
    let chosen = module.resources.values().map(|resource| {
        resource
            .provider
            .as_ref()
            .map_or(resource.implied_provider(), |chosen| &chosen.name)
    });
    let configured = module.provider_configs.iter().map(|config| &*config.name);
    for name in chosen.chain(configured) {
        found.entry(source_of(module, schemas, name)).or_default();
    }
    found
        .into_iter()
        .map(|(source, constraints)| (source, constraints.join(", ")))
        .collect()
}

fn normal(constraints: &str) -> String {
    constraints
        .parse::<Constraints>()
        .map_or_else(|_| constraints.to_owned(), |constraints| constraints.to_string())
}
