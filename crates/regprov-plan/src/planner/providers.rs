//! Provider configurations: which block uses which, and how they stand.

use crate::Schemas;
use crate::codes;
use crate::world::{Dep, FormerNames, InstanceId, StaticId, StaticModule};
use foldhash::HashMap;
use regprov_addr::{ModuleAddress, ModuleStep, ProviderConfigAddress, ProviderSource, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{Body, Module};
use regprov_provider::{Connection, Provider};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// All provider configurations that blocks or recorded objects use.
#[derive(Default)]
pub(crate) struct ProviderTable {
    pub(crate) rows: Vec<ProviderRow>,
    blocks: HashMap<(StaticId, u32), u32>,
}

/// One provider configuration.
pub(crate) struct ProviderRow {
    pub(crate) address: ProviderConfigAddress,
    /// The provider; `None` where none of that source is compiled in.
    pub(crate) provider: Option<Arc<dyn Provider>>,
    /// Its block: module and position; `None` where nothing is written.
    pub(crate) written: Option<(StaticId, u32)>,
    /// The behaviour major that `required_providers` selects.
    pub(crate) major: Option<u64>,
    pub(crate) status: ProviderStatus,
    /// What its configuration was computed from.
    pub(crate) deps: Arc<[Dep]>,
    /// Arguments of its block that count as not written.
    pub(crate) passed_over: BTreeSet<Arc<str>>,
}

impl ProviderRow {
    /// Its block, without the arguments that count as not written.
    pub(crate) fn body<'s>(&self, statics: &'s [StaticModule]) -> Option<Cow<'s, Body>> {
        let (module, at) = self.written?;
        let body = &statics[module as usize].module.provider_configs[at as usize].body;
        if self.passed_over.is_empty() {
            return Some(Cow::Borrowed(body));
        }
        let mut body = body.clone();
        body.attributes.retain(|name, _| !self.passed_over.contains(name));
        Some(Cow::Owned(body))
    }
}

/// How a provider configuration stands.
#[derive(Clone)]
pub(crate) enum ProviderStatus {
    /// Not looked at yet, or not needed.
    Idle,
    /// It can be asked.
    Connected(Connection),
    /// Its configuration is known only after apply.
    Open {
        /// Where what lives behind it goes with an object that it depends on.
        lost: Option<Loss>,
    },
}

/// What becomes of everything that lives behind a provider configuration: it goes with the objects which say where that is.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    /// These objects.
    pub(crate) parents: Arc<[InstanceId]>,
    /// Whether this plan takes it away; else it is gone already.
    pub(crate) by_plan: bool,
}

impl ProviderStatus {
    /// What becomes of all that lives behind it.
    pub(crate) fn loss(&self) -> Option<&Loss> {
        match self {
            Self::Open { lost } => lost.as_ref(),
            Self::Idle | Self::Connected(_) => None,
        }
    }
}

impl ProviderTable {
    /// Finds the configuration of every block.
    pub(crate) fn resolve(statics: &[StaticModule], schemas: &Schemas) -> (Self, Diagnostics) {
        let mut table = Self::default();
        let mut diagnostics = Diagnostics::new();
        for (id, written) in (0..).zip(statics) {
            for (resource, at) in written.module.resources.values().zip(0..) {
                let chosen = resource.provider.as_ref();
                let name = chosen
                    .map_or(resource.implied_provider(), |chosen| &chosen.name)
                    .to_owned();
                let alias = chosen
                    .and_then(|chosen| chosen.alias.as_ref())
                    .map(ToString::to_string);
                match table.find(statics, schemas, id, (name, alias)) {
                    Ok(row) => {
                        table.blocks.insert((id, at), row);
                    }
                    Err(detail) => diagnostics.push(
                        Diagnostic::error(&codes::NO_PROVIDER, "Provider configuration not present")
                            .detail(detail)
                            .at(chosen.map_or(resource.span, |chosen| chosen.span)),
                    ),
                }
            }
        }
        (table, diagnostics)
    }

    pub(crate) fn of_block(&self, module: StaticId, block: u32) -> Option<u32> {
        self.blocks.get(&(module, block)).copied()
    }

