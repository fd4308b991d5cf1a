//! Infinite numbers: expressions may have them, and nothing can store them.

use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{Body, Output, codes};
use regprov_value::{Data, Value};

/// What in the arguments of a block is infinite.
pub(crate) fn arguments(body: &Body, config: &Value) -> Diagnostics {
    let refused = paths(config).into_iter().map(|path| {
        refusal(&format!("`{path}` gets an infinite number"))
            .at(body.locate(&path))
            .context(body.span)
    });
    refused.collect()
}

/// An output of the root module that is infinite.
pub(crate) fn output(name: &str, output: &Output, value: &Value) -> Option<Diagnostic> {
    let first = paths(value).into_iter().next()?;
    let place = match first.0.as_slice() {
        [] => String::new(),
        _ => format!(" at `{first}`"),
    };
    Some(
        refusal(&format!("The output `{name}` is an infinite number{place}"))
            .at(output.value.span())
            .context(output.span),
    )
}

fn refusal(what: &str) -> Diagnostic {
    Diagnostic::error(&codes::INFINITE, codes::INFINITE.title)
        .detail(format!(
            "{what}, which a state cannot hold. It comes of a division by zero, or of a function beyond its range."
        ))
        .help("Where a divisor can be zero, ask first: `x == 0 ? 0 : y / x`.")
}

fn paths(value: &Value) -> Vec<AttributePath> {
    let mut found = Vec::new();
    if has_some(value) {
        gather(value, &mut Vec::new(), &mut found);
    }
    found
}

/// Whether there is any: nearly always not, and then no paths need to be built.
fn has_some(value: &Value) -> bool {
    match &value.data {
        Data::Number(number) => number.is_infinite(),
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::String(_) => false,
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.iter().any(has_some),
        Data::Map(_, entries) | Data::Object(entries) => entries.values().any(has_some),
    }
}

fn gather(value: &Value, path: &mut Vec<AttributeStep>, found: &mut Vec<AttributePath>) {
    let mut below = |step: AttributeStep, inner: &Value| {
        path.push(step);
        gather(inner, path, found);
        path.pop();
    };
    match &value.data {
        Data::Number(number) if number.is_infinite() => found.push(AttributePath(path.clone())),
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            for (item, at) in items.iter().zip(0..) {
                below(AttributeStep::Index(InstanceKey::Int(at)), item);
            }
        }
        Data::Map(_, entries) => {
            for (key, item) in entries.iter() {
                below(AttributeStep::Index(InstanceKey::String(key.to_string())), item);
            }
        }
        Data::Object(entries) => {
            for (name, item) in entries.iter() {
                below(AttributeStep::Name(name.to_string()), item);
            }
        }
    }
}
