//! `format` and `formatlist`.

mod directive;

use super::support::{Args, Outcome, STRINGS, blame, define, fail, later, text};
use crate::function::{Function, FunctionError, Parameter, Returns};
use directive::{Directive, Piece, render};
use regprov_value::{Data, Type, Value};

const FORMAT: &[Parameter] = &[Parameter::string("format")];
const ARGS: Option<Parameter> = Some(Parameter::any("args").nullable().wholly_known());

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        variadic: ARGS,
        ..text("format", FORMAT, format)
    },
    Function {
        variadic: Some(Parameter::any("args").nullable().open()),
        ..define("formatlist", FORMAT, Returns::Always(STRINGS), format_list)
    },
];

fn parse(arguments: &Args<'_>) -> Result<Vec<Piece>, FunctionError> {
    directive::parse(arguments.text(0)).map_err(|message| shown(arguments, 0, message))
}

/// An error about a format, whose words show parts of it.
fn shown(arguments: &Args<'_>, index: usize, message: String) -> FunctionError {
    let message = if arguments.secret {
        "the format is not valid; its parts are sensitive".into()
    } else {
        message
    };
    FunctionError::at(index, message)
}

/// One text from the pieces of a format and the values.
fn fill(pieces: &[Piece], values: &[&Value]) -> Result<String, FunctionError> {
    let mut out = String::new();
    let mut used = 0;
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Directive(directive) => {
                used = used.max(directive.argument + 1);
                let value = values
                    .get(directive.argument)
                    .ok_or_else(|| missing(directive, values.len()))?;
                out.push_str(&render(directive, value).map_err(|reason| {
                    FunctionError::new(format!(
                        "unsupported value for \"{}\" at {}: {reason}",
                        directive.source, directive.offset
                    ))
                })?);
            }
        }
    }
    if used < values.len() {
        let uses = match used {
            0 => "none is".to_owned(),
            1 => "only 1 is".to_owned(),
            used => format!("only {used} are"),
        };
        return blame(used + 1, format!("too many arguments; {uses} used by the format"));
    }
    Ok(out)
}

fn missing(directive: &Directive, given: usize) -> FunctionError {
    let (source, offset, wanted) = (&directive.source, directive.offset, directive.argument + 1);
    FunctionError::new(format!(
        "not enough arguments for \"{source}\" at {offset}: argument {wanted} is needed, {given} given"
    ))
}

fn format(arguments: &mut Args<'_>) -> Outcome {
    let pieces = parse(arguments)?;
    let values: Vec<&Value> = arguments.values.iter().skip(1).collect();
    Ok(Value::string(fill(&pieces, &values)?))
}

/// Lists give one element to each text, anything else is repeated.
fn format_list(arguments: &mut Args<'_>) -> Outcome {
    let pieces = parse(arguments)?;
    let values = arguments.values.get(1..).unwrap_or_default();
    let sequence = |value: &Value| {
        !value.is_null() && matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_))
    };
    let mut length: Option<(usize, usize)> = None;
    let mut open = false;
    for (index, value) in values.iter().enumerate().filter(|(_, value)| sequence(value)) {
        let set = matches!(&value.data, Data::Set(_, items) if items.len() > 1);
        if !value.is_known() || (set && !value.is_wholly_known()) {
            open = true;
            continue;
        }
        let count = value.as_items().unwrap_or_default().len();
        match length {
            Some((first, expected)) if expected != count => {
                return blame(
                    index + 1,
                    format!(
                        "argument {} has length {count}, argument {} has length {expected}; the lists must be of one length",
                        index + 1,
                        first + 1
                    ),
                );
            }
            _ => length = length.or(Some((index, count))),
        }
    }
    let any = |value: &Value| !value.is_known() && value.ty() == Type::Dynamic;
    if open || values.iter().any(any) {
        return Ok(later(Type::list(Type::String)));
    }
    if values.is_empty() && pieces.iter().any(|piece| matches!(piece, Piece::Directive(_))) {
        return fail("the format needs arguments, and there are none");
    }
    let rows = length.map_or(1, |(_, count)| count);
    let row = |row: usize| {
        let pick = |value| {
            if sequence(value) {
                value.as_items().and_then(|items| items.get(row)).unwrap_or(value)
            } else {
                value
            }
        };
        let picked: Vec<&Value> = values.iter().map(pick).collect();
        if !picked.iter().all(|value| value.is_wholly_known()) {
            return Ok(later(Type::String));
        }
        fill(&pieces, &picked).map(Value::string)
    };
    Ok(Value::list(
        Type::String,
        (0..rows).map(row).collect::<Result<_, _>>()?,
    ))
}
