//! `removed` and `import` blocks against what is declared.

use crate::raw::problem;
use crate::{Configuration, Import, Module, Removed, Resource, codes};
use regprov_addr::{ModuleAddress, ResourceAddress, TargetAddress};
use regprov_diag::{Diagnostic, Diagnostics};

pub(super) fn check(configuration: &Configuration, found: &mut Diagnostics) {
    for module in configuration.modules.values() {
        for removed in &module.removed {
            found.extend(still_declared(configuration, module, removed));
        }
    }
    let Some(root) = configuration.root() else { return };
    for (at, import) in root.imports.iter().enumerate() {
        found.extend(provider_twice(configuration, import));
        let same = |other: &&Import| {
            other.open_keys.is_empty() && import.open_keys.is_empty() && other.to.text == import.to.text
        };
        if let Some(first) = root.imports[..at].iter().find(same) {
            let detail = format!("`{}` is imported twice.", import.to.text);
            found.push(
                problem(&codes::DUPLICATE, import.to.span, detail).related(first.span, "first imported here"),
            );
        }
    }
}

/// The module at the end of a path, below another.
fn below<'a>(configuration: &'a Configuration, from: &Module, steps: &ModuleAddress) -> Option<&'a Module> {
    let mut path = from.path.clone();
    path.extend(steps.0.iter().map(|step| step.name.clone()));
    configuration.modules.get(&path)
}

fn block<'a>(module: &'a Module, address: &ResourceAddress) -> Option<&'a Resource> {
    let named = module.resources.iter().find(|(name, _)| {
        name.mode == address.mode
            && *name.resource_type == *address.resource_type
            && *name.name == *address.name
    });
    named.map(|(_, block)| block)
}

fn still_declared(configuration: &Configuration, module: &Module, removed: &Removed) -> Option<Diagnostic> {
    let (what, place) = match removed.from.text.parse().ok()? {
        TargetAddress::Module(address) => {
            let (last, before) = address.0.split_last()?;
            let parent = below(configuration, module, &ModuleAddress(before.to_vec()))?;
            (
                "Removed module still exists",
                parent.module_calls.get(last.name.as_str())?.span,
            )
        }
        TargetAddress::Resource(address) => {
            let holder = below(configuration, module, &address.module)?;
            ("Removed resource still exists", block(holder, &address)?.span)
        }
        TargetAddress::Instance(_) => return None,
    };
    let detail = format!(
        "`{}` is to be removed, and it is still declared.",
        removed.from.text
    );
    Some(
        Diagnostic::error(&codes::CONFLICT, what)
            .at(removed.from.span)
            .detail(detail)
            .related(place, "declared here")
            .help("Remove the one or the other block."),
    )
}

/// A provider is chosen by the block that is imported to; that the block exists is for planning to say.
fn provider_twice(configuration: &Configuration, import: &Import) -> Option<Diagnostic> {
    let provider = import.provider.as_ref()?;
    let address = match import.to.text.parse().ok()? {
        TargetAddress::Resource(address) => address,
        TargetAddress::Instance(instance) => instance.resource,
        TargetAddress::Module(_) => return None,
    };
    let module = below(configuration, configuration.root()?, &address.module)?;
    block(module, &address)?;
    let detail = "The block that is imported to chooses the provider configuration; `provider` in an `import` block is for configurations that are generated.";
    Some(problem(&codes::CONFLICT, provider.span, detail))
}
