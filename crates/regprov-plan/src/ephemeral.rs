//! Where ephemeral values may go: to what is never stored.

use crate::codes;
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_lang::{Body, Output, Variable};
use regprov_schema::Block;
use regprov_value::{Marks, Value};

/// Whether something in a value is ephemeral.
pub(crate) fn is_ephemeral(value: &Value) -> bool {
    value.marks_deep().contains(Marks::EPHEMERAL)
}

/// What in the arguments of a block would be stored and is ephemeral.
pub(crate) fn arguments(body: &Body, schema: &Block, config: &Value) -> Diagnostics {
    let mut paths = Vec::new();
    if is_ephemeral(config) {
        stored(schema, config, &AttributePath::root(), &mut paths);
    }
    let refused = paths.into_iter().map(|path| {
        Diagnostic::error(&codes::EPHEMERAL, "Invalid use of ephemeral value")
            .at(body.locate(&path))
            .context(body.span)
            .detail(format!("`{path}` gets an ephemeral value, and it is no write-only argument: it would be stored in the state."))
            .help("Use a write-only argument, where the type has one, or a value that is not ephemeral.")
    });
    refused.collect()
}

fn stored(block: &Block, value: &Value, path: &AttributePath, found: &mut Vec<AttributePath>) {
    for (name, inner) in value.as_entries().into_iter().flatten() {
        let below = |step: AttributeStep, path: &AttributePath| {
            let mut path = path.clone();
            path.0.push(step);
            path
        };
        let here = below(AttributeStep::Name(name.to_string()), path);
        match (
            block.attributes.get(name.as_ref()),
            block.blocks.get(name.as_ref()),
        ) {
            (Some(attribute), _) if attribute.write_only => {}
            (None, Some(nested)) => {
                let items = inner.as_items().unwrap_or_default();
                for (item, at) in items.iter().zip(0..) {
                    stored(
                        &nested.block,
                        item,
                        &below(AttributeStep::Index(InstanceKey::Int(at)), &here),
                        found,
                    );
                }
                if inner.as_entries().is_some() {
                    stored(&nested.block, inner, &here, found);
                }
            }
            (_, _) if is_ephemeral(inner) => found.push(here),
            (_, _) => {}
        }
    }
}

/// What is wrong with the value of an output of a module, or of the root.
pub(crate) fn output(name: &str, output: &Output, value: &Value, root: bool) -> Option<Diagnostic> {
    let refuse = |detail: String| {
        let diagnostic = Diagnostic::error(&codes::EPHEMERAL, "Ephemeral value not allowed").detail(detail);
        diagnostic.at(output.value.span()).context(output.span)
    };
    if root && output.ephemeral {
        let detail = format!(
            "`{name}` is an output of the root module, which is stored in the state, so it cannot be `ephemeral`."
        );
        let diagnostic = Diagnostic::error(&codes::EPHEMERAL, "Ephemeral output not allowed").detail(detail);
        return Some(diagnostic.at(output.span));
    }
    if output.ephemeral || !is_ephemeral(value) {
        return None;
    }
    let detail =
        format!("The output `{name}` derives from an ephemeral value and is not declared `ephemeral`.");
    Some(match root {
        true => refuse(detail).help("`ephemeralasnull(…)` puts null in the place of an ephemeral value."),
        false => refuse(detail).help("Add `ephemeral = true` to the output."),
    })
}

/// What is wrong with the value that a module call gives to a variable.
pub(crate) fn input(variable: &Variable, value: &Value, place: Span) -> Option<Diagnostic> {
    if variable.ephemeral || !is_ephemeral(value) {
        return None;
    }
    let detail = format!(
        "The variable `{}` gets an ephemeral value and is not declared `ephemeral`.",
        variable.name
    );
    let diagnostic = Diagnostic::error(&codes::EPHEMERAL, "Ephemeral value not allowed").detail(detail);
    Some(
        diagnostic
            .at(place)
            .related(variable.span, "declared here")
            .help("Add `ephemeral = true` to the variable."),
    )
}
