//! Which provider configurations there are, and which one a resource uses.

use super::super::shared::map;
use regprov_addr::ProviderSource;
use regprov_lang::{Configuration, Module, Resource, StaticModulePath};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// A provider configuration, as far as the configuration tells.
struct Row {
    name: String,
    full_name: String,
    alias: Option<String>,
    version: Option<String>,
    module: String,
    expressions: Map<String, Json>,
    /// The key of the configuration that it stands for, where it is handed down.
    parent: Option<String>,
}

/// Provider configurations by key: `azurerm.west`, in a module `module.a:azurerm`.
pub(super) struct ProviderKeys(BTreeMap<String, Row>);

/// The source of the provider of a block.
pub(super) fn source(module: &Module, block: &Resource) -> ProviderSource {
    let local = block
        .provider
        .as_ref()
        .map_or_else(|| block.implied_provider(), |provider| &provider.name);
    source_of(module, local)
}

fn source_of(module: &Module, local: &str) -> ProviderSource {
    let declared = module.required_providers.get(local);
    let declared = declared.and_then(|required| required.source.as_ref()?.text.parse().ok());
    declared.unwrap_or_else(|| {
        if local == "terraform" {
            ProviderSource::builtin()
        } else {
            ProviderSource::hashicorp(local)
        }
    })
}

fn module_name(path: &StaticModulePath) -> String {
    let steps: Vec<String> = path.iter().map(|name| format!("module.{name}")).collect();
    steps.join(".")
}

fn key(provider: &str, module: &str) -> String {
    if module.is_empty() {
        provider.to_owned()
    } else {
        format!("{module}:{provider}")
    }
}

impl ProviderKeys {
    pub(super) fn new(configuration: &Configuration) -> Self {
        let mut keys = Self(BTreeMap::new());
        // A caller stands before what it calls.
        for (path, module) in &configuration.modules {
            keys.passed(configuration, path);
            keys.declared(path, module);
        }
        keys
    }

    /// What the call of a module hands to it.
    fn passed(&mut self, configuration: &Configuration, path: &StaticModulePath) {
        let Some((name, above)) = path.split_last() else {
            return;
        };
        let above = above.to_vec();
        let (Some(caller), Some(module)) =
            (configuration.modules.get(&above), configuration.modules.get(path))
        else {
            return;
        };
        let Some(call) = caller.module_calls.get(name.as_str()) else {
            return;
        };
        for (inside, outside) in &call.providers {
            let written = |reference: &regprov_lang::ProviderRef| match &reference.alias {
                Some(alias) => format!("{}.{alias}", reference.name),
                None => reference.name.to_string(),
            };
            let full_name = source_of(module, &inside.name).to_string();
            let parent = self.root_of(&key(&written(outside), &module_name(&above)), &full_name);
            let row = Row {
                name: written(inside),
                full_name,
                alias: None,
                version: None,
                module: module_name(path),
                expressions: Map::new(),
                parent,
            };
            self.0.insert(key(&written(inside), &module_name(path)), row);
        }
    }

    fn declared(&mut self, path: &StaticModulePath, module: &Module) {
        let at = module_name(path);
        for config in &module.provider_configs {
            let written = match &config.alias {
                Some(alias) => format!("{}.{alias}", config.name),
                None => config.name.to_string(),
            };
            let row = Row {
                name: config.name.to_string(),
                full_name: source_of(module, &config.name).to_string(),
                alias: config.alias.as_ref().map(ToString::to_string),
                version: version(module, &config.name),
                module: at.clone(),
                expressions: super::attributes(&config.body),
                parent: None,
            };
            self.0.insert(key(&written, &at), row);
        }
        let aliases = module.required_providers.values().flat_map(|required| {
            let aliases = required.configuration_aliases.iter();
            aliases.filter_map(|alias| Some((alias.name.to_string(), alias.alias.as_ref()?.to_string())))
        });
        for (name, alias) in aliases {
            let written = format!("{name}.{alias}");
            self.implied(path, module, (&name, &written), false);
        }
        for name in module.required_providers.keys() {
            self.implied(path, module, (name, name), true);
        }
        for block in module.resources.values() {
            let local = block
                .provider
                .as_ref()
                .map_or_else(|| block.implied_provider(), |provider| &provider.name);
            self.implied(path, module, (local, local), true);
        }
    }