    /// Whether the type of a block is one that its provider offers.
    pub(crate) fn is_supported(&self, statics: &[StaticModule], (module, block): (StaticId, u32)) -> bool {
        let written = &statics[module as usize].module;
        let Some((name, _)) = written.resources.get_index(block as usize) else {
            return false;
        };
        let row = self.of_block(module, block);
        let provider = row.and_then(|row| self.rows[row as usize].provider.as_ref());
        provider.is_some_and(|provider| match name.mode {
            ResourceMode::Managed => provider.resource(&name.resource_type).is_some(),
            ResourceMode::Data => provider.data_source(&name.resource_type).is_some(),
            ResourceMode::Ephemeral => provider.ephemeral_resource(&name.resource_type).is_some(),
        })
    }

    /// The older names by which expressions may refer to attributes of a block's objects, with the names of now.
    pub(crate) fn former_names(&self, statics: &[StaticModule]) -> FormerNames {
        let mut found = FormerNames::default();
        for (id, written) in (0..).zip(statics) {
            for (name, at) in written.module.resources.keys().zip(0..) {
                let row = self.of_block(id, at).map(|row| &self.rows[row as usize]);
                let Some(provider) = row.and_then(|row| row.provider.as_ref()) else {
                    continue;
                };
                let schema = crate::schemas::schema_of(provider, name.mode, &name.resource_type);
                let attributes = schema.into_iter().flat_map(|schema| &schema.block.attributes);
                let names = attributes.flat_map(|(now, attribute)| {
                    attribute
                        .former
                        .iter()
                        .filter(move |former| former.name != *now && former.form.is_none())
                        .map(move |former| (former.name, *now))
                });
                let names: Vec<_> = names.collect();
                if !names.is_empty() {
                    found.insert((id, at), names);
                }
            }
        }
        found
    }

    /// The row of a configuration named by a state; a default one that nothing configures is added.
    pub(crate) fn of_state(
        &mut self,
        statics: &[StaticModule],
        schemas: &Schemas,
        address: &ProviderConfigAddress,
    ) -> Option<u32> {
        let same = |row: &ProviderRow| {
            row.address.module == address.module
                && row.address.alias == address.alias
                && regprov_addr::same_provider(&row.address.provider, &address.provider)
        };
        if let Some(at) = self.rows.iter().position(same) {
            return u32::try_from(at).ok();
        }
        let provider = schemas
            .provider(&address.provider)
            .or_else(|| schemas.provider_named(&address.provider.name))?;
        let id = statics.iter().position(|written| {
            written
                .path
                .iter()
                .eq(address.module.0.iter().map(|step| &step.name))
        });
        let id = u32::try_from(id?).ok()?;
        self.find(
            statics,
            schemas,
            id,
            (provider.name().to_owned(), address.alias.clone()),
        )
        .ok()
    }

    /// Follows a local name up the module tree to a configuration.
    fn find(
        &mut self,
        statics: &[StaticModule],
        schemas: &Schemas,
        module: StaticId,
        wanted: (String, Option<String>),
    ) -> Result<u32, String> {
        let (mut at, (mut name, mut alias)) = (module, wanted);
        loop {
            let written = &statics[at as usize];
            let source = source_of(&written.module, schemas, &name);
            let own = written
                .module
                .provider_configs
                .iter()
                .position(|config| *config.name == *name && config.alias.as_deref() == alias.as_deref());
            if let Some(position) = own {
                let written = Some((
                    at,
                    u32::try_from(position).expect("fewer than 2^32 provider blocks"),
                ));
                return Ok(self.add(statics, schemas, at, (source, alias, name), written));
            }
            let Some((parent, call)) = written.parent else {
                return match alias {
                    None => Ok(self.add(statics, schemas, at, (source, None, name), None)),
                    Some(alias) => Err(format!(
                        "No `provider \"{name}\"` block with `alias = \"{alias}\"` is declared, and the block needs it."
                    )),
                };
            };
            let parent_module = &statics[parent as usize].module;
            let (_, block) = parent_module
                .module_calls
                .get_index(call as usize)
                .expect("calls are numbered by their module");
            let passed = block
                .providers
                .iter()
                .find(|(inner, _)| *inner.name == *name && inner.alias.as_deref() == alias.as_deref());
            match passed {
                Some((_, outer)) => {
                    name = outer.name.to_string();
                    alias = outer.alias.as_ref().map(ToString::to_string);
                }
                None if alias.is_some() => {
                    return Err(format!(
                        "The module needs the provider configuration `{name}.{}`, and the call of the module passes none in `providers`.",
                        alias.unwrap_or_default()
                    ));
                }
                None => {
                    let same = |other: &&Arc<str>| source_of(parent_module, schemas, other) == source;
                    if let Some(other) = parent_module.required_providers.keys().find(same) {
                        name = other.to_string();
                    }
                }
            }
            at = parent;
        }
    }

