//! Which provider configurations a module has, needs, and is given.

use crate::raw::problem;
use crate::{Configuration, Module, ModuleCall, ProviderRef, codes};
use regprov_addr::{ProviderSource, same_provider};
use regprov_diag::{Diagnostic, Diagnostics, Span};

/// Checks every module against the call that leads to it.
pub(super) fn check(configuration: &Configuration, found: &mut Diagnostics) {
    for module in configuration.modules.values() {
        required_once(module, found);
        for call in module.module_calls.values() {
            passes_what_is_declared(module, call, found);
        }
        let Some((name, above)) = module.path.split_last() else {
            continue;
        };
        let parent = configuration.modules.get(above);
        let call = parent.and_then(|parent| parent.module_calls.get(name.as_str()));
        if let (Some(parent), Some(call)) = (parent, call) {
            let child = Child { module, parent, call };
            child.own(repeats(configuration, &module.path), found);
            child.needed(found);
            call.providers
                .iter()
                .for_each(|(inside, outside)| child.passed(inside, outside, found));
        }
    }
}

/// The source of a local name.
fn source(module: &Module, name: &str) -> ProviderSource {
    let required = module.required_providers.get(name);
    let written = required.and_then(|required| required.source.as_ref());
    written
        .and_then(|source| source.text.parse().ok())
        .unwrap_or_else(|| ProviderSource::hashicorp(name))
}

fn required_once(module: &Module, found: &mut Diagnostics) {
    let names: Vec<&str> = module.required_providers.keys().map(AsRef::as_ref).collect();
    for (at, name) in names.iter().enumerate() {
        let own = source(module, name);
        let same = |other: &&&str| same_provider(&source(module, other), &own);
        if let Some(first) = names[..at].iter().find(same) {
            let detail =
                format!("The provider {own} is required as `{first}` and as `{name}`; one name is enough.");
            let place = module.required_providers[*name].span;
            found.push(
                Diagnostic::warning(&codes::DUPLICATE, "Duplicate required provider")
                    .at(place)
                    .detail(detail),
            );
        }
    }
}

/// A name that is passed to a module should be declared by who passes it.
fn passes_what_is_declared(module: &Module, call: &ModuleCall, found: &mut Diagnostics) {
    for (_, outside) in call
        .providers
        .iter()
        .filter(|(_, outside)| outside.alias.is_none())
    {
        let configured = module
            .provider_configs
            .iter()
            .any(|config| config.name == outside.name && config.alias.is_none());
        if !configured && !module.required_providers.contains_key(&outside.name) {
            let detail = format!(
                "The module passes the provider `{0}` on and does not declare it, so `hashicorp/{0}` is taken for it.",
                outside.name
            );
            found.push(undefined(outside.span, detail));
        }
    }
}

fn undefined(span: Span, detail: String) -> Diagnostic {
    Diagnostic::warning(&codes::PROVIDER_PASSED, "Reference to undefined provider")
        .at(span)
        .detail(detail)
        .help("Declare it in `required_providers` of the module.")
}

/// The call on the way to a module that makes instances of it, or waits for something.
fn repeats<'a>(configuration: &'a Configuration, path: &[String]) -> Option<&'a ModuleCall> {
    (0..path.len()).find_map(|depth| {
        let call = configuration
            .modules
            .get(&path[..depth])?
            .module_calls
            .get(path[depth].as_str())?;
        let repeats = call.count.is_some() || call.for_each.is_some() || !call.depends_on.is_empty();
        repeats.then_some(call)
    })
}

struct Child<'a> {
    module: &'a Module,
    parent: &'a Module,
    call: &'a ModuleCall,
}

