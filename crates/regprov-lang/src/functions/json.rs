//! `jsonencode` and `jsondecode`.

use super::support::{Args, Outcome, blame, define, text};
use crate::function::{Function, FunctionError, Parameter, Returns};
use regprov_value::{Data, Number, Type, Value, from_json_implied};
use serde_json::Value as Json;
use std::fmt::Write as _;

pub(super) static FUNCTIONS: &[Function] = &[
    define(
        "jsondecode",
        &[Parameter::string("str")],
        Returns::From(decoded_type),
        decode,
    ),
    text(
        "jsonencode",
        &[Parameter::any("val").nullable().wholly_known()],
        |arguments| {
            let value = arguments.take(0);
            if infinite(&value) {
                return blame(0, "JSON has no infinite numbers");
            }
            Ok(Value::string(encode(&value)))
        },
    ),
];

/// The type that the first sign of a text tells.
fn decoded_type(values: &[Value]) -> Result<Type, FunctionError> {
    let Data::Unknown(unknown) = &values[0].data else {
        return Ok(Type::Dynamic);
    };
    let prefix = unknown.refinements.prefix.as_deref().unwrap_or_default();
    Ok(match prefix.trim_start().chars().next() {
        None | Some('{' | '[' | 'n') => Type::Dynamic,
        Some('"') => Type::String,
        Some('t' | 'f') => Type::Bool,
        Some('-' | '0'..='9') => Type::Number,
        Some(other) => return blame(0, format!("a JSON text cannot begin with {other:?}")),
    })
}

/// Whether a number in it is infinite.
fn infinite(value: &Value) -> bool {
    match &value.data {
        Data::Number(number) => number.is_infinite(),
        _ => value.children().any(infinite),
    }
}

/// A wholly known value as compact JSON, written as Terraform writes it: keys sorted, `<`, `>`, `&` escaped.
pub(super) fn encode(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match &value.data {
        Data::Null(_) | Data::Unknown(_) => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Data::String(text) => quote(text, out),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write(item, out);
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push('{');
            for (index, (name, item)) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                quote(name, out);
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

fn decode(arguments: &mut Args<'_>) -> Outcome {
    let json: Json = match serde_json::from_str(arguments.text(0)) {
        Ok(json) => json,
        Err(error) => return blame(0, format!("the text is not JSON: {error}")),
    };
    if let Some(number) = out_of_range(&json) {
        return blame(
            0,
            format!("the number {} is out of range", arguments.quote(number)),
        );
    }
    Ok(from_json_implied(&json))
}

/// A number that is beyond what numbers can be.
fn out_of_range(json: &Json) -> Option<&serde_json::Number> {
    match json {
        Json::Null | Json::Bool(_) | Json::String(_) => None,
        Json::Number(number) => number.to_string().parse::<Number>().is_err().then_some(number),
        Json::Array(items) => items.iter().find_map(out_of_range),
        Json::Object(entries) => entries.values().find_map(out_of_range),
    }
}
