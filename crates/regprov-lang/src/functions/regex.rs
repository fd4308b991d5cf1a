//! Functions on text that take patterns.

mod syntax;

use super::support::{Args, Outcome, any, blame, check_text, define, fail, text};
use crate::function::{Function, FunctionError, Parameter, Returns};
use regex::{Captures, Regex, RegexBuilder};
use regprov_value::{Type, Value};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// The most memory that a compiled pattern may take.
const SIZE_LIMIT: usize = 32 << 20;

const PATTERN: &[Parameter] = &[Parameter::string("pattern"), Parameter::string("string")];

pub(super) static FUNCTIONS: &[Function] = &[
    define("regex", PATTERN, Returns::From(any), first),
    define(
        "regexall",
        PATTERN,
        Returns::From(|_| Ok(Type::list(Type::Dynamic))),
        every,
    ),
    text(
        "replace",
        &[
            Parameter::string("str"),
            Parameter::string("substr"),
            Parameter::string("replace"),
        ],
        replace,
    ),
];

/// How many patterns are remembered.
const CACHE_LIMIT: usize = 128;

/// Patterns that were compiled before: the same expression is evaluated for every instance.
static CACHE: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

/// What a match gives: its text, or the texts of its groups.
enum Groups {
    None,
    Numbered,
    Named,
}

fn compile(arguments: &Args<'_>, index: usize, pattern: &str) -> Result<Regex, FunctionError> {
    // The reasons show parts of the pattern.
    let refused = |reason: String| {
        let reason = if arguments.secret {
            "(sensitive value)"
        } else {
            reason.as_str()
        };
        FunctionError::at(
            index,
            format!("the pattern is not a regular expression: {reason}"),
        )
    };
    if !arguments.secret
        && let Some(known) = CACHE.lock().ok().and_then(|cache| cache.get(pattern).cloned())
    {
        return Ok(known);
    }
    let translated = syntax::translate(pattern).map_err(refused)?;
    let built = RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).build();
    let built = built.map_err(|error| refused(last_line(&error)))?;
    if !arguments.secret
        && let Ok(mut cache) = CACHE.lock()
    {
        if cache.len() >= CACHE_LIMIT {
            cache.clear();
        }
        cache.insert(pattern.to_owned(), built.clone());
    }
    Ok(built)
}

fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

fn groups(pattern: &Regex) -> Result<Groups, FunctionError> {
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    match (
        names.is_empty(),
        names.iter().filter(|name| name.is_some()).count(),
    ) {
        (true, _) => Ok(Groups::None),
        (false, 0) => Ok(Groups::Numbered),
        (false, named) if named == names.len() => Ok(Groups::Named),
        (false, _) => blame(
            0,
            "the pattern has named and unnamed groups; name all of them or none, or write (?:…) for a group that gives nothing",
        ),
    }
}

fn shape(groups: &Groups, pattern: &Regex) -> Type {
    match groups {
        Groups::None => Type::String,
        Groups::Numbered => Type::tuple(vec![Type::String; pattern.captures_len() - 1]),
        Groups::Named => Type::object(pattern.capture_names().flatten().map(|name| (name, Type::String))),
    }
}

fn value(groups: &Groups, pattern: &Regex, found: &Captures<'_>) -> Value {
    let part = |part: Option<regex::Match<'_>>| {
        part.map_or_else(|| Value::null(Type::String), |part| Value::string(part.as_str()))
    };
    match groups {
        Groups::None => part(found.get(0)),
        Groups::Numbered => Value::tuple((1..found.len()).map(|index| part(found.get(index))).collect()),
        Groups::Named => Value::object(
            pattern
                .capture_names()
                .flatten()
                .map(|name| (name, part(found.name(name)))),
        ),
    }
}

fn first(arguments: &mut Args<'_>) -> Outcome {
    let pattern = compile(arguments, 0, arguments.text(0))?;
    let groups = groups(&pattern)?;
    match pattern.captures(arguments.text(1)) {
        Some(found) => Ok(value(&groups, &pattern, &found)),
        None => fail(
            "the pattern does not match any part of the string; for an optional match use regexall or try",
        ),
    }
}

fn every(arguments: &mut Args<'_>) -> Outcome {
    let pattern = compile(arguments, 0, arguments.text(0))?;
    let groups = groups(&pattern)?;
    let matches = pattern
        .captures_iter(arguments.text(1))
        .map(|found| value(&groups, &pattern, &found));
    Ok(Value::list(shape(&groups, &pattern), matches.collect()))
}

/// A text between slashes is a pattern, anything else stands for itself.
fn replace(arguments: &mut Args<'_>) -> Outcome {
    let (whole, wanted, replacement) = (arguments.text(0), arguments.text(1), arguments.text(2));
    let pattern = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let Some(pattern) = pattern else {
        let made = whole.matches(wanted).count().checked_mul(replacement.len());
        check_text(made.and_then(|made| made.checked_add(whole.len())))?;
        return Ok(Value::string(whole.replace(wanted, replacement)));
    };
    let pattern = compile(arguments, 1, pattern)?;
    let (mut made, mut end) = (String::new(), 0);
    for found in pattern.captures_iter(whole) {
        let place = found.get_match();
        made.push_str(&whole[end..place.start()]);
        found.expand(replacement, &mut made);
        end = place.end();
        check_text(Some(made.len()))?;
    }
    made.push_str(&whole[end..]);
    Ok(Value::string(made))
}