    fn add(
        &mut self,
        statics: &[StaticModule],
        schemas: &Schemas,
        module: StaticId,
        identity: (ProviderSource, Option<String>, String),
        written: Option<(StaticId, u32)>,
    ) -> u32 {
        let (source, alias, local) = identity;
        let steps = statics[module as usize].path.iter().map(|name| ModuleStep {
            name: name.clone(),
            key: None,
        });
        let address = ProviderConfigAddress {
            module: ModuleAddress(steps.collect()),
            provider: source,
            alias,
        };
        if let Some(found) = self.rows.iter().position(|row| row.address == address) {
            return u32::try_from(found).expect("fewer than 2^32 provider configurations");
        }
        let provider = schemas.provider(&address.provider).cloned();
        let newest = provider.as_ref().map_or(0, |provider| provider.newest_major());
        let required = statics[module as usize]
            .module
            .required_providers
            .get(local.as_str());
        let version = required.and_then(|required| required.version.as_ref());
        let major = version.and_then(|version| major(&version.text, newest));
        self.rows.push(ProviderRow {
            address,
            provider,
            written,
            major,
            status: ProviderStatus::Idle,
            deps: Arc::from([]),
            passed_over: BTreeSet::new(),
        });
        u32::try_from(self.rows.len() - 1).expect("fewer than 2^32 provider configurations")
    }
}

/// The source of a local name in a module.
pub(crate) fn source_of(module: &Module, schemas: &Schemas, name: &str) -> ProviderSource {
    let declared = module
        .required_providers
        .get(name)
        .and_then(|required| required.source.as_ref());
    if let Some(source) = declared.and_then(|source| source.text.parse().ok()) {
        return source;
    }
    if name == "terraform" {
        return ProviderSource::builtin();
    }
    schemas
        .provider_named(name)
        .map_or_else(|| ProviderSource::hashicorp(name), Schemas::canonical_source)
}

/// The greatest major, up to the newest known, that version constraints allow.
fn major(constraints: &str, newest: u64) -> Option<u64> {
    (0..=newest).rev().find(|major| {
        constraints
            .split(',')
            .all(|constraint| allows(constraint.trim(), *major))
    })
}

/// Whether some version of a major meets one constraint.
fn allows(constraint: &str, candidate: u64) -> bool {
    let at = constraint
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(constraint.len());
    let (operator, version) = constraint.split_at(at);
    let mut parts = version.split('.');
    let Some(major) = parts.next().and_then(|part| part.parse::<u64>().ok()) else {
        return true;
    };
    let rest_is_zero = parts
        .clone()
        .all(|part| part.parse::<u64>().is_ok_and(|number| number == 0));
    match operator.trim_end() {
        "" | "=" => candidate == major,
        "~>" if parts.next().is_some() => candidate == major,
        "~>" | ">=" | ">" => candidate >= major,
        "<" if rest_is_zero => candidate < major,
        "<" | "<=" => candidate <= major,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn constraints_select_the_greatest_known_major() {
        assert_eq!(major("~> 4.0", 5), Some(4));
        assert_eq!(major(">= 3.0, < 5.0", 5), Some(4));
        assert_eq!(major(">= 3.0", 5), Some(5));
        assert_eq!(major("< 5.1", 5), Some(5));
        assert_eq!(major("= 9.0", 5), None);
    }
}