    /// A configuration without a block: empty, or that of the caller.
    fn implied(&mut self, path: &StaticModulePath, module: &Module, provider: (&str, &str), inherits: bool) {
        let (name, written) = provider;
        let at = module_name(path);
        let own = key(written, &at);
        if self.0.contains_key(&own) {
            return;
        }
        let full_name = source_of(module, name).to_string();
        let parent = match path.split_last() {
            Some((_, above)) if inherits => {
                self.root_of(&key(name, &module_name(&above.to_vec())), &full_name)
            }
            _ => None,
        };
        let row = Row {
            name: name.to_owned(),
            full_name,
            alias: None,
            version: version(module, name),
            module: at,
            expressions: Map::new(),
            parent,
        };
        self.0.insert(own, row);
    }

    /// The configuration at the end of the chain that begins at a key.
    fn root_of(&self, start: &str, full_name: &str) -> Option<String> {
        let mut found = None;
        let mut next = Some(start.to_owned());
        while let Some(key) = next {
            let Some(row) = self.0.get(&key).filter(|row| row.full_name == full_name) else {
                break;
            };
            next = row.parent.clone();
            found = Some(key);
        }
        found
    }

    /// The key of the configuration that a block uses.
    pub(super) fn of(&self, path: &StaticModulePath, block: &Resource) -> String {
        let written = match &block.provider {
            Some(provider) => match &provider.alias {
                Some(alias) => format!("{}.{alias}", provider.name),
                None => provider.name.to_string(),
            },
            None => block.implied_provider().to_owned(),
        };
        let own = key(&written, &module_name(path));
        let parent = self.0.get(&own).and_then(|row| row.parent.clone());
        parent.unwrap_or(own)
    }

    /// The rows that stand for themselves.
    pub(super) fn rows(&self) -> Map<String, Json> {
        let own = self.0.iter().filter(|(_, row)| row.parent.is_none());
        own.map(|(key, row)| (key.clone(), json_row(row))).collect()
    }
}

fn json_row(row: &Row) -> Json {
    let mut all = Map::new();
    all.insert("name".into(), json!(row.name));
    all.insert("full_name".into(), json!(row.full_name));
    let optional = [
        ("alias", row.alias.as_deref()),
        ("version_constraint", row.version.as_deref()),
        (
            "module_address",
            Some(row.module.as_str()).filter(|module| !module.is_empty()),
        ),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            all.insert(name.into(), json!(value));
        }
    }
    all.extend(map("expressions", row.expressions.clone()));
    Json::Object(all)
}

/// The constraints that a module puts on a provider, in one spelling.
fn version(module: &Module, name: &str) -> Option<String> {
    let written = &module.required_providers.get(name)?.version.as_ref()?.text;
    let mut parts: Vec<(Vec<u64>, String)> = written.split(',').map(constraint).collect();
    parts.sort();
    parts.dedup();
    let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    Some(texts.join(", "))
}

/// One constraint: its version, for the order, and its spelling.
fn constraint(text: &str) -> (Vec<u64>, String) {
    let text = text.trim();
    let digits = text
        .find(|found: char| found.is_ascii_digit())
        .unwrap_or(text.len());
    let (operator, version) = text.split_at(digits);
    let operator = operator.trim();
    let (numbers, suffix) = match version.find(['-', '+']) {
        Some(at) => version.split_at(at),
        None => (version, ""),
    };
    let mut parts: Vec<u64> = numbers.split('.').filter_map(|part| part.parse().ok()).collect();
    let least = if operator == "~>" { 2 } else { 3 };
    while parts.len() < least {
        parts.push(0);
    }
    let spelled: Vec<String> = parts.iter().map(ToString::to_string).collect();
    let spelled = format!("{}{suffix}", spelled.join("."));
    let written = match operator {
        "" | "=" => spelled,
        operator => format!("{operator} {spelled}"),
    };
    (parts, written)
}