impl Child<'_> {
    fn name(&self) -> String {
        format!("module.{}", self.module.path.join(".module."))
    }

    /// Provider blocks of a module that is called.
    fn own(&self, repeats: Option<&ModuleCall>, found: &mut Diagnostics) {
        let is_empty = |config: &&crate::ProviderConfig| {
            config.body.attributes.is_empty() && config.body.blocks.is_empty()
        };
        let (empty, configured): (Vec<_>, Vec<_>) = self.module.provider_configs.iter().partition(is_empty);
        if let (Some(first), Some(call)) = (configured.first(), repeats) {
            let detail = format!(
                "The module {} configures the provider `{}` itself, so neither it nor a module that calls it can have `count`, `for_each` or `depends_on`.",
                self.name(),
                first.name
            );
            let summary = "Module is incompatible with count, for_each, and depends_on";
            found.push(
                Diagnostic::error(&codes::PROVIDER_PASSED, summary)
                    .at(call.span)
                    .detail(detail)
                    .related(first.span, "configured here")
                    .help("Configure the provider in the root module and pass it by `providers`."),
            );
        }
        for config in configured {
            let same = |(inside, _): &&(ProviderRef, ProviderRef)| {
                inside.name == config.name && inside.alias == config.alias
            };
            if let Some((inside, _)) = self.call.providers.iter().find(same) {
                let detail = format!(
                    "{} configures the provider `{}` itself, so no other configuration can be passed for it.",
                    self.name(),
                    config.name
                );
                found.push(
                    Diagnostic::error(&codes::PROVIDER_PASSED, "Cannot override provider configuration")
                        .at(inside.span)
                        .detail(detail)
                        .related(config.span, "configured here"),
                );
            }
        }
        for config in empty {
            let detail = format!(
                "An empty `provider` block in a called module is an older way to say that it needs the provider `{}`.",
                config.name
            );
            found.push(
                Diagnostic::warning(&codes::DEPRECATED, "Redundant empty provider block")
                    .at(config.span)
                    .detail(detail)
                    .help("Declare it in `required_providers`, further configurations in its `configuration_aliases`, and remove the block."),
            );
        }
    }

    /// Configurations that the module asks for by `configuration_aliases`.
    fn needed(&self, found: &mut Diagnostics) {
        let required = self.module.required_providers.values();
        for alias in required.flat_map(|required| &required.configuration_aliases) {
            let own = self.module.provider_configs.iter().any(|config| {
                let empty = config.body.attributes.is_empty() && config.body.blocks.is_empty();
                config.name == alias.name && config.alias == alias.alias && !empty
            });
            let passed = self
                .call
                .providers
                .iter()
                .any(|(inside, _)| inside.name == alias.name && inside.alias == alias.alias);
            if !own && !passed {
                let written = written(alias);
                let detail = format!(
                    "{} needs the provider configuration `{written}`, and its call passes none.",
                    self.name()
                );
                found.push(
                    Diagnostic::error(&codes::PROVIDER_PASSED, "Missing required provider configuration")
                        .at(self.call.span)
                        .detail(detail)
                        .related(alias.span, "asked for here")
                        .help(format!("Pass one: `providers = {{ {written} = … }}`.")),
                );
            }
        }
    }

    /// One entry of `providers`.
    fn passed(&self, inside: &ProviderRef, outside: &ProviderRef, found: &mut Diagnostics) {
        let required = self.module.required_providers.get(&inside.name);
        let alias = required.is_some_and(|required| {
            required
                .configuration_aliases
                .iter()
                .any(|alias| alias.alias == inside.alias)
        });
        let block = self
            .module
            .provider_configs
            .iter()
            .any(|config| config.name == inside.name && config.alias == inside.alias);
        let wanted = source(self.module, &inside.name);
        if !(alias || block || (required.is_some() && inside.alias.is_none())) {
            let detail = format!(
                "{} declares no provider configuration `{}`.",
                self.name(),
                written(inside)
            );
            let warning = undefined(inside.span, detail);
            if same_provider(&wanted, &ProviderSource::hashicorp(&*inside.name)) {
                found.push(warning);
            } else {
                found.push(problem(
                    &codes::PROVIDER_PASSED,
                    inside.span,
                    warning.detail.clone(),
                ));
            }
        }
        let given = source(self.parent, &outside.name);
        if !same_provider(&wanted, &given) {
            let detail = format!(
                "`{}` is a configuration of the provider {given}, and `{}` in {} is one of {wanted}.",
                written(outside),
                written(inside),
                self.name()
            );
            found.push(
                Diagnostic::error(&codes::PROVIDER_PASSED, "Provider type mismatch")
                    .at(outside.span)
                    .detail(detail),
            );
        }
    }
}

fn written(reference: &ProviderRef) -> String {
    match &reference.alias {
        Some(alias) => format!("{}.{alias}", reference.name),
        None => reference.name.to_string(),
    }
}
