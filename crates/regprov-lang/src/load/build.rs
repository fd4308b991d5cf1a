//! Blocks to declarations.

use super::provider::provider;
use super::terraform::{Once, terraform};
use super::{resource, settings, variable};
use crate::raw::{RawBlock, problem};
use crate::{Local, Module, codes};
use regprov_addr::ResourceMode;
use regprov_diag::{Diagnostics, Span};
use std::collections::HashMap;
use std::sync::Arc;

/// A module in the making, and where each name was declared.
pub(super) struct Declared<'a> {
    pub(super) module: &'a mut Module,
    places: HashMap<String, Span>,
}

impl Declared<'_> {
    /// Whether the name is new; reports it where it is not.
    pub(super) fn fresh(&mut self, what: &str, span: Span, found: &mut Diagnostics) -> bool {
        match self.places.get(what) {
            Some(first) => {
                let detail = format!("`{what}` is declared twice in this module.");
                found.push(problem(&codes::DUPLICATE, span, detail).related(*first, "first declared here"));
                false
            }
            None => {
                self.places.insert(what.to_owned(), span);
                true
            }
        }
    }
}

/// Adds everything that the blocks declare.
pub(super) fn declare(module: &mut Module, blocks: Vec<RawBlock>, found: &mut Diagnostics) {
    let mut declared = Declared {
        module,
        places: HashMap::new(),
    };
    let mut once = Once::default();
    for block in blocks {
        match &*block.kind {
            "terraform" => terraform(declared.module, &mut once, block, found),
            "locals" => locals(&mut declared, block, found),
            "resource" => resource_block(&mut declared, block, ResourceMode::Managed, found),
            "data" => resource_block(&mut declared, block, ResourceMode::Data, found),
            "moved" => declared.module.moved.extend(settings::moved(block, found)),
            "import" => declared.module.imports.extend(settings::import(block, found)),
            "removed" => declared.module.removed.extend(settings::removed(block, found)),
            "ephemeral" => resource_block(&mut declared, block, ResourceMode::Ephemeral, found),
            _ => labelled(&mut declared, block, found),
        }
    }
}

/// The settings of a `module` block, which no variable may be named after.
const RESERVED: [&str; 10] = [
    "source",
    "version",
    "providers",
    "count",
    "for_each",
    "lifecycle",
    "depends_on",
    "locals",
    "provider",
    "_",
];

/// Blocks with one label, their name.
fn labelled(declared: &mut Declared<'_>, block: RawBlock, found: &mut Diagnostics) {
    let Some((name, span)) = block.labels.first().cloned() else {
        return;
    };
    if !regprov_addr::is_identifier(&name) {
        let detail = format!(
            "{name:?} is not a name: it starts with a letter or `_` and holds letters, digits, `_` and `-`."
        );
        found.push(problem(&codes::NAME, span, detail));
        return;
    }
    if &*block.kind == "variable" && RESERVED.contains(&&*name) {
        let detail =
            format!("A variable cannot be named `{name}`: a `module` block has a setting of this name.");
        found.push(problem(&codes::NAME, span, detail));
        return;
    }
    let what = match &*block.kind {
        "variable" => format!("var.{name}"),
        "provider" => {
            let alias = block
                .body
                .attributes
                .get("alias")
                .and_then(|alias| alias.expr.as_string());
            alias.map_or_else(
                || format!("provider {name}"),
                |alias| format!("provider {name}.{alias}"),
            )
        }
        kind => format!("{kind} {name}"),
    };
    if !declared.fresh(&what, block.span, found) {
        return;
    }
    match &*block.kind {
        "variable" => {
            let variable = variable::variable(name.clone(), block, found);
            declared.module.variables.insert(name, variable);
        }
        "output" => {
            if let Some(output) = variable::output(block, found) {
                declared.module.outputs.insert(name, output);
            }
        }
        "module" => {
            if let Some(call) = resource::module_call(name.clone(), block, found) {
                declared.module.module_calls.insert(name, call);
            }
        }
        "provider" => declared
            .module
            .provider_configs
            .extend(provider(name, block, found)),
        "check" => settings::check(declared, name, block, found),
        _ => {}
    }
}

fn locals(declared: &mut Declared<'_>, block: RawBlock, found: &mut Diagnostics) {
    for (name, attribute) in block.body.attributes {
        if !regprov_addr::is_identifier(&name) {
            let detail = format!(
                "{name:?} is not a name: it starts with a letter or `_` and holds letters, digits, `_` and `-`."
            );
            found.push(problem(&codes::NAME, attribute.name_span, detail));
        } else if declared.fresh(&format!("local.{name}"), attribute.name_span, found) {
            let expr = attribute.expr.compile(found);
            declared.module.locals.insert(
                Arc::clone(&name),
                Local {
                    expr,
                    span: attribute.span,
                },
            );
        }
    }
    for inner in block.body.blocks {
        let detail = format!("`locals` holds only arguments: write `{} = …`.", inner.kind);
        found.push(problem(&codes::UNSUPPORTED_BLOCK, inner.span, detail));
    }
}

fn resource_block(declared: &mut Declared<'_>, block: RawBlock, mode: ResourceMode, found: &mut Diagnostics) {
    let Some((name, _)) = resource::named(&block, mode, found) else {
        return;
    };
    let fresh = declared.fresh(&name.to_string(), block.span, found);
    let made = resource::resource(name.clone(), block, found);
    if fresh {
        declared.module.resources.insert(name, made);
    }
}
