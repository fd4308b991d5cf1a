//! The arguments of a backend: from its block, from `-backend-config`, and which of them are secret.

use super::Given;
use crate::codes::BACKEND;
use crate::context::Context;
use regprov_backends::{Argument, Kind};
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_lang::EmptyScope;
use regprov_schema::{Attribute, Block, NestedBlock, Nesting};
use regprov_value::{ObjectType, Type};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The arguments as a schema that a block is read with. What is required may stand elsewhere, so that nothing is here.
pub(super) fn block(arguments: &[Argument]) -> Block {
    let mut block = Block::default();
    for argument in arguments {
        if let Kind::Block(inner) = argument.kind {
            let nested = NestedBlock {
                nesting: Nesting::List,
                block: self::block(inner),
                min_items: 0,
                max_items: 1,
                replaces: false,
                computed: false,
            };
            block.blocks.insert(argument.name, nested);
            continue;
        }
        let attribute = Attribute {
            optional: true,
            sensitive: matches!(argument.kind, Kind::Secret),
            ..Attribute::new(of(argument.kind))
        };
        block.attributes.insert(argument.name, attribute);
    }
    block
}

fn of(kind: Kind) -> Type {
    match kind {
        Kind::Text | Kind::Secret => Type::String,
        Kind::Flag => Type::Bool,
        Kind::Number => Type::Number,
        Kind::Texts => Type::list(Type::String),
        Kind::TextMap => Type::map(Type::String),
        Kind::Object(inner) | Kind::Block(inner) => object(inner),
    }
}

fn object(arguments: &[Argument]) -> Type {
    let attributes = arguments
        .iter()
        .map(|argument| (Arc::<str>::from(argument.name), of(argument.kind)));
    let optional = arguments
        .iter()
        .map(|argument| Arc::from(argument.name))
        .collect();
    match Type::object(attributes) {
        Type::Object(object) => Type::Object(Arc::new(ObjectType {
            optional,
            ..(*object).clone()
        })),
        other => other,
    }
}

/// Keeps the secrets among the arguments out of every text.
pub(super) fn guard(context: &Context, arguments: &[Argument], given: &Given) {
    for secret in secrets(arguments, given) {
        context.guard(secret);
    }
}

/// The secrets among the arguments.
pub(crate) fn secrets<'a>(arguments: &[Argument], given: &'a Given) -> Vec<&'a str> {
    let of_value = |(argument, value): (&Argument, &'a Value)| match (argument.kind, value) {
        (Kind::Secret, Value::String(text)) => vec![text.as_str()],
        (Kind::Object(inner) | Kind::Block(inner), Value::Object(fields)) => secrets(inner, fields),
        (Kind::Object(inner) | Kind::Block(inner), Value::Array(items)) => {
            let objects = items.iter().filter_map(Value::as_object);
            objects.flat_map(|fields| secrets(inner, fields)).collect()
        }
        _ => Vec::new(),
    };
    of_arguments(arguments, given).flat_map(of_value).collect()
}

fn of_arguments<'a, 'b>(
    arguments: &'b [Argument],
    given: &'a Given,
) -> impl Iterator<Item = (&'b Argument, &'a Value)> + use<'a, 'b> {
    arguments
        .iter()
        .filter_map(|argument| Some((argument, given.get(argument.name)?)))
}

/// Takes the secrets out of given arguments, and returns them apart. An object that holds one is taken as a whole.
pub(super) fn split(arguments: &[Argument], given: &Given) -> (Given, Given) {
    let is_secret = |name: &String, value: &Value| {
        !value.is_null()
            && arguments
                .iter()
                .find(|argument| argument.name == name)
                .is_some_and(|argument| holds_secret(argument.kind, value))
    };
    let (secret, clear): (Vec<_>, Vec<_>) = given
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .partition(|(name, value)| is_secret(name, value));
    (clear.into_iter().collect(), secret.into_iter().collect())
}

fn holds_secret(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Secret => true,
        Kind::Object(inner) | Kind::Block(inner) => {
            let fields = match value {
                Value::Array(items) => items.first().and_then(Value::as_object),
                other => other.as_object(),
            };
            fields.is_some_and(|fields| {
                of_arguments(inner, fields)
                    .any(|(argument, value)| !value.is_null() && holds_secret(argument.kind, value))
            })
        }
        _ => false,
    }
}

/// Reads the values of `-backend-config`, later ones over earlier ones: `NAME=VALUE`, or a file of arguments.
pub(super) fn of_flags(context: &Context, flags: &[String]) -> Result<Given, Diagnostics> {
    let mut given = Given::new();
    for flag in flags {
        match flag.split_once('=') {
            Some((name, value)) if !name.contains(['/', '.']) || !context.directory.join(flag).exists() => {
                given.insert(name.trim().to_owned(), Value::String(value.to_owned()));
            }
            _ => given.extend(of_file(context, flag)?),
        }
    }
    Ok(given)
}

fn of_file(context: &Context, name: &str) -> Result<Given, Diagnostics> {
    let path = context.directory.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Diagnostic::error(&BACKEND, "Backend configuration cannot be read")
            .detail(format!(
                "-backend-config names the file {}: {error}.",
                path.display()
            ))
            .help("It takes a file of arguments, or one argument as NAME=VALUE.")
    })?;
    let mut sources = Sources::new();
    let source = sources.add(name, text.clone());
    let read = || -> Result<Given, Diagnostics> {
        let mut given = Given::new();
        for (argument, expression) in regprov_lang::parse_tfvars(name, &text, source)? {
            let value = expression.evaluate(&EmptyScope)?;
            let value = regprov_value::to_json(&value.unmark_deep().0).map_err(|error| {
                Diagnostic::error(&BACKEND, "Backend argument cannot be used")
                    .at(expression.span())
                    .detail(error.to_string())
            })?;
            given.insert(argument.to_string(), value);
        }
        Ok(given)
    };
    read().map_err(|found| {
        context.shell.diagnostics(&found, &sources);
        Diagnostics::new()
    })
}

/// The arguments of a block with others over them.
pub(super) fn over(given: &Given, others: &Given) -> Given {
    let mut all: BTreeMap<String, Value> = given.clone().into_iter().collect();
    all.extend(others.clone());
    all.into_iter().collect()
}
